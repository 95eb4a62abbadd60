"""A planner at /planner, with the files that planners have: dropped, looked at, checked, imported, taken back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl
import psycopg
import pyogrio
import pytest
import shapely
from playwright.sync_api import Page, expect
from test_page import AXE, Visitor, browser, visitor

from tests.conftest import Demo

__all__ = ["browser", "visitor"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def planner(visitor: Visitor) -> Iterator[Page]:
    """The planner, signed in, at the page."""
    visitor.sign_in("planner")
    page = visitor.page
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{visitor.demo.url}/planner")
    expect(page.get_by_role("heading", name="把文件拖到这里")).to_be_visible()
    page.wait_for_function("() => window.gridtwin && window.gridtwin.map.isStyleLoaded()")
    yield page
    assert visitor.complaints == []


def give(page: Page, name: str, content: bytes) -> None:
    page.get_by_label("选择文件").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content}]
    )
    expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="对字段")).to_be_visible(timeout=30_000)


def count(page: Page, what: str) -> str:
    return page.locator(f'[data-count="pl{what}"] dd').inner_text()


def facilities_in_excel(lon: float, lat: float) -> bytes:
    """A title above the header, a hydrant twice under one code, as planners have it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["消防设施登记表"])
    sheet.append(["设施编码", "设施名称", "类别", "经度", "纬度"])
    sheet.append(["E2E-1", "甲消防栓", "hydrant", lon, lat])
    sheet.append(["E2E-1", "乙消防栓", "hydrant", lon + 0.001, lat])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def shapefile_in_gbk(folder: Path, lon: float, lat: float) -> bytes:
    """One building, its name in GBK without a .cpg, its place in GCJ-02's degrees without a .prj."""
    pyogrio.raw.write(
        folder / "楼.shp", shapely.to_wkb([shapely.box(lon, lat, lon + 4e-4, lat + 4e-4)]),
        [np.array(["E2E-B"], dtype=object), np.array(["幸福里一号楼"], dtype=object)], ["code", "name"],
        geometry_type="Polygon", crs="EPSG:4326", encoding="GBK", driver="ESRI Shapefile",
    )  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix in (".shp", ".shx", ".dbf"):
            archive.write(folder / f"楼{suffix}", f"lou{suffix}")
    return packed.getvalue()


def middle(demo: Demo) -> tuple[float, float]:
    """A place with nothing built on it: the south-western corner inside the street's first community."""
    with psycopg.connect(demo.dsn) as db:
        return db.execute(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM area WHERE level = 'community'"
            " ORDER BY code LIMIT 1) place"
        ).fetchone()


def test_an_excel_file_with_a_mistake_is_refused_shown_and_put_right(planner: Page, visitor: Visitor):
    page, (lon, lat) = planner, middle(visitor.demo)
    give(page, "消防栓.xlsx", facilities_in_excel(lon, lat))
    expect(page.get_by_label("数据种类")).to_have_value("facilities")
    expect(page.get_by_role("combobox", name="名称")).to_have_value("设施名称")
    page.get_by_role("radio", name=re.compile("EPSG:4490")).first.check()
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("有 1 处错误，不能导入")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="导入", exact=True)).to_have_count(0)
    finding = page.get_by_role("button", name=re.compile("E2E-1"))
    finding.click()
    page.wait_for_function(
        "([lon, lat]) => { const c = gridtwin.map.getCenter();"
        " return Math.abs(c.lng - lon) < 0.002 && Math.abs(c.lat - lat) < 0.002; }",
        arg=[lon, lat],
    )
    page.wait_for_function("() => gridtwin.map.queryRenderedFeatures({layers: ['finding-point']}).length > 0")
    page.get_by_role("combobox", name="编码", exact=False).first.select_option("")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("检查通过")).to_be_visible(timeout=30_000)
    assert count(page, "Added") == "2"
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_text("已导入：")).to_be_visible(timeout=30_000)
    with psycopg.connect(visitor.demo.dsn) as db:
        assert db.execute("SELECT count(*) FROM facility WHERE name LIKE '_消防栓'").fetchone() == (2,)
    page.get_by_role("tab", name="记录").click()
    page.get_by_role("button", name=re.compile("撤销此次导入")).first.click()
    with page.expect_response(re.compile(r"/undo$")) as undone:
        page.get_by_role("button", name="确认撤销").click()
    assert undone.value.ok
    expect(page.get_by_text("已撤销").first).to_be_visible()
    with psycopg.connect(visitor.demo.dsn) as db:
        assert db.execute("SELECT count(*) FROM facility WHERE name LIKE '_消防栓'").fetchone() == (0,)


def test_a_shapefile_in_the_wrong_encoding_is_seen_then_read_right(planner: Page, visitor: Visitor, tmp_path: Path):
    page, (lon, lat) = planner, middle(visitor.demo)
    give(page, "lou.zip", shapefile_in_gbk(tmp_path, lon, lat))
    page.get_by_role("radio", name=re.compile("windows-1252|Big5")).first.check()
    expect(page.get_by_role("cell", name="幸福里一号楼")).to_have_count(0, timeout=30_000)
    page.get_by_role("radio", name=re.compile("GB18030")).check()
    expect(page.get_by_role("cell", name="幸福里一号楼")).to_be_visible(timeout=30_000)
    page.get_by_label("数据种类").select_option("buildings")
    assert page.get_by_role("button", name="检查").is_disabled()

    with page.expect_response(re.compile("preview.*GCJ-02")):
        page.get_by_role("radio", name=re.compile("GCJ-02")).first.check()
    with page.expect_response(re.compile("preview.*4490")) as shown:
        page.get_by_role("radio", name=re.compile("EPSG:4490")).first.check()
    assert shown.value.json()["bbox"][0] == pytest.approx(lon, abs=1e-6)
    page.wait_for_function("() => gridtwin.map.queryRenderedFeatures({layers: ['file-line']}).length > 0")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("检查通过")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_text("已导入：")).to_be_visible(timeout=30_000)
    drawn = "() => gridtwin.map.querySourceFeatures('near', {sourceLayer: 'buildings'}).some(f => f.properties.code === 'E2E-B')"
    page.wait_for_function(drawn, timeout=30_000)
    page.get_by_role("button", name="撤销此次导入").click()
    page.get_by_role("button", name="确认撤销").click()
    page.wait_for_function(drawn.replace("() => ", "() => !"), timeout=30_000)
    with psycopg.connect(visitor.demo.dsn) as db:
        assert db.execute("SELECT count(*) FROM building WHERE code = 'E2E-B'").fetchone() == (0,)


def test_who_may_not_import_is_told_so(visitor: Visitor):
    visitor.sign_in("command")
    visitor.page.goto(f"{visitor.demo.url}/planner")
    expect(visitor.page.get_by_role("alert")).to_contain_text("当前账号无权导入数据")


@pytest.mark.parametrize("theme", ["day", "night"])
def test_nothing_serious_for_people_who_can_not_see_or_click(visitor: Visitor, theme: str):
    visitor.sign_in("planner")
    page = visitor.page
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{visitor.demo.url}/planner#theme={theme}")
    lon, lat = middle(visitor.demo)
    page.wait_for_function("() => window.gridtwin && window.gridtwin.map.isStyleLoaded()")
    give(page, "消防栓.xlsx", facilities_in_excel(lon, lat))
    page.get_by_role("radio", name=re.compile("EPSG:4490")).first.check()
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("有 1 处错误，不能导入")).to_be_visible(timeout=30_000)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")] == []
