"""Areas: levels, parents, whether they tile them, and leaves that follow."""

from __future__ import annotations

import json

from planner_files import checks, feature, point, square, value


def test_a_hierarchy_in_one_file_arrives_with_its_paths_whatever_the_order(town, db):
    rows = db.execute("SELECT code, level, path::text FROM area ORDER BY path").fetchall()
    assert rows == [("s", "street", "s"), ("e", "community", "s.e"), ("w", "community", "s.w")]


def test_the_same_areas_twice_change_nothing(town, load, db, write):
    before = db.execute("SELECT xmin::text, id FROM area ORDER BY id").fetchall()
    report = load("areas", write([feature(square(118.0, 36.8), code="w", name="西社区", level="社区", parent="s")]))
    assert (report.added, report.changed, report.unchanged) == (0, 0, 1)
    assert db.execute("SELECT xmin::text, id FROM area ORDER BY id").fetchall() == before


def test_without_parent_column_areas_go_under_the_area_they_lie_in_and_it_is_said(town, load, db, write):
    cells = [
        feature(square(118.0 + x / 200, 36.8 + y / 200, 0.005), code=f"g{x}{y}", name="格")
        for x in (0, 1)
        for y in (0, 1)
    ]
    report = load("areas", write(cells), constants={"level": "网格"})
    assert not report.refused
    assert "parent-by-location" in checks(report, "info")
    assert value(db, "SELECT path::text FROM area WHERE code = 'g11'") == "s.w.g11"
    (coverage,) = [finding for finding in report.findings if finding.check == "coverage"]
    assert "4 of 4 tile their parent w exactly" in coverage.message("en")


def test_an_unknown_level_is_refused_with_the_levels_that_exist(load, write):
    report = load("areas", write([feature(square(118, 36), code="x", name="x", level="galaxy")]))
    assert checks(report) == ["unknown-level"]
    assert "street (街道/镇)" in next(iter(report.findings)).remedy("en")


def test_code_level_name_and_parent_are_checked_together(town, load, db, write):
    report = load(
        "areas",
        write(
            [
                feature(square(118.0, 36.8, 0.001), code="has space", name="a", level="grid", parent="w"),
                feature(square(118.002, 36.8, 0.001), code="n", name=None, level="grid", parent="w"),
                feature(square(118.004, 36.8, 0.001), code="p", name="p", level="grid", parent="nowhere"),
                feature(square(118.006, 36.8, 0.001), code="u", name="u", level="street", parent="w"),
            ]
        ),
    )
    assert {"code-form", "value-missing", "unknown-area", "parent-level"} <= set(checks(report))
    assert value(db, "SELECT count(*) FROM area") == 3


def test_overlaps_and_what_reaches_outside_are_measured_on_the_ground(town, load, write):
    report = load(
        "areas",
        write(
            [
                feature(square(118.0, 36.8, 0.006), code="g1", name="1", level="grid"),
                feature(square(118.005, 36.8, 0.006), code="g2", name="2", level="grid", parent="w"),
            ]
        ),
    )
    found = {finding.check: finding for finding in report.findings}
    # 0.001° × 0.006° at 36.8°N is 89.27 m × 665.85 m on the ellipsoid, not the 1.56 times as much of Web Mercator
    assert abs(found["overlap"].size - 59_430) < 100
    assert found["overlap"].codes == ("g1", "g2")
    assert abs(found["outside-parent"].size - 59_430) < 100
    assert found["outside-parent"].codes == ("g2",)
    assert found["gap"].severity == "warning"


def test_float_noise_is_no_overlap_and_no_gap(town, load, write):
    nudge = 1e-9  # a tenth of a millimetre
    cells = [
        feature(square(118.0, 36.8, 0.005 + nudge), code="a", name="a", level="grid"),
        feature(square(118.005, 36.8, 0.005), code="b", name="b", level="grid"),
        feature(square(118.0, 36.805 + nudge, 0.005 - nudge), code="c", name="c", level="grid"),
        feature(square(118.005, 36.805, 0.005), code="d", name="d", level="grid"),
    ]
    report = load("areas", write(cells))
    assert not report.refused
    assert "4 of 4" in next(f for f in report.findings if f.check == "coverage").message("en")


def test_leaves_follow_when_finer_areas_arrive_and_when_borders_move(town, load, db, write):
    load("facilities", write([feature(point(118.009, 36.805), code="f"), feature(point(118.019, 36.805), code="far")]))
    where = "SELECT a.code FROM facility f JOIN area a ON a.id = area_id WHERE f.code = %s"
    assert value(db, where, "f") == "w"
    untouched = value(db, "SELECT xmin::text FROM facility WHERE code = 'far'")
    west, east = square(118.0, 36.8), square(118.01, 36.8)
    for corner in (1, 2):
        west["coordinates"][0][corner][0] = 118.008
    for corner in (0, 3, 4):
        east["coordinates"][0][corner][0] = 118.008
    moved = [
        feature(west, code="w", name="西社区", level="社区", parent="s"),
        feature(east, code="e", name="东社区", level="社区", parent="s"),
    ]
    assert load("areas", write(moved, "moved.geojson")).changed == 2
    assert value(db, where, "f") == "e"
    assert value(db, "SELECT xmin::text FROM facility WHERE code = 'far'") == untouched


def test_an_area_moves_with_everything_below_it(town, load, db, write):
    load("areas", write([feature(square(118.0, 36.8), code="z", name="片", level="zone", parent="s")], "z.geojson"))
    load(
        "areas",
        write([feature(square(118.0, 36.8, 0.002), code="g", name="格", level="grid", parent="w")], "g.geojson"),
    )
    report = load("areas", write([feature(square(118.0, 36.8), code="w", name="西社区", level="社区", parent="z")]))
    assert report.changed == 1
    assert value(db, "SELECT path::text FROM area WHERE code = 'g'") == "s.z.w.g"


def test_a_file_that_is_only_partly_an_area_layer_is_refused_whole(town, load, db, write):
    report = load("areas", write([feature(point(118, 36), code="x", name="x", level="grid", parent="w")]))
    assert "geometry-type" in checks(report)
    assert json.dumps(report.as_json("zh"), ensure_ascii=False)
