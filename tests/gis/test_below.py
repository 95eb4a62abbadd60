"""The way down, from an area to its grids, buildings, estates: over HTTP, within the scope."""

import pytest

from gis.access.roles import Role
from tests.conftest import account


@pytest.fixture
def street(db):
    """A street of two communities with two grids each; six buildings of one estate's name in each community."""
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom)"
        " SELECT 's' || i, i || '号社区', 'community', id, ('s.s' || i)::ltree,"
        " ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM area, generate_series(0, 1) i"
    )
    db.execute("INSERT INTO plan (kind, name, state, valid) VALUES ('community', '现行', 'published', '[2026-01-01,)')")
    db.execute("INSERT INTO grid_code (kind, code) SELECT 'community', 's' || i FROM generate_series(10, 13) i")
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, geom) SELECT p.id, c.id, c.code, c.code || '网格',"
        " ST_MakeEnvelope(118 + (c.id - f.least) * 0.05, 36, 118.05 + (c.id - f.least) * 0.05, 36.1, 4326)"
        " FROM plan p, grid_code c, (SELECT min(id) AS least FROM grid_code) f"
    )
    db.execute("INSERT INTO worker (id, name, grid_id) SELECT 'w' || code, '王' || code, id FROM grid_code")
    db.execute(
        "INSERT INTO building (name, estate, households, residents, geom) SELECT '同名小区' || (1 + i % 6) * 2 || '号楼', '同名小区', 10,"
        " 25, ST_MakeEnvelope(118.01 + i * 0.016, 36.01, 118.011 + i * 0.016, 36.011, 4326) FROM generate_series(0, 11) i"
    )
    account(db, "admin")
    account(db, "west", Role.VIEWER, ("s0",))
    account(db, "auditor", Role.AUDITOR, ("s",))


def test_an_area_lists_its_grids_with_their_workers(street, service):
    client = service.client("admin")
    of_street = client.get("/api/grids", params={"area": "s"}).json()["grids"]
    assert [grid["code"] for grid in of_street] == ["s10", "s11", "s12", "s13"]
    of_west = client.get("/api/grids", params={"area": "s0"}).json()["grids"]
    assert [(grid["name"], grid["worker"]["name"]) for grid in of_west] == [("s10网格", "王s10"), ("s11网格", "王s11")]
    assert client.get("/api/grids", params={"area": "s", "kind": "party"}).json() == {"grids": []}
    unseen = service.client("auditor").get("/api/grids", params={"area": "s0"}).json()["grids"]
    assert {grid["worker"] for grid in unseen} == {None}, "who walks there is for those who may see workers"


def test_a_grid_lists_its_buildings_in_the_order_of_their_numbers(street, service):
    client = service.client("admin")
    first = client.get("/api/grids", params={"area": "s"}).json()["grids"][0]["id"]
    card = client.get(f"/api/grids/{first}").json()
    rows = client.get(f"/api/grids/{first}/buildings").json()["buildings"]
    assert [row["name"] for row in rows] == ["同名小区2号楼", "同名小区4号楼", "同名小区6号楼"]
    assert len(rows) == card["counts"]["buildings"]
    assert sum(row["households"] for row in rows) == card["counts"]["households"]


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


def test_the_way_down_ends_at_the_scope(street, db, service):
    west = service.client("west")
    assert west.get("/api/grids", params={"area": "s"}).status_code == 404
    assert len(west.get("/api/grids", params={"area": "s0"}).json()["grids"]) == 2
    elsewhere = db.execute("SELECT id FROM grid WHERE code = 's13'").fetchone()[0]
    assert west.get(f"/api/grids/{elsewhere}/buildings").status_code == 404
    building = db.execute("SELECT max(id) FROM building").fetchone()[0]
    assert west.get(f"/api/buildings/{building}/estate").status_code == 404


def test_an_address_that_is_found_says_its_building(street, db, service):
    db.execute(
        "INSERT INTO address (text, room, building_id, geom) SELECT '示范路1号同名小区2号楼101室', '101', id,"
        " ST_PointOnSurface(geom) FROM building ORDER BY id LIMIT 1"
    )
    found = service.client("admin").get("/api/search", params={"q": "示范路1号"}).json()["results"]
    assert [(one["kind"], one["building"]) for one in found] == [
        ("address", db.execute("SELECT min(id) FROM building").fetchone()[0])
    ]
