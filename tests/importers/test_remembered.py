"""The next file of the same shape is read as the last one was, and the report says so."""

from __future__ import annotations

import pytest
from planner_files import checks, feature, point, square, value

from gis import crs
from importers.inspect import inspect


def table(path, rows, header="楼号码,叫法,x,y"):
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


@pytest.fixture
def first(load, town, tmp_path):
    """A table whose columns and coordinate system had to be said."""
    east, north = crs.from_storage(crs.np.array([[118.001, 36.801]]), crs.parse("4548"))[0].tolist()
    file = table(tmp_path / "五月.csv", [f"F1,甲,{east!r},{north!r}"])
    report = load("facilities", file, columns={"code": "楼号码", "name": "叫法"}, constants={"category": "school"},
                  crs="EPSG:4548")  # fmt: skip
    assert report.added == 1
    return file


def told(report):
    return [finding.message("en") for finding in report.findings if finding.check == "remembered"]


def test_columns_constants_and_system_hold_for_the_next_file_and_it_is_said(first, load, db, tmp_path):
    next_month = table(tmp_path / "六月.csv", [first.read_text().splitlines()[1].replace("F1", "F2")])
    report = load("facilities", next_month)
    assert report.added == 1, [finding.message("en") for finding in report.findings]
    assert db.execute("SELECT code, name, category, round(ST_X(geom)::numeric, 6)::text FROM facility ORDER BY code").fetchall() == [
        ("F1", "甲", "school", "118.001000"), ("F2", "甲", "school", "118.001000")]  # fmt: skip
    (sentence,) = told(report)
    for option in ("--crs EPSG:4548", "--map code=楼号码", "--map name=叫法", "--set category=school"):
        assert option in sentence
    assert checks(report, "warning") == ["remembered"]


def test_what_is_said_now_goes_before_it_and_is_remembered_instead(first, load, db, tmp_path):
    other = table(tmp_path / "a.csv", ["F3,乙,118.002,36.802"])
    report = load("facilities", other, crs="EPSG:4326", constants={"category": "police"}, columns={"name": "楼号码"})
    assert (report.added, "--crs" in told(report)[0]) == (1, False)
    assert db.execute("SELECT name, category FROM facility WHERE code = 'F3'").fetchone() == ("F3", "police")
    assert "--crs EPSG:4326" in told(load("facilities", other))[0]


def test_a_remembered_system_that_does_not_fit_is_not_used(first, load, tmp_path):
    degrees = table(tmp_path / "a.csv", ["F3,乙,118.002,36.802"])
    assert checks(load("facilities", degrees)) == ["crs-missing"]


def test_other_columns_another_kind_and_fresh_are_read_by_themselves(first, load, tmp_path):
    wider = table(tmp_path / "b.csv", ["F4,丙,1,2,3"], "楼号码,叫法,x,y,备注")
    assert told(load("facilities", wider)) == []
    assert told(load("buildings", first)) == []
    assert checks(load("facilities", first, fresh=True)) == ["crs-missing"]


def test_refused_and_tried_files_are_not_remembered(load, db, tmp_path):
    file = table(tmp_path / "a.csv", ["F1,甲,118.0,36.8"])
    load("facilities", file, crs="4326", constants={"category": "dragon"})
    load("facilities", file, crs="4326", dry_run=True)
    assert value(db, "SELECT count(*) FROM import_mapping") == 0


def test_an_encoding_is_remembered_only_where_the_file_does_not_say_it(load, db, tmp_path):
    file = tmp_path / "gbk.csv"
    file.write_bytes("编码,名称,lon,lat\nF1,银泰城,118.0,36.8\n".encode("gbk"))
    assert load("facilities", file, crs="4326", encoding="GB18030").added == 1
    file.write_bytes("编码,名称,lon,lat\nF2,亚运村,118.0,36.8\n".encode("gbk"))
    report = load("facilities", file)
    assert report.added == 1
    assert "--encoding GB18030" in told(report)[0]
    file.write_bytes("编码,名称,lon,lat\nF3,金都花园,118.0,36.8\n".encode())
    assert "--encoding" not in told(load("facilities", file))[0]
    assert value(db, "SELECT string_agg(name, ' ' ORDER BY code) FROM facility") == "银泰城 亚运村 金都花园"


def test_a_system_that_overruled_the_file_holds_while_the_file_says_the_same(load, db, write):
    one = write([feature(point(118.06891797, 36.85490977), code="1")])
    load("facilities", one, crs="GCJ-02")
    report = load("facilities", write([feature(point(118.06891797, 36.85490977), code="2")], "2.geojson"))
    assert "--crs GCJ-02" in told(report)[0]
    assert value(db, "SELECT count(DISTINCT geom) FROM facility") == 1


def test_inspect_says_what_is_remembered(first, db):
    (layer,) = inspect(first, connection=db).layers
    memory = layer.as_json("en")["remembered"]["facilities"]
    assert (memory["crs"], memory["columns"]) == ("EPSG:4548", {"code": "楼号码", "name": "叫法"})


def test_findings_as_geojson_have_place_size_and_remedy(load, town, write):
    report = load("grids", write([feature(square(118.0, 36.8, 0.006), code="a", name="a"),
                                  feature(square(118.004, 36.8, 0.006), code="b", name="b")]))  # fmt: skip
    features = report.as_geojson("zh")["features"]
    assert len(features) == len(report.findings)
    overlap = next(one for one in features if one["properties"]["check"] == "overlap")
    assert overlap["geometry"]["type"] == "MultiPolygon"
    assert overlap["properties"]["size"] > 1000
    assert "共同边界" in overlap["properties"]["remedy"]
