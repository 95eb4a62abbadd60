"""Files as planners have them: Shapefiles without .cpg or .prj, Excel with titles, drawings, archives."""

from __future__ import annotations

import datetime
import json
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from planner_files import SHARED, checks, feature, point, square, value

NAMES = np.array(["西社区", "银泰城"], dtype=object)
SHAPES = shapely.to_wkb(np.array([shapely.box(118.0, 36.8, 118.01, 36.81), shapely.box(118.01, 36.8, 118.02, 36.81)]))


@pytest.fixture
def shapefile(tmp_path):
    """Two buildings with Chinese names and columns, in an encoding."""

    def make(
        encoding: str = "GBK", *, cpg: bool = True, prj: bool = True, crs: str = "EPSG:4326", name: str = "楼"
    ) -> Path:
        folder = tmp_path / f"{encoding}{cpg}{prj}"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.shp"
        pyogrio.raw.write(
            path, SHAPES, [NAMES, np.array(["B1", "B2"], dtype=object), np.array([3, 40], dtype=np.int32)], ["名称", "编码", "层数"],
            geometry_type="Polygon", crs=crs, driver="ESRI Shapefile", encoding=encoding,
        )  # fmt: skip
        if not cpg:
            path.with_suffix(".cpg").unlink()
        if not prj:
            path.with_suffix(".prj").unlink()
        return path

    return make


def stored(db):
    return db.execute("SELECT code, name, levels FROM building ORDER BY code").fetchall()


BOTH = [("B1", "西社区", 3), ("B2", "银泰城", 40)]


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_a_shapefile_says_its_encoding(load, db, shapefile, encoding):
    assert load("buildings", shapefile(encoding)).added == 2
    assert stored(db) == BOTH


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_column_names_that_a_dbf_cuts_off_are_known(load, db, shapefile, encoding):
    path = shapefile(encoding)
    table = path.with_suffix(".dbf")
    written = table.read_bytes()
    for at, name in enumerate(["楼栋名称", "楼栋编码", "地上建筑层数"]):  # as GDAL and ArcGIS cut them: at ten bytes
        place = 32 + 32 * at
        written = written[:place] + name.encode(encoding)[:10].ljust(11, b"\0") + written[place + 11 :]
    table.write_bytes(written)
    report = load("buildings", path, columns={"levels": "地上建筑层"} if encoding == "GBK" else {"levels": "地上建"})
    assert not report.refused, [finding.message("zh") for finding in report.findings]
    assert stored(db) == BOTH


def test_a_gbk_shapefile_without_cpg_is_refused_with_samples_in_each_encoding(load, db, shapefile):
    path = shapefile("GBK", cpg=False)
    report = load("buildings", path)
    assert checks(report) == ["encoding-missing"]
    refused = next(iter(report.findings))
    assert "GB18030: 名称" in refused.message("en")
    assert "--encoding GB18030" in refused.remedy("zh")
    assert load("buildings", path, encoding="GB18030").added == 2
    assert stored(db) == BOTH


def test_a_wrong_encoding_is_refused(load, db, shapefile):
    assert checks(load("buildings", shapefile("GBK", cpg=False), encoding="UTF-8")) == ["unreadable"]
    wrong = load("buildings", shapefile("UTF-8", cpg=False), encoding="GB18030", columns={"code": "缂栫爜"})
    assert wrong.refused
    latin = load("buildings", shapefile("GBK", cpg=False), encoding="windows-1252", columns={"name": "Ãû³Æ"})
    assert "mojibake" in checks(latin)
    assert stored(db) == []


def test_a_shapefile_without_prj_is_refused_with_candidates_and_how_far_they_are_apart(load, db, town, shapefile):
    path = shapefile(prj=False)
    report = load("buildings", path)
    assert checks(report) == ["crs-missing"]
    remedy = next(iter(report.findings)).remedy("en")
    for wanted in ("--crs EPSG:4490", "--crs GCJ-02", "--crs BD-09", "m from the first", "on the areas that are there"):
        assert wanted in remedy
    assert load("buildings", path, crs="EPSG:4490").added == 2


@pytest.mark.parametrize(("part", "keep"), [(".shp", 150), (".shx", 60), (".dbf", 100), (".dbf", 20)])
def test_a_shapefile_that_is_cut_off_is_refused(load, db, shapefile, part, keep):
    path = shapefile().with_suffix(part)
    path.write_bytes(path.read_bytes()[:keep])
    report = load("buildings", path.with_suffix(".shp"))
    assert checks(report) == ["unreadable"]
    assert part in next(iter(report.findings)).message("en")
    assert stored(db) == []


def test_a_shapefile_with_a_part_missing_is_refused(load, shapefile):
    path = shapefile()
    path.with_suffix(".dbf").unlink()
    report = load("buildings", path)
    assert "its .dbf is missing" in next(iter(report.findings)).message("en")


def test_a_zipped_shapefile_with_a_name_from_windows(load, db, shapefile, tmp_path):
    path = shapefile()
    packed = tmp_path / "数据.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in path.parent.iterdir():
            archive.writestr(f"__{part.suffix}", part.read_bytes())
    packed.write_bytes(packed.read_bytes().replace(b"__.", "楼.".encode("gbk")))
    assert load("buildings", packed).added == 2
    assert stored(db) == BOTH


def test_an_archive_with_several_files_asks_which(load, db, shapefile, tmp_path):
    one, other = shapefile("GBK"), shapefile("UTF-8", name="另一个")
    packed = tmp_path / "two.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in (*one.parent.iterdir(), *other.parent.iterdir()):
            archive.write(part, part.name)
    assert checks(load("buildings", packed)) == ["several-layers"]
    assert load("buildings", packed, layer="另一个").added == 2


def test_an_archive_never_writes_outside_its_folder(load, tmp_path):
    packed = tmp_path / "evil.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../../evil.geojson", "{}")
        archive.writestr("/tmp/evil.geojson", "{}")  # noqa: S108 - that is the attack
    assert load("buildings", packed).refused
    assert not Path("/tmp/evil.geojson").exists()  # noqa: S108
    assert not (tmp_path.parent / "evil.geojson").exists()


@pytest.mark.parametrize(
    ("name", "driver"),
    [("a.gpkg", "GPKG"), ("a.fgb", "FlatGeobuf"), ("a.kml", "LIBKML"), ("a.kmz", "LIBKML"), ("a.gdb", "OpenFileGDB")],
)
def test_other_formats_of_gdal(load, db, tmp_path, name, driver):
    path = tmp_path / name
    pyogrio.raw.write(
        path, SHAPES, [NAMES, np.array(["B1", "B2"], dtype=object), np.array([3, 40], dtype=np.int32)], ["Name", "code", "levels"],
        geometry_type="Polygon", crs="EPSG:4326", driver=driver,
    )  # fmt: skip
    if driver == "OpenFileGDB":
        shutil.make_archive(str(tmp_path / "zipped"), "zip", tmp_path, "a.gdb")
        assert load("buildings", tmp_path / "zipped.zip", dry_run=True).added == 2
    report = load("buildings", path)
    assert report.added == 2, [finding.message("en") for finding in report.findings]
    assert stored(db) == BOTH


def test_a_kmz_from_google_earth_keeps_its_typed_columns_and_no_empty_ones(load, db, tmp_path):
    pyogrio.raw.write(
        tmp_path / "a.kml", SHAPES, [NAMES, np.array(["B1", "B2"], dtype=object)], ["名称", "编码"],
        geometry_type="Polygon", crs="EPSG:4326", driver="LIBKML",
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as packed:
        packed.write(tmp_path / "a.kml", "doc.kml")
    assert load("buildings", tmp_path / "a.kmz").added == 2
    assert db.execute("SELECT code, name FROM building ORDER BY code").fetchall() == [
        ("B1", "西社区"),
        ("B2", "银泰城"),
    ]
    again = load("buildings", tmp_path / "a.kml")
    assert again.unchanged == 2
    assert "column-twice" not in checks(again, "warning")


def test_topojson_has_no_crs_of_its_own(load, db, tmp_path):
    topology = {
        "type": "Topology",
        "objects": {"楼": {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "arcs": [[0]], "properties": {"code": "B1", "name": "西社区"}}]}},
        "arcs": [[[118.0, 36.8], [118.01, 36.8], [118.01, 36.81], [118.0, 36.81], [118.0, 36.8]]],
    }  # fmt: skip
    path = tmp_path / "a.topojson"
    path.write_text(json.dumps(topology), encoding="utf-8")
    refused = load("buildings", path)
    assert set(checks(refused)) <= {"crs-missing"}
    assert load("buildings", path, crs="EPSG:4326").added == 1


def test_a_drawing_gives_its_closed_lines_by_layer(load, db, tmp_path):
    path = tmp_path / "图.dxf"
    ring = shapely.LineString(
        [(594785, 4080873), (594885, 4080873), (594885, 4080973), (594785, 4080973), (594785, 4080873)]
    )
    text = shapely.LineString([(594785, 4080873), (594985, 4080873)])
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([ring, text, ring])), [np.array(["JZW", "JZW", "ROAD"], dtype=object)], ["Layer"],
        geometry_type="LineString", driver="DXF", crs="EPSG:4548",
    )  # fmt: skip
    asked = load("buildings", path)
    assert checks(asked) == ["several-layers"]
    refused = load("buildings", path, layer="JZW")
    assert checks(refused) == ["crs-missing"]
    assert "--crs EPSG:4548" in next(iter(refused.findings)).remedy("en")
    assert load("buildings", path, layer="JZW", crs="EPSG:4548").added == 1
    assert abs(value(db, "SELECT ST_Area(geom::geography) FROM building") - 10_000) < 10


def test_a_drawing_that_is_cut_off_is_refused(load, tmp_path):
    path = tmp_path / "图.dxf"
    rings = [shapely.LineString(shapely.box(118 + n, 36, 118.5 + n, 36.5).exterior.coords) for n in range(3)]
    pyogrio.raw.write(path, shapely.to_wkb(np.array(rings)), [np.array(["JZW"] * 3, dtype=object)], ["Layer"],
                      geometry_type="LineString", driver="DXF", crs="EPSG:4326")  # fmt: skip
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"POLYLINE")])
    report = load("buildings", path, crs="EPSG:4326")
    assert checks(report) == ["unreadable"]
    assert "cut off" in next(iter(report.findings)).message("en")


def test_dwg_is_named_with_the_way_round(load, tmp_path):
    path = tmp_path / "图.dwg"
    path.write_bytes(b"AC1032" + bytes(100))
    refused = next(iter(load("buildings", path).findings))
    assert "Save the drawing as DXF" in refused.remedy("en")
    assert "另存为 DXF" in refused.remedy("zh")


def workbook(path: Path, rows: list[list[object]], merged: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    book.save(path)
    return path


def test_excel_with_a_title_a_header_in_two_rows_and_merged_cells(load, db, town, tmp_path):
    path = workbook(
        tmp_path / "台账.xlsx",
        [
            ["四宝山街道地址台账"],
            ["编码", "标准地址", "所在", None, "坐标", None, "人口"],
            [None, None, "社区", "小区", "经度", "纬度", None],
            ["A1", "西社区1号101", "西社区", "西苑", "１１８．００１", 36.801, "３"],
            ["A2", "西社区1号102", None, "西苑", 118.001, "36.801", 2],
            [None, None, None, None, None, None, None],
        ],
        merged=("A1:G1", "C2:D2", "E2:F2", "A2:A3", "B2:B3", "G2:G3", "C4:C5"),
    )
    report = load("addresses", path, crs="EPSG:4490")
    assert not report.refused, [finding.message("en") for finding in report.findings]
    assert {"title-rows", "merged-cells", "row-empty"} <= set(checks(report, "info"))
    rows = db.execute("SELECT code, community, estate, residents, ST_X(geom) FROM address ORDER BY code").fetchall()
    assert rows == [("A1", "西社区", "西苑", 3, 118.001), ("A2", "西社区", "西苑", 2, 118.001)]


def test_excel_turned_a_room_into_a_date_and_a_count_too(load, tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["编码", "地址", "室", "人口", "经度", "纬度"],
            ["A1", "x", datetime.datetime(2026, 3, 1), 2, 118.0, 36.8],
            ["A2", "x", "101", datetime.datetime(1900, 1, 3), 118.0, 36.8],
            ["A3", "x", "102", "#REF!", 118.0, 36.8],
        ],
    )
    report = load("addresses", path, crs="EPSG:4490")
    assert sorted(checks(report)) == ["cell-error", "date-in-number", "date-in-text"]
    assert {finding.rows for finding in report.findings if finding.severity == "error"} == {(2,), (3,), (4,)}


def test_long_codes_that_excel_took_for_numbers_are_refused(load, tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["编码", "名称", "lon", "lat"],
        [3.70303008017001e17, "甲", 118.0, 36.8],
        [370303008017001, "乙", 118.0, 36.8],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    report = load("facilities", tmp_path / "a.xlsx", crs="4326")
    assert [(finding.check, finding.rows) for finding in report.findings if finding.severity == "error"] == [
        ("digits-lost", (2,))
    ]
    table = tmp_path / "a.csv"
    table.write_text("编码,名称,lon,lat\n3.70303E+17,甲,118.0,36.8\n370303008017001002,乙,118.0,36.8\n", "utf-8")
    assert checks(load("facilities", table, crs="4326")) == ["digits-lost"]


def test_a_formula_that_was_never_computed_is_refused_where_it_matters(load, write, tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["编码", "户数"], ["B1", "=1+2"]])
    report = load("buildings", path)
    assert "formula-without-value" in checks(report)
    assert "B2" in next(f for f in report.findings if f.check == "formula-without-value").message("en")
    load("buildings", write([feature(square(118, 36.8, 0.001), code="B1")]))
    beside = workbook(tmp_path / "b.xlsx", [["编码", "户数", "备注"], ["B1", 3, "=1+2"]])
    assert load("buildings", beside).changed == 1


def test_a_table_without_geometry_updates_rows_by_code_and_nothing_else(load, db, write, tmp_path):
    load("buildings", write([feature(square(118, 36.8, 0.001), code="B1", name="1号楼", height=20)]))
    report = load("buildings", workbook(tmp_path / "a.xlsx", [["编码", "户数"], ["B1", 36]]))
    assert (report.added, report.changed) == (0, 1)
    assert db.execute("SELECT name, height, households FROM building").fetchone() == ("1号楼", 20, 36)
    unknown = load("buildings", workbook(tmp_path / "b.xlsx", [["编码", "户数"], ["B9", 36]]))
    assert checks(unknown) == ["no-such-row"]


def test_several_sheets_ask_which(load, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["编码", "户数"])
    book.create_sheet("二").append(["编码", "户数"])
    book.save(tmp_path / "a.xlsx")
    assert checks(load("buildings", tmp_path / "a.xlsx")) == ["several-layers"]


def old_excel(path: Path, rows: list[list[object]]) -> Path:
    """A BIFF2 worksheet, the oldest .xls there is: records of a type, a length and content."""
    records = [struct.pack("<HHHH", 0x0009, 4, 0x0002, 0x0010), struct.pack("<HHH", 0x0042, 2, 936)]
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            place = struct.pack("<HH3x", number, at)
            if isinstance(cell, str):
                text = cell.encode("gbk")
                body = place + struct.pack("<B", len(text)) + text
                records.append(struct.pack("<HH", 0x0004, len(body)) + body)
            elif cell is not None:
                body = place + struct.pack("<d", cell)
                records.append(struct.pack("<HH", 0x0003, len(body)) + body)
    records.append(struct.pack("<HH", 0x000A, 0))
    path.write_bytes(b"".join(records))
    return path


def test_old_excel(load, db, tmp_path):
    path = old_excel(
        tmp_path / "a.xls", [["编码", "名称", "类别", "经度", "纬度"], ["F1", "消防栓一", "消防栓", 118.0, 36.8]]
    )
    report = load("facilities", path, crs="EPSG:4490")
    assert report.added == 1, [finding.message("en") for finding in report.findings]
    assert db.execute("SELECT name, category FROM facility").fetchone() == ("消防栓一", "hydrant")


@pytest.mark.parametrize("encoding", ["GB18030", "utf-8-sig", "utf-16"])
def test_csv_in_any_encoding(load, db, tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_text("编码;名称;经度;纬度\nF1;消防栓一;118.0;36.8\n", encoding=encoding)
    report = load("facilities", path, crs="EPSG:4490")
    if encoding == "GB18030":
        assert checks(report) == ["encoding-missing"]
        report = load("facilities", path, crs="EPSG:4490", encoding="GB18030")
    assert report.added == 1
    assert value(db, "SELECT name FROM facility") == "消防栓一"


def test_degrees_with_minutes_and_seconds(load, db, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("编码,标准地址,经度,纬度\nA1,某路1号,118°03'46.2\"E,３６度５１分１５秒\n", "utf-8")
    assert load("addresses", path, crs="EPSG:4490").added == 1
    lon, lat = db.execute("SELECT ST_X(geom), ST_Y(geom) FROM address").fetchone()
    assert (lon, lat) == pytest.approx((118 + 3 / 60 + 46.2 / 3600, 36 + 51 / 60 + 15 / 3600))
    path.write_text("编码,标准地址,经度,纬度\nA1,某路1号,118°75'00\",36.8\n", "utf-8")
    assert checks(load("addresses", path, crs="EPSG:4490")) == ["geometry-broken"]


def test_csv_with_wkt(load, db, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('code,wkt\nB1,"POLYGON((118 36,118.1 36,118.1 36.1,118 36))"\nB2,POLYGON((1 1\n', encoding="utf-8")
    assert checks(load("buildings", path, crs="4326")) == ["geometry-broken"]
    path.write_text('code,wkt\nB1,"POLYGON((118 36,118.1 36,118.1 36.1,118 36))"\n', encoding="utf-8")
    assert load("buildings", path, crs="4326").added == 1


def test_mojibake_is_named(load, write):
    garbled = ["瑗跨ぞ鍖", "Î÷ÉçÇø", "锟斤拷小区", "è¥¿ç¤¾å\u008cº"]
    report = load("facilities", write([feature(point(118, 36), code=f"{at}", name=n) for at, n in enumerate(garbled)]))
    assert checks(report) == ["mojibake"] * 4
    fine = ["西社区", "Café", "Müller-Straße", "ÉCOLE ÉLÉMENTAIRE", "金帝・銀座", "№ 5", "㙟㙠"]
    assert not load("facilities", write([feature(point(118, 36), code=n, name=n) for n in fine])).refused


@pytest.mark.real_data
@pytest.mark.skipif(not SHARED.exists(), reason=f"the real data is not at {SHARED}")
def test_helsinki_from_openstreetmap(load, db):
    file = SHARED / "helsinki" / "helsinki.osm.pbf"
    report = load("buildings", file)
    assert not report.refused
    cut = sum(len(f.rows) for f in report.findings if f.check in ("geometry-broken", "geometry-unrepairable"))
    assert report.added + cut == 494
    assert value(db, "SELECT count(*) FROM building WHERE ST_IsValid(geom)") == report.added
    assert value(db, "SELECT count(levels) FROM building") > 150
    assert load("streets", file).added > 2_000
    assert load("facilities", file).added > 400
    assert load("ground", file).added > 150
    assert load("buildings", file).unchanged == report.added
    assert checks(load("areas", file)) == ["unreadable"]
