"""Buildings, addresses, facilities, streets and ground: added, changed, left alone, refused."""

from __future__ import annotations

import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyogrio
import pytest
import shapely
from planner_files import checks, feature, point, square, value

from gis.clock import FixedClock
from importers.load import run
from importers.request import ImportRequest

pytestmark = pytest.mark.usefixtures("dsn")


@pytest.fixture
def buildings(write):
    return write(
        [
            feature(square(118.001, 36.801, 0.001), code="B1", name="1号楼", height=30.5, levels=10, 户数="４０"),
            feature(square(118.012, 36.802, 0.001), code="B2", name=None, height=None, levels=None, 户数=None),
        ]
    )


def test_a_file_arrives_with_its_values_and_each_building_knows_its_community(load, db, town, buildings):
    report = load("buildings", buildings)
    assert (report.added, report.changed, report.removed, report.unchanged) == (2, 0, 0, 0)
    rows = db.execute(
        "SELECT b.code, b.name, height, levels, households, a.code FROM building b"
        " LEFT JOIN area a ON a.id = area_id ORDER BY b.code"
    ).fetchall()
    assert rows == [("B1", "1号楼", 30.5, 10, 40, "w"), ("B2", None, None, None, None, "e")]


def test_the_same_file_twice_changes_nothing(load, db, town, buildings):
    load("buildings", buildings)
    before = db.execute("SELECT xmin, * FROM building ORDER BY id").fetchall()
    outbox = value(db, "SELECT count(*) FROM outbox")
    report = load("buildings", buildings)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 2)
    assert db.execute("SELECT xmin, * FROM building ORDER BY id").fetchall() == before
    assert value(db, "SELECT count(*) FROM outbox") == outbox


def test_only_rows_that_changed_are_written_and_the_outbox_knows_where(load, db, town, buildings, write):
    load("buildings", buildings)
    untouched = value(db, "SELECT xmin::text FROM building WHERE code = 'B1'")
    db.execute("TRUNCATE outbox")
    moved = feature(square(118.003, 36.802, 0.001), code="B2", name="二号楼")
    same = feature(square(118.001, 36.801, 0.001), code="B1", name="1号楼")
    report = load("buildings", write([same, moved], "again.geojson"))
    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    assert value(db, "SELECT xmin::text FROM building WHERE code = 'B1'") == untouched
    assert value(db, "SELECT a.code FROM building b JOIN area a ON a.id = area_id WHERE b.code = 'B2'") == "w"
    assert value(db, "SELECT height FROM building WHERE code = 'B1'") == 30.5  # a column that the file doesn't have
    assert value(db, "SELECT sum(rows)::int FROM outbox") == 1


def test_rows_without_code_are_known_by_their_shape_and_name(load, db, write):
    file = write([feature(square(118.0 + step / 100, 36.8, 0.001), name=f"{step}") for step in range(5)])
    assert load("buildings", file).added == 5
    report = load("buildings", file)
    assert (report.added, report.unchanged) == (0, 5)


def test_the_same_row_twice_without_code_is_loaded_once_and_said(load, db, write):
    report = load("buildings", write([feature(square(118.0, 36.8), name="a")] * 3))
    assert report.added == 1
    assert checks(report, "warning") == ["row-twice"]


def test_all_errors_are_reported_together_and_nothing_is_changed(load, db, write):
    bowtie = {"type": "Polygon", "coordinates": [[[118, 36], [118.1, 36.1], [118.1, 36], [118, 36.1], [118, 36]]]}
    report = load(
        "buildings",
        write(
            [
                feature(square(118.0, 36.8), code="B1", height=5000),
                feature(square(118.1, 36.8), code="B1", height=-3),
                feature(bowtie, code="B3", levels="many"),
                feature(None, code="B4"),
                feature(point(118, 36), code="B5"),
                feature(square(500.0, 36.8), code="B6"),
                feature(square(118.2, 36.8), code="B7", levels=2.5),
            ]
        ),
    )
    assert sorted(checks(report)) == [
        "absurd-height",
        "code-twice",
        "coordinates-out-of-range",
        "geometry-invalid",
        "geometry-missing",
        "geometry-type",
        "not-a-number",
        "not-a-number",
        "number-out-of-range",
    ]
    assert report.run is None
    assert value(db, "SELECT count(*) FROM building") == 0
    assert value(db, "SELECT count(*) FROM import_run") == 0
    assert value(db, "SELECT count(*) FROM outbox") == 0
    for finding in report.findings:
        for language in ("zh", "en"):
            assert finding.remedy(language)
            assert "…" not in finding.message(language)
            assert "{" not in finding.message(language) + finding.remedy(language)


def test_an_invalid_shape_is_repaired_when_told_to(load, db, write):
    bowtie = {"type": "Polygon", "coordinates": [[[118, 36], [118.1, 36.1], [118.1, 36], [118, 36.1], [118, 36]]]}
    report = load("buildings", write([feature(bowtie, code="B")]), repair=True)
    assert checks(report, "warning") == ["geometry-repaired"]
    assert value(db, "SELECT ST_IsValid(geom) AND ST_Area(geom) > 0 FROM building")


def test_a_trial_counts_and_changes_nothing(load, db, buildings):
    report = load("buildings", buildings, dry_run=True)
    assert (report.run, report.added) == (None, 2)
    assert value(db, "SELECT count(*) FROM building") + value(db, "SELECT count(*) FROM import_run") == 0


def test_who_imported_what_when_from_which_file_is_kept(dsn, db, buildings):
    at = datetime(2026, 5, 1, 4, tzinfo=UTC)
    report = run(dsn, ImportRequest("buildings", buildings, by="li"), clock=FixedClock(at))
    row = db.execute("SELECT id, kind, file_name, imported_by, imported_at, added FROM import_run").fetchone()
    assert row == (report.run, "buildings", "file.geojson", "li", at, 2)


def test_columns_that_are_not_used_are_named(load, write):
    report = load("buildings", write([feature(square(118, 36), code="1", wohnfläche=3, 备注="x")]))
    (dropped,) = [finding for finding in report.findings if finding.check == "column-dropped"]
    assert "wohnfläche, 备注" in dropped.message("zh")


def test_a_column_can_be_named_and_a_constant_set(load, db, write):
    file = write([feature(point(118.0, 36.8), OBJ=7.0, label="消防栓1")])
    report = load("facilities", file, columns={"code": "obj", "name": "label"}, constants={"category": "消防栓"})
    assert not report.refused
    assert db.execute("SELECT code, name, category FROM facility").fetchone() == ("7", "消防栓1", "hydrant")


def test_an_unknown_category_is_refused_with_the_known_ones(load, write):
    report = load("facilities", write([feature(point(118, 36), code="1", category="dragon")]))
    assert checks(report) == ["unknown-category"]
    assert "hydrant" in next(iter(report.findings)).remedy("en")


def test_addresses_are_linked_to_their_building_and_may_come_as_csv(load, db, town, buildings, tmp_path):
    load("buildings", buildings)
    file = tmp_path / "addresses.csv"
    file.write_text(
        "编码,标准地址,楼栋编码,室,人口,lon,lat\n"
        "A1,四宝山街道1号楼101,B1,101,3,118.0015,36.8015\n"
        "A2,四宝山街道1号楼102,XX,102,,118.0015,36.8015\n",
        encoding="utf-8",
    )
    refused = load("addresses", file)
    assert checks(refused) == ["crs-missing"]
    report = load("addresses", file, crs="EPSG:4326")
    assert checks(report, "warning") == ["unknown-building"]
    rows = db.execute(
        "SELECT t.code, t.room, t.residents, b.code, a.code FROM address t LEFT JOIN building b ON b.id = building_id"
        " JOIN area a ON a.id = t.area_id ORDER BY t.code"
    ).fetchall()
    assert rows == [("A1", "101", 3, "B1", "w"), ("A2", "102", None, None, "w")]


def test_gcj02_lands_where_it_belongs(load, db, write):
    file = write([feature(point(118.06891797, 36.85490977), code="1")])
    report = load("facilities", file, crs="GCJ-02")
    assert checks(report, "info") == ["crs-overridden"]
    off = value(
        db, "SELECT ST_Distance(geom::geography, ST_Point(118.06282, 36.854343, 4326)::geography) FROM facility"
    )
    assert off < 0.01


@pytest.mark.parametrize("name", ["f.geojson", "f.geojsonl", "f.geojson.gz", "f.geojsonl.gz", "f.gpkg"])
def test_every_format_gives_the_same_rows(load, db, write, tmp_path, name):
    features = [
        feature(square(118.0 + step / 100, 36.8, 0.001), code=f"B{step}", name=f"楼{step}", height=step + 0.5)
        for step in range(3)
    ]
    plain = write(features, "f.geojsonl" if "geojsonl" in name else "f.geojson")
    file = tmp_path / "out" / name
    file.parent.mkdir()
    if name.endswith(".gz"):
        file.write_bytes(gzip.compress(plain.read_bytes()))
    elif name.endswith(".gpkg"):
        meta, table = pyogrio.read_arrow(plain)
        pyogrio.write_arrow(
            table, file, driver="GPKG", layer="楼栋", geometry_type="Polygon", crs=meta["crs"],
            geometry_name="wkb_geometry",
        )  # fmt: skip
    else:
        shutil.copy(plain, file)
    report = load("buildings", file)
    assert report.added == 3
    rows = db.execute("SELECT code, name, height, ST_AsText(geom) FROM building ORDER BY code").fetchall()
    assert [row[:3] for row in rows] == [(f"B{n}", f"楼{n}", n + 0.5) for n in range(3)]
    assert shapely.from_wkt(rows[2][3]).equals(shapely.geometry.shape(square(118.02, 36.8, 0.001)))


def test_a_property_that_turns_up_late_is_not_lost(load, db, write):
    features = [feature(point(118.0 + step / 1e4, 36.8), code=f"F{step}") for step in range(2500)]
    features[-1]["properties"]["name"] = "最后"
    report = load("facilities", write(features, "late.geojsonl"))
    assert report.added == 2500
    assert value(db, "SELECT name FROM facility WHERE code = 'F2499'") == "最后"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", b'{"type":"FeatureCollection","features":[{"type":'),
        ("a.geojsonl", b'{"type":"Feature","properties":{},"geometry":null}\n{"type":'),
        ("a.geojsonl.gz", gzip.compress(b'{"type":"Feature","properties":{},"geometry":null}\n' * 5000)[:-20]),
        ("a.gpkg", b"SQLite format 3\x00 and then nothing"),
        ("a.csv", b""),
        ("a.dwg", b"AC1032"),
        ("nothing.geojson", None),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(load, db, tmp_path, name, content):
    file: Path = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    report = load("buildings", file)
    assert report.refused
    assert "\n" not in next(iter(report.findings)).message("en")
    assert value(db, "SELECT count(*) FROM building") == 0


def test_streets_and_ground_keep_their_class_and_kind(load, db, write):
    line = {"type": "LineString", "coordinates": [[118, 36.8], [118.01, 36.8]]}
    assert load("streets", write([feature(line, code="R1", 名称="张辛路", width=12.5)], "r.geojson")).added == 1
    assert db.execute('SELECT name, "class", width FROM street').fetchone() == ("张辛路", "local", 12.5)
    ground = write([feature(square(118, 36.8), code="G", kind="water")], "g.geojson")
    assert load("ground", ground).added == 1
    refused = load("ground", write([feature(square(118, 36.8), code="G2")], "g2.geojson"))
    assert checks(refused) == ["field-missing"]


def test_a_large_first_load_leaves_every_index_in_place(load, db, write):
    indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'building' ORDER BY 1"
    before = db.execute(indexes).fetchall()
    features = [
        feature(square(118 + step % 200 / 1e3, 36 + step // 200 / 1e3, 0.0005), code=f"B{step}")
        for step in range(20_500)
    ]
    report = load("buildings", write(features, "many.geojsonl"))
    assert report.added == 20_500
    assert db.execute(indexes).fetchall() == before
    assert value(db, "SELECT sum(rows)::int FROM outbox WHERE layer = 'buildings'") == 20_500


def test_two_imports_at_once_write_one_after_the_other(dsn, load, db, buildings):
    with psycopg.connect(dsn) as other:
        other.execute("SELECT pg_advisory_xact_lock(7133010)")
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        import threading

        done: list[int] = []
        thread = threading.Thread(target=lambda: done.append(load("buildings", buildings).added))
        thread.start()
        while value(db, waiting) == 0:
            assert thread.is_alive()
        assert not done
        other.rollback()
        thread.join()
    assert done == [2]
