"""The readout and the reading of coordinates, over HTTP."""

import pytest

from gis.access.roles import Role
from tests.conftest import account

ZIBO = (118.06282, 36.854343)


@pytest.fixture
def client(db, service):
    account(db, "auditor", Role.AUDITOR)
    return service.client("auditor")


def test_a_place_in_zibo_in_every_system(client):
    answer = client.get("/api/coordinates", params={"lon": ZIBO[0], "lat": ZIBO[1]}).json()
    places = {one["crs"]: (one["x"], one["y"], one["usable"]) for one in answer["positions"]}
    assert list(places) == ["EPSG:4326", "EPSG:4490", "EPSG:4548", "GCJ-02"]
    assert places["EPSG:4326"] == places["EPSG:4490"] == (*ZIBO, True)
    assert places["EPSG:4548"] == pytest.approx((594785.072, 4080873.817, True), abs=0.001)
    assert places["GCJ-02"] == pytest.approx((118.06891797, 36.85490977, True), abs=1e-7)


def test_a_zone_says_that_it_is_not_meant_for_a_place(client):
    answer = client.get("/api/coordinates", params={"lon": 121.5, "lat": 31.2}).json()
    assert {one["crs"]: one["usable"] for one in answer["positions"]}["EPSG:4548"] is False


@pytest.mark.parametrize(
    "wrong", [{"lon": "nan", "lat": 1}, {"lon": 181, "lat": 1}, {"lon": 1}, {"lon": "x", "lat": 1}]
)
def test_what_is_no_place_is_refused(client, wrong):
    assert client.get("/api/coordinates", params=wrong).status_code == 400


def read(client, text, language="zh"):
    answer = client.get("/api/coordinates/read", params={"q": text}, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.json()["readings"]


@pytest.mark.parametrize(
    "text",
    [
        "118.06282, 36.854343",
        "36.854343 118.06282",
        "１１８．０６２８２，３６．８５４３４３",
        "(118.06282 36.854343)",
        "118°3′46.152″E 36°51′15.6348″N",
        "N36°51'15.6348\" E118°3'46.152\"",
        "594785.072, 4080873.817",
        "4080873.817 594785.072",
        "39594785.072,4080873.817",
        "EPSG:4548 594785.072 4080873.817",
        "4548 4080873.817 594785.072",
        "WGS84 118.06282,36.854343",
        "GCJ-02 118.06891797,36.85490977",
        "高德 118.06891797,36.85490977",
        "BD-09: 118.07533894 36.86121019",
    ],
)
def test_coordinates_are_read_as_people_write_them(client, text):
    first = read(client, text)[0]
    assert (first["lon"], first["lat"]) == pytest.approx(ZIBO, abs=2e-6)


def test_what_is_ambiguous_is_named_not_chosen(client):
    found = read(client, "118.06282, 36.854343")
    assert [one["crs"] for one in found[:3]] == ["EPSG:4490", "GCJ-02", "BD-09"]
    assert all(one["reason"] for one in found)
    assert {one["crs"] for one in read(client, "594785.072, 4080873.817")} > {"EPSG:4548", "EPSG:4549"}
    english = read(client, "118.06282, 36.854343", "en")
    assert "Amap" in english[1]["reason"]


@pytest.mark.parametrize("text", ["金都花园", "12-3-1001", "12", "1 2 3 4", "999, 999", "金都花园12,3", "%", "1,2,"])
def test_words_that_are_no_coordinates_have_no_reading(client, text):
    assert read(client, text) == []


def test_a_stranger_is_not_told(service):
    assert service.client().get("/api/coordinates", params={"lon": 1, "lat": 1}).status_code == 401
