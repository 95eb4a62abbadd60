"""A phone is enrolled in real browsers: one inside another app, and one whose positions are offset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from gis.crs import from_storage, parse
from tests.conftest import Demo
from tests.e2e.test_issues import PHONE, People, api, serious
from tests.e2e.test_page import browser  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; M2012K11AC) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 "
    "Mobile Safari/537.36 MicroMessenger/8.0.49.2600(0x28003137) WeChat/arm64 NetType/WIFI Language/zh_CN"
)
METRES_PER_PIXEL = 40_075_016 / 512 / 2**17  # of the phone's small map, at the equator


@pytest.fixture
def people(browser: Browser, demo_server: Demo) -> Iterator[People]:  # noqa: F811 - the fixture
    with ExitStack() as stack:
        yield People(browser, demo_server, stack)


def drag(page: Page, east: float, south: float) -> None:
    """Moves the map's content by so many pixels, in strokes that a thumb can make."""
    box = page.locator(".spot canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    strokes = math.ceil(max(abs(east) / 200, abs(south) / 60))
    for _ in range(strokes):
        dx, dy = east / strokes, south / strokes
        page.mouse.move(x - dx / 2, y - dy / 2)
        page.mouse.down()
        page.mouse.move(x, y, steps=3)
        page.mouse.move(x + dx / 2, y + dy / 2, steps=3)
        page.mouse.up()


def test_a_phone_is_enrolled_and_its_offset_is_mended(people: People):
    demo = people.demo
    admin = people.token("admin")
    link = api(demo, "/api/enrolments", admin, {"worker": "worker94"})["link"]
    code = link.rpartition("#code=")[2]

    inside = people.page(user_agent=WECHAT, **PHONE)
    asked: list[str] = []
    inside.on("request", lambda request: asked.append(request.url))
    inside.goto(link)
    expect(inside.get_by_role("heading", name="在浏览器打开")).to_be_visible()
    assert serious(inside) == []
    assert not [url for url in asked if "/api/enrolments" in url], "the code has not left the address bar"
    assert api(demo, "/api/enrolments/look", "", {"code": code})["worker"] == "worker94", "and is unspent"

    with psycopg.connect(demo.dsn) as db:
        query = (
            "SELECT ST_X(p), ST_Y(p) FROM worker w JOIN grid g ON g.id = w.grid_id, ST_PointOnSurface(g.geom) p"
            " WHERE w.id = 'worker94' LIMIT 1"
        )
        lon, lat = db.execute(query).fetchone() or (0, 0)
    said = from_storage(np.array([[lon, lat]]), parse("GCJ-02"))[0].tolist()
    page = people.page(
        permissions=["geolocation"],
        geolocation={"longitude": said[0], "latitude": said[1], "accuracy": 12},
        **PHONE,
    )
    page.goto(link)
    expect(page.get_by_text("worker94")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="确认开通").click()
    expect(page.get_by_role("heading", name="您站在针尖处吗？")).to_be_visible()
    expect(page.locator(".spot canvas")).to_be_visible()
    assert serious(page) == []
    scale = METRES_PER_PIXEL * math.cos(math.radians(lat))
    drag(page, (said[0] - lon) * 111_320 * math.cos(math.radians(lat)) / scale, -(said[1] - lat) * 111_195 / scale)
    page.get_by_role("button", name="我就在针尖处").click()
    expect(page.get_by_role("heading", name="已自动校正")).to_be_visible()
    expect(page.get_by_text("GCJ-02")).to_be_visible()
    newest = api(demo, "/api/devices?worker=worker94&limit=1", admin)["devices"][0]
    assert newest["crs"] == "GCJ-02"
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("navigation")).to_be_visible()
    page.reload()
    expect(page.get_by_role("navigation")).to_be_visible()
    assert "code" not in page.url
    assert people.complaints == []
