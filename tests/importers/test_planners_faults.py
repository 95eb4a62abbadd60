"""What planners' files have besides: a grid that crosses itself, codes in full width, Chinese names in DXF and KMZ."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyogrio
import pytest
from planner_files import checks, feature, point, square, value

from importers.export.request import ExportRequest
from importers.export.run import export
from importers.history import file_sha256
from importers.undo import undo

_BOW = {
    "type": "Polygon",
    "coordinates": [[[118.0, 36.8], [118.005, 36.805], [118.005, 36.8], [118.0, 36.805], [118.0, 36.8]]],
}


def cells(**changed: object):
    return [
        feature(
            square(118.0 + x / 200, 36.8 + y / 200, 0.005), **{"code": f"w{x}{y}", "name": f"网格{x}{y}", **changed}
        )
        for x in (0, 1)
        for y in (0, 1)
    ]


def test_a_grid_that_crosses_itself_is_named_beside_what_else_is_wrong(town, load, write, db):
    features = cells()
    features[0]["geometry"] = _BOW
    features[3]["geometry"] = square(118.005, 36.805, 0.006)
    report = load("grids", write(features))
    assert {"geometry-invalid", "outside-parent", "gap"} <= set(checks(report))
    (crossing,) = [one for one in report.findings if one.check == "geometry-invalid"]
    assert crossing.rows == (1,)
    assert "自相交" in crossing.message("zh")
    assert "--repair" in crossing.remedy("zh")
    assert value(db, "SELECT count(*) FROM plan") == 0


def test_a_code_in_full_width_is_the_code_that_it_looks_like(town, load, write, db):
    load("facilities", write([feature(point(118.005, 36.805), code="F-01", name="a", category="other")]))
    again = load("facilities", write([feature(point(118.005, 36.805), code="Ｆ－０１", name="b", category="other")]))
    assert (again.added, again.changed) == (0, 1)
    assert "full-width" in checks(again, "info")
    assert value(db, "SELECT code FROM facility") == "F-01"


@pytest.mark.parametrize("page", ["ANSI_936", "ANSI_1252"])
def test_a_drawing_since_2007_is_in_utf_8_whatever_its_header_says(town, load, tmp_path, page):
    path = tmp_path / "图.dxf"
    lines = ["0", "SECTION", "2", "HEADER", "9", "$ACADVER", "1", "AC1024", "9", "$DWGCODEPAGE", "3", page, "0", "ENDSEC",
             "0", "SECTION", "2", "ENTITIES"]  # fmt: skip
    lines += ["0", "LWPOLYLINE", "100", "AcDbEntity", "8", "网格界线", "100", "AcDbPolyline", "90", "4", "70", "1"]
    for lon, lat in square(118.0, 36.8, 0.01)["coordinates"][0][:4]:
        lines += ["10", str(lon), "20", str(lat)]
    lines += ["0", "ENDSEC", "0", "EOF", ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    report = load(
        "grids", path, layer="网格界线", crs="EPSG:4326", constants={"code": "d1", "name": "图"}, dry_run=True
    )
    assert not checks(report), [one.message("en") for one in report.findings]
    assert report.added == 1


def test_a_kmz_whose_part_has_a_chinese_name_is_read(town, load, tmp_path):
    inner = tmp_path / "楼栋.kml"
    ring = " ".join(f"{lon},{lat}" for lon, lat in square(118.002, 36.802, 0.001)["coordinates"][0])
    inner.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        '<ExtendedData><Data name="code"><value>k1</value></Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing>'
        f"<coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>",
        encoding="utf-8",
    )
    packed = tmp_path / "楼栋.kmz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(inner, "layers/楼栋.kml")
    assert load("buildings", packed).added == 1


def test_a_shapefile_is_written_as_one_and_known_by_all_its_parts(town, load, write, dsn, tmp_path):
    load("buildings", write([feature(square(118.002, 36.802, 0.001), code="b1", name="楼")]))
    file = tmp_path / "out.shp"
    export(dsn, ExportRequest("buildings", file, "shp"))
    assert pyogrio.read_info(file)["features"] == 1
    assert {part.suffix for part in tmp_path.glob("out.*")} >= {".shp", ".shx", ".dbf", ".prj", ".cpg"}
    assert load("buildings", file).unchanged == 1
    before = file_sha256(file)
    table = file.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-2] + b"x\x1a")
    assert file_sha256(file) != before


def test_undoing_a_plan_counts_the_grids_that_are_other_than_before(town, load, write, dsn, db):
    load("grids", write(cells(), "one.geojson"))
    renamed = [*cells()[:3], {**cells()[3], "properties": {"code": "w11", "name": "改名"}}]
    second = load("grids", write(renamed, "two.geojson"))
    report = undo(dsn, second.run, by="tester")
    assert (report.added, report.changed, report.removed) == (0, 1, 0)
    assert value(db, "SELECT name FROM grid_in_force WHERE code = 'w11'") == "网格11"


def test_a_plan_that_waits_is_told_by_the_citys_clock(town, load, write):
    zone = ZoneInfo("Asia/Shanghai")
    load("grids", write(cells(), "one.geojson"), in_force_from=datetime(2090, 1, 1, tzinfo=zone), zone=zone)
    told = load("grids", write(cells(name="新"), "two.geojson"), zone=zone)
    (waiting,) = [one for one in told.findings if one.check == "plan-scheduled"]
    assert "2090-01-01 00:00" in waiting.message("zh")
    assert datetime(2090, 1, 1, tzinfo=zone).astimezone(UTC).day == 31, "by UTC it is another day"
