"""Where things land: offsets, zones with and without prefix, swapped axes, sources that are shifted as a whole."""

from __future__ import annotations

import numpy as np
import pyogrio
import pytest
import shapely
from planner_files import checks, feature, point, square, value

from gis import crs

PLACES = np.array([[118.06282, 36.854343], [118.3, 36.8], [117.8, 37.0], [118.51, 36.2]])


def csv(path, coordinates):
    lines = [f"F{at},{east!r},{north!r}" for at, (east, north) in enumerate(coordinates.tolist())]
    path.write_text("code,x,y\n" + "\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["GCJ-02", "BD-09", "EPSG:4548", "EPSG:4527", "EPSG:4490", "EPSG:3857"])
def test_every_system_lands_within_a_centimetre(load, db, tmp_path, name):
    file = csv(tmp_path / "a.csv", crs.from_storage(PLACES, crs.parse(name)))
    assert load("facilities", file, crs=name).added == len(PLACES)
    found = db.execute("SELECT ST_X(geom), ST_Y(geom) FROM facility ORDER BY code").fetchall()
    np.testing.assert_allclose(np.array(found), PLACES, rtol=0, atol=1e-7)


def test_files_with_and_without_zone_prefix_land_on_each_other(load, db, tmp_path):
    load("facilities", csv(tmp_path / "a.csv", crs.from_storage(PLACES, crs.parse("4548"))), crs="4548")
    report = load("facilities", csv(tmp_path / "b.csv", crs.from_storage(PLACES, crs.parse("4527"))), crs="4527")
    assert report.unchanged == len(PLACES)


@pytest.mark.parametrize("name", ["EPSG:4548", "EPSG:4527", "EPSG:4490"])
def test_swapped_axes_are_found_and_read_with_swap(load, db, tmp_path, name):
    file = csv(tmp_path / "a.csv", crs.from_storage(PLACES, crs.parse(name))[:, ::-1])
    refused = load("facilities", file, crs=name)
    assert "axes-swapped" in checks(refused)
    assert load("facilities", file, crs=name, swap=True).added == len(PLACES)
    assert abs(value(db, "SELECT ST_X(geom) FROM facility WHERE code = 'F0'") - PLACES[0][0]) < 1e-8


def test_the_wrong_zone_is_refused_with_the_right_one(load, tmp_path):
    file = csv(tmp_path / "a.csv", crs.from_storage(PLACES, crs.parse("4527")))
    report = load("facilities", file, crs="4548")
    assert "crs-unfit" in checks(report)
    unfit = next(finding for finding in report.findings if finding.check == "crs-unfit")
    assert "--crs EPSG:4527" in unfit.remedy("en")


def test_the_edge_of_a_zone_is_a_warning(load, tmp_path):
    east = np.array([[118.52, 36.8]])
    report = load("facilities", csv(tmp_path / "a.csv", crs.from_storage(east, crs.parse("4548"))), crs="4548")
    assert not report.refused
    assert "crs-edge" in checks(report, "warning")


def test_a_table_without_crs_is_refused_with_every_reading_that_fits(load, town, tmp_path):
    report = load("facilities", csv(tmp_path / "a.csv", crs.from_storage(PLACES, crs.parse("4548"))))
    remedy = next(iter(report.findings)).remedy("zh")
    assert remedy.index("EPSG:4548") < remedy.index("EPSG:4547")
    assert "相距" in remedy


def test_a_source_in_gcj02_that_says_wgs84_is_found_out_by_what_is_there(load, db, write):
    true = [feature(square(118.0 + n / 100, 36.8, 0.005), code=f"B{n}") for n in range(5)]
    load("buildings", write(true))
    shifted = crs.wgs84_to_gcj02(np.array([[118.0 + n / 100, 36.8] for n in range(5)]))
    off = [feature(square(*place, 0.005), code=f"B{n}") for n, place in enumerate(shifted.tolist())]
    report = load("buildings", write(off, "gcj.geojson"))
    assert checks(report) == ["shifted"]
    finding = next(iter(report.findings))
    assert 400 < finding.size < 700
    assert "--crs GCJ-02" in finding.remedy("en")
    assert load("buildings", write(off, "gcj.geojson"), allow=frozenset({"shifted"})).changed == 5


def test_districts_that_are_off_by_a_constant_are_found_and_measured(load, write):
    districts = [
        feature(square(118.0 + n / 10, 36.8, 0.1), code=f"37030{n}", name="区", level="county") for n in range(4)
    ]
    load("areas", write(districts))
    for district in districts:
        district["geometry"] = shapely.geometry.mapping(
            shapely.affinity.translate(shapely.geometry.shape(district["geometry"]), 0.129)
        )
    report = load("areas", write(districts, "off.geojson"))
    assert "shifted" in checks(report)
    assert "+0.129000°" in next(f for f in report.findings if f.check == "shifted").message("en")


def test_areas_that_come_for_the_first_time_are_compared_with_the_outline_that_they_fill(load, write):
    load("areas", write([feature(square(118.0, 36.8, 0.2), code="s", name="街道", level="street")]))
    below = [
        feature(
            square(118.0 + east / 10, 36.8 + north / 10, 0.1), code=f"c{east}{north}", name="社区", level="community"
        )
        for east in range(2)
        for north in range(2)
    ]
    shifted = [
        feature(square(118.129 + n % 2 / 10, 36.8 + n // 2 / 10, 0.1), **below[n]["properties"]) for n in range(4)
    ]
    report = load("areas", write(shifted, "off.geojson"))
    assert "+0.129000°" in next(f for f in report.findings if f.check == "shifted").message("en")
    assert load("areas", write(below, "right.geojson")).added == 4


def test_rows_far_from_every_area_are_counted(load, town, write):
    report = load("facilities", write([feature(point(24.9, 60.1), code="1")]))
    assert checks(report, "warning") == ["off-areas"]


def test_addresses_off_their_building_are_named(load, town, write):
    load("buildings", write([feature(square(118.001, 36.801, 0.001), code="B1")]))
    file = write(
        [
            feature(point(118.0015, 36.8015), code="A1", text="在", building_code="B1"),
            feature(point(118.0050, 36.8015), code="A2", text="远", building_code="B1"),
        ],
        "a.geojson",
    )
    report = load("addresses", file)
    (off,) = [finding for finding in report.findings if finding.check == "address-off-building"]
    assert off.codes == ("A2",)
    assert abs(off.size - 267) < 5


def test_a_broken_prj_is_refused(load, tmp_path):
    path = tmp_path / "a.shp"
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([shapely.Point(118, 36)])), [np.array(["1"], dtype=object)], ["code"],
        geometry_type="Point", crs="EPSG:4326", driver="ESRI Shapefile",
    )  # fmt: skip
    path.with_suffix(".prj").write_text("GEOGCS[")
    report = load("facilities", path)
    assert checks(report) == ["unreadable"]
    assert "Delete the .prj" in next(iter(report.findings)).remedy("en")
