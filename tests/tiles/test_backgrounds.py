"""Backgrounds come through the service: from a small tile server on loopback, bounded, kept, and never from elsewhere."""

import io
import json
import math
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from gis.backgrounds import Background
from gis.clock import FixedClock, moment
from gis.settings import Settings
from tests.conftest import account
from tests.tile_source import serving


@pytest.fixture
def source():
    with serving() as server:
        yield server


@pytest.fixture
def clock():
    return FixedClock(moment("2026-05-01T08:00:00", Settings().zone))


@pytest.fixture
def backed(source, db, dsn, clock, run_service):
    """A service with one background for each thing that a source may do."""
    account(db, "admin")
    kinds = ("plain", "broken", "elsewhere", "page", "huge", "none", "degrees")
    backgrounds = [
        {
            "code": kind,
            "name_zh": kind,
            "name_en": kind,
            "url": source.url + "/" + kind + "/{TileMatrix}/{TileCol}/{TileRow}?tk=secret",
            "crs": "EPSG:4490" if kind == "degrees" else "EPSG:3857",
            "attribution": "© 天地图",
        }
        for kind in kinds
    ]
    return run_service(dsn, clock=clock, backgrounds=backgrounds)


def test_a_tile_is_the_sources_and_is_fetched_once_a_day(backed, source, clock):
    client = backed.client("admin")
    answers = [client.get("/backgrounds/plain/14/13569/6421") for _ in range(3)]
    pixel = Image.open(io.BytesIO(answers[0].content)).getpixel((3, 3))
    assert pixel == (14, 13569 % 256, 6421 % 256)
    assert answers[0].headers["content-type"] == "image/png"
    assert answers[0].headers["x-content-type-options"] == "nosniff"
    assert source.asked == {"/plain/14/13569/6421?tk=secret": 1}
    clock.advance(timedelta(days=1, seconds=1))
    client.get("/backgrounds/plain/14/13569/6421")
    assert source.asked.total() == 2


def test_tiles_of_degrees_are_drawn_anew_where_they_belong(backed):
    client = backed.client("admin")
    for z, x, y in ((5, 26, 12), (10, 848, 401), (1, 1, 0)):
        answer = client.get(f"/backgrounds/degrees/{z}/{x}/{y}")
        pixels = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)
        for row in (2, 100, 128, 253):
            wanted = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (y + (row + 0.5) / 256) / 2**z))))
            red, green, blue = pixels[row, 7]
            # where red steps, two neighbours mix: there the latitude can't be read
            if 4 < green < 251:
                assert (red * 256 + green) / 100 - 90 == pytest.approx(wanted, abs=max(0.02, 180 / 2**z / 256))
            assert blue == x % 256


@pytest.mark.parametrize("kind", ["broken", "elsewhere", "page", "huge"])
def test_what_is_no_picture_is_not_passed_on(backed, source, clock, kind):
    client = backed.client("admin")
    for _ in range(2):
        answer = client.get(f"/backgrounds/{kind}/3/1/2", headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (502, "background-away")
        assert "secret" not in answer.text
        assert "127.0.0.1" not in answer.text
    assert source.asked.total() == 1, "no redirect is followed, and a failure is remembered for a moment"
    clock.advance(timedelta(seconds=11))
    client.get(f"/backgrounds/{kind}/3/1/2")
    assert source.asked.total() == 2


def test_where_the_source_has_no_tile_there_is_none(backed, source):
    client = backed.client("admin")
    for path in ("none/3/1/2", "plain/19/0/0", "plain/3/8/0", "plain/3/0/8", "degrees/0/0/0", "unheard/1/0/0"):
        assert client.get(f"/backgrounds/{path}").status_code == 404, path
    assert source.asked.total() == 1, "what lies outside the pyramid is not asked for"


def test_strangers_get_no_background(backed, source):
    assert backed.client().get("/backgrounds/plain/3/1/2").status_code == 401
    assert not source.asked


def test_the_page_is_told_the_names_and_nothing_of_the_source(backed):
    told = backed.client("admin").get("/api/twin")
    assert told.json()["backgrounds"][0] == {
        "code": "plain",
        "name_zh": "plain",
        "name_en": "plain",
        "max_zoom": 18,
        "attribution": "© 天地图",
    }
    assert "secret" not in told.text


def test_memory_is_bounded(source, db, dsn, clock, run_service):
    account(db, "admin")
    one = {"code": "noise", "name_zh": "一", "name_en": "one", "url": source.url + "/noise/{z}/{x}/{y}"}
    client = run_service(dsn, clock=clock, backgrounds=[one], background_memory_mb=1).client("admin")
    for x in (0, 0, 1, 1, 0):
        assert len(client.get(f"/backgrounds/noise/9/{x}/150").content) > 2**19
    assert source.asked == {"/noise/9/0/150": 2, "/noise/9/1/150": 1}, "the second took the first one's room"


@pytest.mark.parametrize(
    ("url", "crs", "tile", "address"),
    [
        ("https://a.example/{z}/{x}/{y}.png", "EPSG:3857", (3, 1, 2), "https://a.example/3/1/2.png"),
        ("https://a.example/{z}/{x}/{-y}.png", "EPSG:3857", (3, 1, 2), "https://a.example/3/1/5.png"),
        ("http://a.example:81/w?M=EPSG:4490:{TileMatrix}&R={TileRow}&C={TileCol}", "EPSG:4490", (3, 1, 2),
         "http://a.example:81/w?M=EPSG:4490:3&R=2&C=1"),
    ],
)  # fmt: skip
def test_templates_say_where_a_tile_is(url, crs, tile, address):
    made = Background(code="a", name_zh="a", name_en="a", url=url, crs=crs)
    assert made.address(*tile) == address


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/{z}/{x}/{y}",
        "gopher://a/{z}/{x}/{y}",
        "https://{x}.example/{z}/{x}/{y}",
        "https://a.example/{z}/{x}",
        "https://a.example/{z}/{x}/{y}/{token}",
        "//a.example/{z}/{x}/{y}",
    ],
)
def test_a_template_that_is_none_is_refused(url, monkeypatch):
    monkeypatch.setenv("GRIDTWIN_BACKGROUNDS", json.dumps([{"code": "a", "name_zh": "a", "name_en": "a", "url": url}]))
    with pytest.raises(ValidationError):
        Settings()
