"""Grids by plan: an import is the next plan, and a grid's identity belongs to its code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from planner_files import checks, feature, square, value

from gis.clock import FixedClock
from gis.errors import BadRequest
from importers.load import run
from importers.measure import areas_m2
from importers.request import ImportRequest


def cells(area: str = "w", east: float = 118.0, name: str = "网格"):
    return [
        feature(square(east + x / 200, 36.8 + y / 200, 0.005), code=f"{area}{x}{y}", name=f"{name}{x}{y}", area=area)
        for x in (0, 1)
        for y in (0, 1)
    ]


def test_an_import_is_the_next_plan_and_the_one_before_is_kept(town, dsn, db, write):
    clock = FixedClock(datetime(2026, 5, 1, tzinfo=UTC))
    first = run(dsn, ImportRequest("grids", write(cells(), "one.geojson")), clock=clock)
    assert (first.added, first.changed) == (4, 0)
    ids = db.execute("SELECT code, id FROM grid ORDER BY code").fetchall()
    clock.advance(timedelta(days=1))
    second = run(dsn, ImportRequest("grids", write(cells("e", 118.01), "two.geojson")), clock=clock)
    assert second.added == 4
    plans = db.execute("SELECT name, state, lower(valid), upper(valid) FROM plan ORDER BY id").fetchall()
    assert plans == [
        ("one.geojson", "superseded", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)),
        ("two.geojson", "published", datetime(2026, 5, 2, tzinfo=UTC), None),
    ]
    now = "SELECT g.code, g.id FROM grid g JOIN plan p ON p.id = plan_id WHERE state = 'published' ORDER BY g.code"
    assert db.execute(now).fetchall()[4:] == ids
    assert value(db, "SELECT count(*) FROM grid") == 12


def test_the_same_grids_twice_make_no_plan(town, load, db, write):
    load("grids", write(cells()))
    report = load("grids", write(cells()))
    assert (report.added, report.changed, report.unchanged) == (0, 0, 4)
    assert "unchanged-plan" in checks(report, "info")
    assert value(db, "SELECT count(*) FROM plan") == 1


def test_kinds_of_grid_lie_over_the_same_ground(town, load, db, write):
    load("grids", write(cells()))
    report = load(
        "grids", write([feature(square(118.0, 36.8), code="P1", name="党委网格", area="w")]), grid_kind="party"
    )
    assert report.added == 1
    assert value(db, "SELECT count(*) FROM plan WHERE state = 'published'") == 2
    with pytest.raises(BadRequest):
        load("grids", write(cells()), grid_kind="none")


def test_grids_without_area_column_find_their_community(town, load, db, write):
    features = cells()
    for one in features:
        del one["properties"]["area"]
    load("grids", write(features))
    assert value(db, "SELECT count(*) FROM grid g JOIN area a ON a.id = area_id WHERE a.code = 'w'") == 4


def test_a_gap_an_overlap_and_a_stray_are_refused_with_place_and_size(town, load, db, write):
    features = cells()
    features[0]["geometry"] = square(118.0, 36.8, 0.006)
    features[1]["geometry"] = square(118.0, 36.806, 0.003)
    report = load("grids", write(features))
    assert set(checks(report)) == {"overlap", "gap"}
    for finding in report.findings:
        if finding.severity == "error":
            assert finding.point is not None
            assert 118.0 <= finding.point[0] <= 118.01
            assert finding.size > 1
    drawn_as_areas = [one for one in report.as_geojson("zh")["features"] if one["properties"]["severity"] == "error"]
    assert len(drawn_as_areas) >= 2
    for drawn in drawn_as_areas:
        ground = shapely.from_geojson(json.dumps(drawn["geometry"]))
        assert ground.geom_type.endswith("Polygon"), "what overlaps or gapes is drawn as it lies"
        assert ground.covers(shapely.Point(drawn["properties"]["point"]))
        assert areas_m2(np.array([ground]))[0] == pytest.approx(drawn["properties"]["size"], abs=0.01)
    assert value(db, "SELECT count(*) FROM plan") == 0


def test_an_overlap_is_seen_across_communities_and_with_grids_in_force(town, load, write):
    load("grids", write(cells()))
    report = load("grids", write([feature(square(118.009, 36.8, 0.001), code="x", name="x", area="e")]))
    assert "overlap" in checks(report)
    overlapping = next(finding for finding in report.findings if finding.check == "overlap")
    assert set(overlapping.codes) == {"w10", "x"}


def test_a_sliver_between_grids_is_named_with_place_and_size(town, load, write):
    west, strip = square(118.0, 36.8), square(118.01, 36.8)
    strip["coordinates"][0] = [[118.01, 36.8], [118.010005, 36.8], [118.010005, 36.81], [118.01, 36.81], [118.01, 36.8]]
    rest = square(118.01, 36.8)
    rest["coordinates"][0][0][0] = rest["coordinates"][0][3][0] = rest["coordinates"][0][4][0] = 118.010005
    report = load(
        "grids", write([feature(shape, code=f"g{n}", name="格") for n, shape in enumerate((west, strip, rest))])
    )
    assert not report.refused
    (sliver,) = [finding for finding in report.findings if finding.check == "sliver"]
    assert sliver.codes == ("g1",)
    assert abs(sliver.size - 495) < 5  # 0.446 m x 1110 m
    assert "0.45 m wide" in sliver.message("en")


def test_gaps_can_be_taken_as_they_are(town, load, write):
    report = load("grids", write(cells()[:2]), allow=frozenset({"gap"}))
    assert not report.refused
    assert "gap" in checks(report, "warning")
