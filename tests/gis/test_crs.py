"""Coordinate systems, against published vectors and against themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import crs

ZIBO = (118.06282, 36.854343)

china = st.tuples(st.floats(73.0, 135.0), st.floats(3.0, 53.0))
abroad = st.one_of(
    st.tuples(st.floats(-180.0, 71.0), st.floats(-90.0, 90.0)),
    st.tuples(st.floats(72.1, 137.0), st.floats(-90.0, 0.5)),
)


def at(*place: float) -> crs.Coordinates:
    return np.array([place], dtype=np.float64)


@pytest.mark.parametrize(
    ("change", "given_place", "wanted", "tolerance"),
    [
        (crs.gcj02_to_wgs84, (123, 45), (122.99395597, 44.99804071), 5e-7),
        (crs.gcj02_to_bd09, (123, 45), (123.00636499, 45.00636899), 2e-8),
        # the published inverses of BD-09 are one step of an approximation, good to a decimetre
        (crs.bd09_to_gcj02, (123, 45), (122.99363304, 44.99365430), 1e-6),
        (crs.bd09_to_wgs84, (123, 45), (122.98762210, 44.99171540), 1e-6),
        (crs.wgs84_to_gcj02, ZIBO, (118.06891797, 36.85490977), 1e-8),
        (crs.wgs84_to_bd09, ZIBO, (118.07533894, 36.86121019), 1e-8),
    ],
)
def test_offsets_agree_with_published_vectors(change, given_place, wanted, tolerance):
    np.testing.assert_allclose(change(at(*given_place))[0], wanted, rtol=0, atol=tolerance)


@pytest.mark.parametrize(("code", "east"), [("EPSG:4548", 594785.072), ("4527", 39594785.072)])
def test_a_place_in_zibo_in_the_surveyors_grid_with_and_without_zone_prefix(code, east):
    np.testing.assert_allclose(crs.from_storage(at(*ZIBO), crs.parse(code))[0], (east, 4080873.817), atol=0.001)


@given(china)
@pytest.mark.parametrize("name", ["GCJ-02", "BD-09"])
def test_offsets_are_undone_to_a_tenth_of_a_millimetre(name, place):
    system = crs.parse(name)
    back = crs.to_storage(crs.from_storage(at(*place), system), system)
    np.testing.assert_allclose(back, at(*place), rtol=0, atol=1e-9)


@given(china)
@pytest.mark.parametrize("name", ["EPSG:4548", "EPSG:4527", "EPSG:4490", "EPSG:3857"])
def test_projections_are_undone(name, place):
    lon = 117 + (place[0] - 104) / 31 * 3  # within the zone
    system = crs.parse(name)
    back = crs.to_storage(crs.from_storage(at(lon, place[1]), system), system)
    np.testing.assert_allclose(back, at(lon, place[1]), rtol=0, atol=1e-9)


@given(abroad)
@pytest.mark.parametrize("name", ["GCJ-02", "BD-09"])
def test_outside_china_the_offsets_are_the_identity(name, place):
    np.testing.assert_array_equal(crs.from_storage(at(*place), crs.parse(name)), at(*place))
    np.testing.assert_array_equal(crs.to_storage(at(*place), crs.parse(name)), at(*place))


def test_many_places_at_once_are_the_same_as_one_by_one():
    places = np.column_stack((np.linspace(73, 135, 200), np.linspace(3, 53, 200)))
    together = crs.wgs84_to_gcj02(places)
    one_by_one = np.vstack([crs.wgs84_to_gcj02(places[index : index + 1]) for index in range(200)])
    np.testing.assert_array_equal(together, one_by_one)


@pytest.mark.parametrize("text", ["gcj02", "GCJ-02", "火星坐标", "amap", "bd09", "BD-09", "百度"])
def test_offsets_have_many_names(text):
    assert crs.parse(text).is_offset


@pytest.mark.parametrize(
    ("text", "name"),
    [("4548", "EPSG:4548"), ("epsg:4490", "EPSG:4490"), ("CGCS2000", "EPSG:4490"), ("WGS84", "EPSG:4326")],
)
def test_codes_and_names_are_understood(text, name):
    assert crs.parse(text).name == name


@pytest.mark.parametrize("text", ["", "EPSG:0", "EPSG:999999", "nonsense", "\x00"])
def test_what_is_no_coordinate_system_is_refused_in_one_line(text):
    with pytest.raises(crs.UnknownCrs) as refused:
        crs.parse(text)
    assert "\n" not in str(refused.value)


def test_what_is_not_finite_stays_so_without_a_warning():
    nowhere = np.array([[np.nan, np.nan], [np.inf, 1.0], [118.0, 36.8]])
    for name in ("GCJ-02", "BD-09", "EPSG:4548"):
        away = crs.to_storage(nowhere, crs.parse(name))
        assert not np.isfinite(away[:2]).all()
