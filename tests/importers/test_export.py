"""What goes out comes in again without a change: every kind, format and coordinate system, and awkward rows."""

from __future__ import annotations

import itertools
import json
import zipfile
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import shapely
from planner_files import checks, feature, point, square, value

from gis.access.scope import Scope
from gis.errors import BadRequest, ExportRefused, NotFound
from importers.export.request import FORMATS, ExportRequest
from importers.export.run import export
from importers.kinds import KINDS

LONG = "山东省淄博市高新区四宝山街道 亚运村社区" * 12 + "=1+1"
SYSTEMS = ("EPSG:4326", "EPSG:4490", "EPSG:4548", "GCJ-02")


@pytest.fixture
def full(town, load, db, write):
    """A town with something of every kind, and in it what is awkward to write into files."""
    far = square(118.004, 36.802, 0.001)["coordinates"]
    pieces = {"type": "MultiPolygon", "coordinates": [square(118.002, 36.802, 0.001)["coordinates"], far]}
    ring = square(118.006, 36.802, 0.002)
    ring["coordinates"] += [square(118.0065, 36.8025, 0.0005)["coordinates"][0][::-1]]
    load("grids", write([feature(square(118.0 + n / 100, 36.8), code=f"00{n}-A", name=f"第{n}网格") for n in (0, 1)]))
    load(
        "buildings",
        write(
            [
                feature(pieces, code="0012", name="连体楼", height=20.1, levels=7, households=None, 建成年份=1998),
                feature(ring, code="B2", name='=HYPERLINK("x")', use="3-1", estate="'=引号", height=0),
                feature(square(118.0123456789, 36.8012345678, 0.001), name="无编码"),
                feature(square(118.0151, 36.8012345678, 0.00033)),
            ],
            "b.geojson",
        ),
    )
    load(
        "addresses",
        write(
            [
                feature(
                    point(118.0025, 36.8025), code="A1", text=LONG, building_code="0012", room="１０１", floor="01"
                ),
                feature(point(118.0029, 36.8024), text='无编码地址，"引号"；第二行\n在此', residents=3, unit="-2"),
                feature(point(118.0125, 36.8013), code="A3", text="#N/A"),
            ],
            "a.geojson",
        ),
    )
    db.execute("UPDATE address SET building_id = (SELECT id FROM building WHERE name = '无编码') WHERE code = 'A3'")
    db.execute("UPDATE address SET road = ' 张辛路 ', estate = '' WHERE code = 'A1'")
    hydrants = [feature(point(118.001 + n / 1000, 36.801), code=f"F{n}", category="hydrant") for n in range(3)]
    load("facilities", write([*hydrants, feature(point(118.0007, 36.8007), name="无编码")], "f.geojson"))
    line = {"type": "LineString", "coordinates": [[118.001, 36.801], [118.0099, 36.8077]]}
    two = {"type": "MultiLineString", "coordinates": [line["coordinates"], [[118.0, 36.8], [118.001, 36.8]]]}
    load("streets", write([feature(line, name="张辛路", width=12.3), feature(two, code="R2", **{"class": "主干路"})]))
    load(
        "ground", write([feature(pieces, kind="water", name="湖"), feature(ring, code="G", kind="green")], "g.geojson")
    )
    assert [value(db, f"SELECT count(*) FROM {kind.table}") for kind in KINDS.values()] == [3, 2, 4, 3, 4, 2, 2]


def content(db, kind):
    """All rows of a kind as text, with the transaction that wrote each."""
    query = f"SELECT xmin::text, t::text FROM {KINDS[kind].table} t ORDER BY t::text"
    return db.execute(query).fetchall()


def out(dsn: str, tmp_path: Path, kind: str, form: str, **options) -> Path:
    file = tmp_path / f"{kind}{FORMATS[form]}"
    export(dsn, ExportRequest(kind, file, form, **options))
    return file


@pytest.mark.parametrize("form", [*FORMATS, "shp GBK", "csv GBK"])
def test_what_goes_out_comes_in_again_without_a_change(full, dsn, load, db, tmp_path, form):
    form, _, encoding = form.partition(" ")
    for kind, crs in itertools.product(KINDS, SYSTEMS):
        before = content(db, kind)
        file = out(dsn, tmp_path, kind, form, crs=crs, encoding=encoding or "UTF-8")
        tabular = form in ("csv", "xlsx")
        report = load(
            kind, file, crs=crs if tabular else None, encoding="GBK" if encoding and form == "csv" else None,
            within="s" if kind not in ("areas", "grids") else None, replace=kind not in ("areas", "grids"),
        )  # fmt: skip
        assert not report.refused, [finding.message("en") for finding in report.findings]
        assert (report.added, report.changed, report.removed) == (0, 0, 0), (kind, content(db, kind), before)
        assert report.unchanged == len(before)
        assert content(db, kind) == before, kind


def test_an_export_holds_what_lies_in_the_area_and_no_more(full, dsn, tmp_path):
    codes = {
        kind: {
            one["properties"]["code"]
            for one in json.loads(out(dsn, tmp_path, kind, "geojson", within="w").read_text())["features"]
        }
        for kind in KINDS
    }
    assert codes["areas"] == {"w"}
    assert codes["grids"] == {"000-A"}
    assert codes["buildings"] == {"0012", "B2"}
    assert codes["addresses"] == {"A1", None}
    with pytest.raises(NotFound):
        out(dsn, tmp_path, "areas", "csv", within="nowhere")


def test_an_export_holds_what_the_scope_lets_see(full, dsn, db, tmp_path):
    east = Scope((value(db, "SELECT id FROM area WHERE code = 'e'"),))
    found = json.loads(out(dsn, tmp_path, "areas", "geojson", scope=east).read_text())["features"]
    assert [(one["properties"]["code"], one["properties"]["parent"]) for one in found] == [("e", None)]
    assert len(json.loads(out(dsn, tmp_path, "buildings", "geojson", scope=east).read_text())["features"]) == 2
    with pytest.raises(NotFound):
        out(dsn, tmp_path, "buildings", "geojson", scope=east, within="w")


def test_other_programs_read_it(full, dsn, tmp_path):
    assert (
        pyogrio.read_info(out(dsn, tmp_path, "buildings", "gpkg", crs="EPSG:4548"))["geometry_type"] == "MultiPolygon"
    )
    packed = out(dsn, tmp_path, "addresses", "shp", encoding="GBK", crs="EPSG:4548")
    with zipfile.ZipFile(packed) as parts:
        assert sorted(Path(name).suffix for name in parts.namelist()) == [".cpg", ".dbf", ".prj", ".shp", ".shx"]
        assert parts.read("addresses.cpg") == b"GBK"
    info = pyogrio.read_info(f"/vsizip/{packed}/addresses.shp")
    assert info["crs"] == "EPSG:4548"
    assert {"building_c", "text__2"} <= set(info["fields"])
    sheet = openpyxl.load_workbook(out(dsn, tmp_path, "buildings", "xlsx")).active
    cells = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    assert {cell.data_type for row in cells.values() for cell in row} <= {"s", "n", "inlineStr"}
    assert (cells["B2"][1].value, cells["0012"][4].value) == ('=HYPERLINK("x")', 20.1)
    text = out(dsn, tmp_path, "buildings", "csv").read_text("utf-8")
    assert text.startswith("\ufeffcode,name,")
    assert "\"'=HYPERLINK" in text


def test_gcj02_says_so_in_the_file(full, dsn, tmp_path, load):
    for form in ("gpkg", "shp", "geojson"):
        assert load("facilities", out(dsn, tmp_path, "facilities", form, crs="GCJ-02")).unchanged == 4
    place = shapely.from_geojson(out(dsn, tmp_path, "facilities", "geojson", crs="GCJ-02").read_text())
    assert 0.005 < shapely.get_coordinates(place)[0][0] - 118.001 < 0.007


def test_text_that_the_encoding_has_not_got_is_refused_with_the_character(full, dsn, db, tmp_path):
    db.execute("UPDATE building SET name = '𠮷祥楼🏠' WHERE code = 'B2'")
    with pytest.raises(ExportRefused) as refused:
        out(dsn, tmp_path, "buildings", "shp", encoding="GBK")
    assert "𠮷" in refused.value.message("zh")
    assert list(tmp_path.glob("buildings*")) == []
    assert out(dsn, tmp_path, "buildings", "shp").exists()


def test_a_wkt_longer_than_a_cell_goes_on_in_the_next(town, dsn, load, db, write, tmp_path):
    circle = shapely.Point(118.005, 36.805).buffer(0.002, quad_segs=1000)
    load("buildings", write([feature(shapely.geometry.mapping(circle), name="圆")]))
    assert load("buildings", out(dsn, tmp_path, "buildings", "xlsx"), crs="4326").unchanged == 1


def test_names_like_a_continuation_are_columns_of_their_own(load, db, write):
    file = write([feature(point(118, 36.8), code="1", name="短", name__2="另一列")])
    shape = file.with_suffix(".shp")
    meta, table = pyogrio.read_arrow(file)
    pyogrio.write_arrow(table, shape, driver="ESRI Shapefile", geometry_type="Point", crs=meta["crs"],
                        geometry_name="wkb_geometry", encoding="UTF-8")  # fmt: skip
    report = load("facilities", shape)
    assert "name__2" in next(one for one in report.findings if one.check == "column-dropped").message("en")
    assert value(db, "SELECT name FROM facility") == "短"
    assert checks(report, "error") == []


@pytest.mark.parametrize("options", [{"encoding": "EBCDIC"}, {"encoding": "GBK", "form": "gpkg"}, {"crs": "EPSG:1"}])
def test_what_cannot_be_is_said(full, dsn, tmp_path, options):
    with pytest.raises(BadRequest):
        out(dsn, tmp_path, "buildings", **{"form": "shp", **options})


def test_nothing_is_an_answer_too(dsn, tmp_path):
    for form in FORMATS:
        assert out(dsn, tmp_path, "buildings", form).stat().st_size > 0
