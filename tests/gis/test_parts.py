"""The rows behind an area's counts: they add up to the summary, and end at the viewer's area."""

import pytest

from gis.access.roles import Role
from tests.conftest import account


@pytest.fixture
def street(db):
    """A street of two communities, with a grid, a worker and three buildings each."""
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
    db.execute(
        "INSERT INTO grid_code (kind, code) SELECT 'community', code || '001' FROM area WHERE level = 'community'"
    )
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, area_id, geom)"
        " SELECT p.id, c.id, c.code, a.name || '第一网格', a.id, a.geom"
        " FROM plan p, grid_code c JOIN area a ON c.code = a.code || '001'"
    )
    db.execute("INSERT INTO worker (id, name, grid_id) SELECT 'worker' || id, '网格员' || id, id FROM grid_code")
    db.execute(
        "INSERT INTO building (name, households, residents, geom) SELECT i || '号楼', 10, 25,"
        " ST_MakeEnvelope(118.01 + i * 0.03, 36.01, 118.011 + i * 0.03, 36.011, 4326) FROM generate_series(0, 5) i"
    )
    account(db, "admin")
    account(db, "west", Role.VIEWER, ("s0",))


def test_the_parts_of_an_area_add_up_to_its_summary(street, service):
    client = service.client("admin")
    summary = client.get("/api/areas/s/summary").json()
    parts = client.get("/api/areas/s/parts").json()["parts"]
    assert [part["code"] for part in parts] == ["s0", "s1"]
    for name in ("grids", "buildings", "addresses", "households", "residents", "workers"):
        assert sum(part[name] for part in parts) == summary[name], name
    grids = client.get("/api/areas/s/grids").json()["grids"]
    assert sum(grid["residents"] for grid in grids) == summary["residents"] == 150
    assert [grid["worker"]["id"] for grid in grids] == [f"worker{grid['id']}" for grid in grids]
    in_one = client.get("/api/buildings", params={"grid": grids[0]["id"]}).json()["buildings"]
    assert len(in_one) == grids[0]["buildings"]


def test_buildings_are_listed_page_by_page(street, service):
    client = service.client("admin")
    found, after = [], 0
    while after is not None:
        page = client.get("/api/buildings", params={"area": "s", "limit": 4, "after": after}).json()
        found += [building["name"] for building in page["buildings"]]
        after = page["next"]
    assert sorted(found) == [f"{i}号楼" for i in range(6)]


def test_a_community_sees_the_parts_of_no_other(street, service):
    client = service.client("west")
    for path in ("/api/areas/s/parts", "/api/areas/s1/grids", "/api/buildings?area=s1"):
        assert client.get(path).status_code == 404, path
    [grid] = client.get("/api/areas/s0/grids").json()["grids"]
    other = client.get("/api/buildings", params={"grid": grid["id"] + 1})
    assert other.status_code == 404
    assert len(client.get("/api/buildings").json()["buildings"]) == 3
