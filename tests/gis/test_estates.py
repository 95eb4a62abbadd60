"""Estates, and the buildings of addresses: over HTTP, within the scope."""

import pytest

from gis.access.roles import Role
from tests.conftest import account


@pytest.fixture
def street(db):
    """A street of two communities; six buildings of one estate's name in each community."""
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom)"
        " SELECT 's' || i, i || '号社区', 'community', id, ('s.s' || i)::ltree,"
        " ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM area, generate_series(0, 1) i"
    )
    db.execute(
        "INSERT INTO building (name, estate, households, residents, geom) SELECT '同名小区' || (1 + i % 6) * 2 || '号楼', '同名小区', 10,"
        " 25, ST_MakeEnvelope(118.01 + i * 0.016, 36.01, 118.011 + i * 0.016, 36.011, 4326) FROM generate_series(0, 11) i"
    )
    account(db, "admin")
    account(db, "west", Role.VIEWER, ("s0",))


def test_an_estate_is_one_name_in_one_community(street, service):
    client = service.client("admin")
    some = client.get("/api/search", params={"q": "同名小区"}).json()["results"]
    estates = [found for found in some if found["kind"] == "estate"]
    assert len(estates) == 2
    for found in estates:
        estate = client.get(f"/api/buildings/{found['id']}/estate").json()
        assert estate["name"] == "同名小区"
        assert len(estate["buildings"]) == 6
        assert [step["level"] for step in estate["ancestors"]] == ["street", "community"]
    numbers = [row["name"] for row in estate["buildings"]]
    assert numbers == [f"同名小区{n}号楼" for n in (2, 4, 6, 8, 10, 12)], "10 comes after 8"


def test_an_estate_outside_the_scope_is_none(street, db, service):
    west = service.client("west")
    first, last = db.execute("SELECT min(id), max(id) FROM building").fetchone()
    assert west.get(f"/api/buildings/{first}/estate").status_code == 200
    assert west.get(f"/api/buildings/{last}/estate").status_code == 404


def test_an_address_that_is_found_says_its_building(street, db, service):
    db.execute(
        "INSERT INTO address (text, room, building_id, geom) SELECT '示范路1号同名小区2号楼101室', '101', id,"
        " ST_PointOnSurface(geom) FROM building ORDER BY id LIMIT 1"
    )
    found = service.client("admin").get("/api/search", params={"q": "示范路1号"}).json()["results"]
    assert [(one["kind"], one["building"]) for one in found] == [
        ("address", db.execute("SELECT min(id) FROM building").fetchone()[0])
    ]
