"""An issue in real browsers: a phone without a network, the desk, and a map that looks on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import PASSWORD, Demo
from tests.e2e.test_page import AXE, browser  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "device_scale_factor": 2}
_MARKERS = """id => {
  const map = window.gridtwin && window.gridtwin.map;
  if (!map || !map.getLayer('issue-marker')) return null;
  const found = map.queryRenderedFeatures({layers: ['issue-marker']}).find(f => f.id === id);
  return found ? found.properties.state : null;
}"""


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
    """A house in the worker's grid, (lon, lat), with nothing reported around it."""
    with psycopg.connect(demo.dsn) as db:
        row = db.execute(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(b.geom) AS p FROM worker w"
            " JOIN grid g ON g.id = w.grid_id JOIN plan ON plan.id = g.plan_id AND plan.state = 'published' JOIN building b ON ST_Covers(g.geom, ST_PointOnSurface(b.geom))"
            " WHERE w.id = %s) b WHERE NOT EXISTS (SELECT FROM issue i WHERE ST_DWithin(i.geom, b.p, 0.001)) LIMIT 1",
            (worker,),
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def test_a_photo_without_a_network_comes_to_the_desk_and_the_map_by_itself(people: People):
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

    # the desk and the map look on before anything has come
    desk, watching = people.page("dispatcher"), people.page("command")
    watching.goto(f"{demo.url}/#map=17.5/{lat}/{lon}")
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

    def seen(state: str | None) -> None:
        watching.wait_for_function(f"([id, state]) => ({_MARKERS})(id) === state", arg=[number, state], timeout=30_000)

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
    expect(detail.locator("[data-worker]").first).to_be_visible()
    assert people.complaints == []
