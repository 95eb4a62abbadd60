"""Workers on the map in a real browser: the way behind one who walks, numbers from afar, a day replayed, a zone drawn."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable

import httpx
import psycopg
import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NotSeenError

from tests.e2e.test_page import _IDLE, Visitor, browser, visitor  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
STEP = 0.0004  # degrees: some 36 m


def enrolled(someone: Visitor, worker: str) -> httpx.Client:
    """A phone of a worker who doesn't walk by themselves."""
    someone.sign_in("admin")
    answer = someone.page.request.post(f"{someone.demo.url}/api/devices", data={"worker": worker})
    assert answer.ok, answer.text()
    token = answer.json()["token"]
    return httpx.Client(base_url=someone.demo.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def until(page: Page, holds: Callable[[], object]) -> None:
    """Looks again and again until something holds."""
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came")


def walk(phone: httpx.Client, lon: float, lat: float, ago: float) -> None:
    """Sends a fix as old as it says: who walks 36 m in no time has jumped, and isn't moved."""
    fix = {"lon": lon, "lat": lat, "at": time.time() - ago, "accuracy": 5, "speed": 1.4, "heading": 90}
    answer = phone.post("/api/fixes", json={"fixes": [fix]})
    assert answer.json()["accepted"] == 1, answer.text


def stands(someone: Visitor, worker: str) -> float:
    """The longitude at which the service knows a worker."""
    known = someone.page.request.get(f"{someone.demo.url}/api/workers").json()["features"]
    return next((each["geometry"]["coordinates"][0] for each in known if worker in str(each)), 0.0)


def opened(page: Page, at: tuple[float, float], card: Locator) -> bool:
    """Whether a click opens a card; the next click would begin it anew."""
    page.mouse.click(*at)
    try:
        card.wait_for(timeout=3_000)
    except NotSeenError:
        return False
    return True


def painted(page: Page, lon: float, lat: float) -> Image.Image:
    """What is painted around a place of the map."""
    page.evaluate(_IDLE)
    x, y = page.evaluate("at => { const p = gridtwin.map.project(at); return [p.x, p.y]; }", [lon, lat])
    clip = {"x": x - 6, "y": y - 6, "width": 12, "height": 12}
    return Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")


def test_a_walk_leaves_a_trail_counts_from_afar_and_can_be_replayed(visitor: Visitor):  # noqa: F811
    page = visitor.page
    with psycopg.connect(visitor.demo.dsn) as db:
        lon, lat = db.execute(
            "SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_PointOnSurface(g.geom) AS c FROM worker w"
            " JOIN grid g ON g.id = w.grid_id JOIN plan p ON p.id = g.plan_id AND p.state = 'published'"
            " WHERE w.id = 'worker91') n"
        ).fetchone()
    frames: list[object] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    with enrolled(visitor, "worker91") as phone:
        visitor.sign_in("command")
        visitor.look(f"map=17.5/{lat}/{lon + 2 * STEP}&hide=issues,facilities,labels")
        middle = (lon + 1.5 * STEP, lat)
        before = painted(page, *middle)
        for step in range(4):
            there = lon + step * STEP
            walk(phone, there, lat, 30.0 * (3 - step))
            until(page, lambda there=there: abs(stands(visitor, "worker91") - there) < 1e-6)
            heard = len(frames)
            until(page, lambda heard=heard: len(frames) > heard + 1)  # one tick after that the map was told
    until(page, lambda: ImageChops.difference(before, painted(page, *middle)).getbbox())  # the way behind the worker
    x, y = page.evaluate("at => { const p = gridtwin.map.project(at); return [p.x, p.y]; }", [lon + 3 * STEP, lat])
    card = page.get_by_role("complementary", name=re.compile("网格员"))
    until(page, lambda: opened(page, (x, y), card))  # once the last step is walked on the screen, too

    known = len(page.request.get(f"{visitor.demo.url}/api/workers").json()["features"])
    visitor.look(f"map=11/{lat}/{lon}")
    page.wait_for_function(
        "known => { const seen = new Map(gridtwin.map.queryRenderedFeatures({layers: ['worker-crowd']})"
        ".map(f => [f.geometry.coordinates.join(), f.properties.count]));"
        " return [...seen.values()].reduce((sum, count) => sum + count, 0) >= known; }",
        arg=known,
        polling=200,
    )

    page.get_by_role("button", name="轨迹回放").click()
    bar = page.get_by_role("region", name="轨迹回放")
    bar.get_by_role("button", name="载入").click()
    expect(bar.locator("p[role=status]")).to_have_text(re.compile(r"^\d+ 人有轨迹$"))
    clock = bar.locator("output")
    began = clock.inner_text()
    expect(clock).not_to_have_text(began)
    bar.get_by_role("button", name="600×").click()
    expect(bar.get_by_role("button", name="600×")).to_have_attribute("aria-pressed", "true")
    expect(bar.get_by_role("slider")).to_be_visible()


def test_a_zone_is_drawn_by_clicks_listed_shown_and_deleted(visitor: Visitor):  # noqa: F811
    page = visitor.page
    visitor.sign_in("dispatcher")
    visitor.look("map=16/36.848/118.0712&hide=workers,issues")
    page.get_by_role("button", name="围栏与巡查点").click()
    panel = page.get_by_role("region", name="围栏与巡查点")
    panel.get_by_role("button", name="新画一个").click()
    expect(panel.get_by_role("button", name="保存")).to_be_disabled()
    expect(page).to_have_url(re.compile("measure"))  # the map has heard of it
    for x, y in ((330, 200), (480, 200), (480, 330), (330, 330)):
        page.mouse.click(x, y)
    expect(panel.get_by_role("status")).to_have_text("4 个顶点")
    panel.get_by_label("名称").fill("学校门口")
    panel.get_by_label("停留提醒（分钟）").fill("5")
    panel.get_by_role("button", name="保存").click()
    row = panel.get_by_role("button", name=re.compile("学校门口"))
    expect(row).to_be_visible()
    page.wait_for_function(
        "() => gridtwin.map.getLayer('zone-fill') && gridtwin.map.queryRenderedFeatures({layers: ['zone-fill']}).length",
        polling=200,
    )
    zone = page.request.get(f"{visitor.demo.url}/api/zones").json()["features"][0]
    assert (zone["properties"]["name"], zone["properties"]["dwell_s"]) == ("学校门口", 300)
    assert len(zone["geometry"]["coordinates"][0]) == 5
    row.click()
    panel.get_by_role("button", name="删除").click()
    panel.get_by_role("button", name="确认删除").click()
    expect(panel.get_by_text("还没有围栏")).to_be_visible()
    assert page.request.get(f"{visitor.demo.url}/api/zones").json()["features"] == []
    assert visitor.complaints == []
