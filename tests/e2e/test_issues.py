"""An issue goes the whole way in real browsers: a phone without a network, the desk, the worker, and the wall beside."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Route, expect

from tests.conftest import PASSWORD, Demo
from tests.e2e.test_page import AXE, browser  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "device_scale_factor": 2}


def photo(colour: str) -> dict[str, Any]:
    """A picture of a camera's size."""
    picture = Image.new("RGB", (2400, 1800), "#9aa3a8")
    ImageDraw.Draw(picture).ellipse((800, 700, 1600, 1400), fill=colour)
    body = io.BytesIO()
    picture.save(body, "JPEG")
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": body.getvalue()}


def api(demo: Demo, path: str, token: str, body: Any = None) -> Any:
    """An answer of the service as JSON."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(base_url=demo.url, headers=headers, timeout=30) as client:
        answer = client.get(path) if body is None else client.post(path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


@dataclass
class People:
    """Browsers of several people, and what their pages complained of."""

    browser: Browser
    demo: Demo
    stack: ExitStack
    complaints: list[str] = field(default_factory=list)

    def page(self, username: str | None = None, **options: Any) -> Page:
        """A page of somebody's own browser, signed in when a name is given."""
        shape = {"viewport": {"width": 1280, "height": 760}, "locale": "zh-CN", "reduced_motion": "reduce", **options}
        context: BrowserContext = self.browser.new_context(**shape)
        self.stack.callback(context.close)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                self.complaints.append(said.text)
                if said.type == "error" and "INTERNET_DISCONNECTED" not in said.text and "409" not in said.text
                else None
            ),
        )
        if username:
            signed = page.request.post(
                f"{self.demo.url}/api/session", data={"username": username, "password": PASSWORD}
            )
            assert signed.ok
        return page

    def token(self, username: str) -> str:
        return str(api(self.demo, "/api/session", "", {"username": username, "password": PASSWORD})["token"])


@pytest.fixture
def people(browser: Browser, demo_server: Demo) -> Iterator[People]:  # noqa: F811 - the fixture
    with ExitStack() as stack:
        yield People(browser, demo_server, stack)


def serious(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]


def place_of(demo: Demo, worker: str) -> tuple[float, float]:
    """A house in the worker's grid, (lon, lat), the one with the least reported around it."""
    with psycopg.connect(demo.dsn) as db:
        row = db.execute(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(b.geom) AS p FROM worker w"
            " JOIN grid g ON g.id = w.grid_id JOIN plan ON plan.id = g.plan_id AND plan.state = 'published'"
            " JOIN building b ON ST_Covers(g.geom, ST_PointOnSurface(b.geom)) WHERE w.id = %s) b"
            " ORDER BY (SELECT count(*) FROM issue i WHERE ST_DWithin(i.geom, b.p, 0.001)) LIMIT 1",
            (worker,),
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def test_from_a_photo_without_a_network_to_archived_with_the_wall_watching(people: People):
    demo = people.demo
    lon, lat = place_of(demo, "worker95")
    token = api(demo, "/api/devices", people.token("admin"), {"worker": "worker95"})["token"]
    here = {"longitude": lon, "latitude": lat, "accuracy": 9}

    phone = people.page(permissions=["geolocation"], geolocation=here, **PHONE)
    phone.goto(f"{demo.url}/phone#token={token}")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    expect(phone.get_by_text("在线")).to_be_visible()
    assert "#" not in phone.url, "the token doesn't stay in the address"

    # offline: the page opens, the report is kept
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_text("离线")).to_be_visible()
    tabs = phone.get_by_role("navigation")
    tabs.get_by_role("button", name="上报").click()
    expect(phone.get_by_text("精度 ±9 m")).to_be_visible()
    phone.locator("input[type=file]").first.set_input_files([photo("#c0392b")])
    expect(phone.get_by_role("img", name="拍照 1")).to_be_visible()
    phone.get_by_label("看到了什么？").fill("3号楼2单元楼道里堆满垃圾，味道很大")
    assert serious(phone) == []
    phone.get_by_role("button", name="保存，联网后自动上报").click()
    queue = phone.get_by_role("region", name="我的上报")
    expect(queue.get_by_role("listitem").first).to_contain_text("待发送")
    phone.reload()
    tabs.get_by_role("button", name="上报").click()
    expect(queue.get_by_role("listitem").first).to_contain_text("1 张照片")

    # the desk and the wall look on before anything has come
    desk, wall = people.page("dispatcher"), people.page("command", viewport={"width": 800, "height": 450})
    wall.goto(f"{demo.url}/wall#map=15/{lat}/{lon}")
    desk.goto(f"{demo.url}/desk")
    expect(desk.get_by_role("heading", name="事件工作台")).to_be_visible()

    phone.context.set_offline(False)
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(queue.get_by_role("listitem").first).to_contain_text("已送达", timeout=30_000)
    with psycopg.connect(demo.dsn) as db:
        number, photos = db.execute(
            "SELECT i.id, (SELECT count(*) FROM issue_photo p WHERE p.issue_id = i.id) FROM issue i"
            " WHERE reported_by = 'worker95'"
        ).fetchone()
        assert photos == 1
        assert db.execute("SELECT count(*) FROM issue WHERE reported_by = 'worker95'").fetchone() == (1,)

    def seen(state: str) -> None:
        told = wall.locator(".wl-issue").filter(has_text="楼道里堆满垃圾").first
        expect(told.locator(".dot")).to_have_text(state, timeout=40_000)

    seen("待处理")
    # the desk: it came by itself; dispatched to the nearest by one click
    row = desk.locator(f'[data-issue="{number}"]')
    expect(row).to_contain_text("暴露垃圾", timeout=30_000)
    row.click()
    detail = desk.get_by_role("complementary", name="事件")
    expect(detail.get_by_role("img", name="处理前 1")).to_be_visible()
    assert f"issue={number}" in desk.url
    assert serious(desk) == []
    desk.keyboard.press("d")
    expect(detail.locator("[data-worker]").first).to_have_attribute("data-worker", "worker95")

    # somebody else is quicker, and the news hasn't arrived yet: the desk is told and reloads
    admin = people.token("admin")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    address = f"**/api/issues/{number}"
    desk.route(address, hold)
    api(demo, f"/api/issues/{number}/actions", admin, {"action": "comment", "note": "注意安全"})
    detail.locator('[data-worker="worker95"]').click()
    expect(detail.get_by_role("alert")).to_contain_text("别人刚刚办理了这个事件")
    desk.unroute(address, hold)
    for route in held:
        with suppress(Error):  # taken off the route, it may have gone on by itself
            route.continue_()
    detail.get_by_role("button", name="重新载入").or_(detail.get_by_text("注意安全")).first.click()
    expect(detail).to_contain_text("注意安全")
    expect(detail.get_by_role("alert")).to_have_count(0)
    detail.locator('[data-worker="worker95"]').click()
    expect(desk.get_by_text(f"#{number} 派单")).to_be_visible()

    # the worker: sign, arrive, handle with photo
    tabs.get_by_role("button", name="我的任务").press("Enter")
    phone.get_by_role("main").get_by_role("button").filter(has_text="堆满垃圾").first.press("Enter")
    phone.get_by_role("button", name="签收").press("Enter")
    phone.get_by_role("button", name="到场").press("Enter")
    expect(phone.get_by_role("button", name="到场")).to_have_count(0)
    phone.get_by_role("button", name="处理完成").press("Enter")
    phone.get_by_role("article").locator("input[type=file]").set_input_files([photo("#27ae60")])
    expect(phone.get_by_role("img", name="拍处理后的照片 1")).to_be_visible()
    phone.get_by_label("处理结果").fill("已清理干净")
    assert serious(phone) == []
    phone.get_by_role("article").get_by_role("button", name="处理完成").press("Enter")
    seen("待核查")

    # the desk again: checked and rated; the wall saw all of it
    desk.goto(f"{demo.url}/desk?issue={number}")
    expect(detail.get_by_role("img", name="处理后 1")).to_be_visible(timeout=30_000)
    detail.get_by_role("button", name="核查通过").press("Enter")
    detail.get_by_role("button", name="核查通过").last.press("Enter")
    seen("待评价")
    detail.get_by_role("button", name="评价").first.press("Enter")
    detail.get_by_label("基本满意").press("Space")
    detail.get_by_role("button", name="评价").last.press("Enter")
    expect(detail.get_by_text("已归档").first).to_be_visible()
    seen("已归档")
    closed = api(demo, f"/api/issues/{number}", admin)
    assert (closed["state"], closed["rating"]) == ("已归档", "基本满意")
    steps = [event["action"] for event in closed["events"]]
    assert [step for step in steps if step not in ("comment", "dispatch", "supervise", "photo")] == [
        "report", "sign", "arrive", "handle", "pass", "rate",
    ]  # fmt: skip
    assert people.complaints == []


def test_a_call_of_the_hotline_is_registered_once_and_its_link_shows_the_place(people: People):
    """The desk's form: words, number, caller and address; the same number again leads to the issue that bears it."""
    desk = people.page("dispatcher", viewport={"width": 1440, "height": 900})
    desk.goto(f"{people.demo.url}/desk")

    def call(words: str) -> Locator:
        desk.get_by_role("button", name="登记来电").click()
        form = desk.get_by_role("complementary", name="登记来电")
        form.get_by_label("工单号").fill("GD-7")
        form.get_by_label("来电内容").fill(words)
        form.get_by_role("searchbox", name="位置").fill("银泰城 3-2-301")
        form.locator(".found li").first.click()
        return form

    form = call("楼道里堆满了纸箱")
    form.get_by_label("来电人姓名").fill("张三丰")
    form.get_by_label("来电人电话").fill("13812345678")
    expect(form.get_by_text("乱堆物堆料")).to_be_visible()
    form.get_by_role("button", name="登记", exact=True).click()
    said = desk.get_by_role("status").filter(has_text="已登记")
    expect(said).to_be_visible()
    assert serious(desk) == [], "what was done can be read"
    detail = desk.get_by_role("complementary", name="事件")
    expect(detail.get_by_text("138****5678")).to_be_visible()
    expect(detail).not_to_contain_text("13812345678")
    number = parse_qs(urlsplit(desk.url).query)["issue"][0]

    form = call("再次来电")
    form.get_by_role("button", name="登记", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text(f"#{number}")

    with psycopg.connect(people.demo.dsn) as db:
        lon, lat = db.execute("SELECT ST_X(geom), ST_Y(geom) FROM issue WHERE order_number = 'GD-7'").fetchone()
    linked = people.page("dispatcher", viewport={"width": 1440, "height": 900})
    linked.goto(f"{people.demo.url}/desk?issue={number}")
    linked.wait_for_function(
        "([lon, lat]) => { const map = window.gridtwin?.map; if (!map || map.isMoving()) return false;"
        " const { x, y } = map.project([lon, lat]);"
        " return map.getZoom() > 15 && x > 400 && x < innerWidth - 460 && y > 0 && y < innerHeight; }",
        arg=[lon, lat],
        timeout=60_000,
    )
    assert [one for one in people.complaints if "409" not in one] == []


def test_the_desk_passes_on_splits_and_decides_and_tells_everything_in_words(people: People):
    """What the phone asked for is decided with its reason in sight; who is slower undoes nothing; no code is shown."""
    demo, admin = people.demo, people.token("admin")
    lon, lat = place_of(demo, "worker94")
    api(demo, "/api/accounts", admin, {"username": "bureau", "display_name": "城管局", "role": "handler",
                                       "password": PASSWORD, "areas": []})  # fmt: skip
    alarm = api(demo, "/api/issues", admin, {"text": "楼里着火了，浓烟滚滚，快来救人", "lon": lon, "lat": lat})
    assert alarm["urgent"]
    issue = api(demo, "/api/issues", admin, {"text": "楼道里堆满垃圾，旁边有废弃电动车", "lon": lon, "lat": lat})
    number = issue["id"]
    token = api(demo, "/api/devices", admin, {"worker": issue["worker"]})["token"]

    # the worker asks for more time, and has reported nothing
    phone = people.page(**PHONE)
    phone.goto(f"{demo.url}/phone#token={token}")
    phone.get_by_role("main").get_by_role("button").filter(has_text="旁边有废弃电动车").first.press("Enter")
    phone.get_by_role("button", name="申请延期").press("Enter")
    form = phone.get_by_role("form", name="申请延期")
    form.get_by_role("button", name="申请延期").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("延至何时")
    form.get_by_label("延至").fill((datetime.now() + timedelta(days=12)).strftime("%Y-%m-%dT18:00"))
    form.get_by_label("延期原因").fill("等清运车")
    assert serious(phone) == []
    form.get_by_role("button", name="申请延期").press("Enter")
    expect(phone.get_by_role("listitem").filter(has_text="等清运车")).to_contain_text("申请延至", timeout=30_000)
    phone.get_by_role("button", name="转办").press("Enter")
    whom = phone.get_by_role("form", name="转办").get_by_label("转给谁")
    expect(whom.get_by_role("option", name="城管局")).to_be_attached()
    phone.get_by_role("navigation").get_by_role("button", name="上报").press("Enter")
    reports = phone.get_by_role("region", name="我的上报")
    expect(reports).to_contain_text(f"#{number} 申请延期")
    expect(reports).not_to_contain_text("着火")

    desk = people.page("dispatcher", viewport={"width": 1440, "height": 900})
    desk.goto(f"{demo.url}/desk?issue={number}")
    detail, said = desk.get_by_role("complementary", name="事件"), desk.locator(".said")
    rows = desk.locator("[data-issue]")
    expect(desk.locator(f'[data-issue="{alarm["id"]}"]')).to_be_visible()
    urgent = rows.evaluate_all("(rows) => rows.map((row) => row.querySelector('.flag:not(.quiet)') !== null)")
    assert urgent == sorted(urgent, reverse=True), "urgent ones stand first"

    def choose(name: str) -> Locator:
        detail.get_by_role("button", name=name, exact=True).first.press("Enter")
        return detail.get_by_role("region", name=name, exact=True)

    expect(detail.get_by_role("note")).to_contain_text("等清运车")
    choose("同意延期").get_by_role("button", name="同意延期").press("Enter")
    expect(said).to_contain_text("同意延期")
    expect(detail.get_by_role("note")).to_have_count(0)
    form = choose("拆分")
    form.get_by_label("拆出的事件内容").fill("一辆废弃电动车")
    form.get_by_label("类别").select_option("0107")
    form.get_by_role("button", name="拆分").press("Enter")
    expect(said).to_contain_text("拆分")

    # somebody does something before the undo
    choose("改类别").get_by_role("button", name="改类别").press("Enter")
    expect(said).to_contain_text("改类别")
    api(demo, f"/api/issues/{number}/actions", admin, {"action": "supervise", "note": "三天内办结"})
    said.get_by_role("button", name="撤销").press("Enter")
    expect(said).to_contain_text("没有撤销")
    expect(detail.get_by_text("三天内办结")).to_be_visible()
    assert api(demo, f"/api/issues/{number}", admin)["class"] != issue["class"]

    form = choose("转办")
    form.get_by_label("派给处置单位").fill("bureau")
    form.get_by_role("button", name="转办").press("Enter")
    expect(form.locator("textarea:invalid")).to_be_focused()
    form.get_by_label("说明").fill("归城管")
    form.get_by_role("button", name="转办").press("Enter")
    expect(said).to_contain_text("转办")
    form = choose("挂账")
    form.get_by_label("说明").fill("等拆迁")
    form.get_by_role("button", name="挂账").press("Enter")
    expect(detail.get_by_role("note")).to_contain_text("等拆迁")
    assert serious(desk) == []
    history = detail.locator(".history")
    expect(history).to_contain_text("给 城管局")
    expect(history).to_contain_text("→")
    assert not re.search("[a-z_]{3,}", " ".join(history.locator("b").all_inner_texts()))
    history.get_by_role("button", name="#").click()
    expect(detail).to_contain_text("一辆废弃电动车")
    expect(detail.get_by_text("拆分自")).to_be_visible()
    expect(detail.get_by_text("附近可能是同一件事")).to_have_count(0)
    desk.get_by_role("button", name="EN").click()
    expect(desk.get_by_text("Split from", exact=True)).to_be_visible()
    desk.get_by_role("combobox", name="Class").first.select_option("0107")
    expect(desk.locator(".states")).to_contain_text("all")
    assert serious(desk) == []
    assert people.complaints == []


def test_a_class_that_is_uncertain_is_chosen_at_the_desk_by_one_click(people: People):
    token = people.token("admin")
    lon, lat = place_of(people.demo, "worker94")
    vague = {"text": "那边不太对劲，你们去看看", "lon": lon, "lat": lat}
    number = api(people.demo, "/api/issues", token, vague)["id"]
    desk = people.page("dispatcher")
    desk.goto(f"{people.demo.url}/desk?unsure=1")
    row = desk.locator(f'[data-issue="{number}"]')
    expect(row).to_contain_text("类别待定")
    row.click()
    doubt = desk.get_by_role("complementary", name="事件").get_by_role("region", name="类别待定")
    expect(doubt.get_by_role("button")).not_to_have_count(0)
    assert serious(desk) == []
    doubt.get_by_role("button").first.click()
    expect(doubt).to_have_count(0)
    expect(row).to_have_count(0)
    with psycopg.connect(people.demo.dsn) as db:
        assert db.execute("SELECT confidence FROM issue WHERE id = %s", (number,)).fetchone() == (1,)
    assert people.complaints == []
