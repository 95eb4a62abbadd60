"""A street to report in."""

import pytest

from gis.access.roles import Role
from tests.conftest import account


@pytest.fixture
def street(db):
    """A street with two communities of one grid each, a building with its address, and people."""
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom)"
        " SELECT 's' || i, i || '号社区', 'community', id, ('s.s' || i)::ltree,"
        " ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM area, generate_series(0, 1) i"
    )
    db.execute("INSERT INTO plan (kind, name, state, valid) VALUES ('community', '方案', 'published', '[2020-01-01,)')")
    db.execute("INSERT INTO grid_code (kind, code) VALUES ('community', 's0001'), ('community', 's1001')")
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, geom) SELECT plan.id, g.id, g.code, g.code,"
        " ST_MakeEnvelope(118 + (g.code = 's1001')::int * 0.1, 36, 118.1 + (g.code = 's1001')::int * 0.1, 36.1, 4326)"
        " FROM plan, grid_code g"
    )
    db.execute(
        "INSERT INTO building (name, geom) VALUES ('3号楼', ST_MakeEnvelope(118.01, 36.01, 118.0105, 36.0105, 4326))"
    )
    db.execute(
        "INSERT INTO address (text, building_id, geom) SELECT '示范路1号3号楼2单元301', id, ST_PointOnSurface(geom) FROM building"
    )
    account(db, "desk", Role.DISPATCHER, ("s",))
    account(db, "west", Role.VIEWER, ("s0",))
    account(db, "east", Role.VIEWER, ("s1",))
    account(db, "walker", Role.WORKER, ("s0",))
    account(db, "walker2", Role.WORKER, ("s1",))
    account(db, "bureau", Role.HANDLER, ("s",))
    db.execute(
        "INSERT INTO worker (id, name, account_id, grid_id) SELECT 'w1', '王', a.id, g.id FROM account a, grid_code g"
        " WHERE a.username = 'walker' AND g.code = 's0001'"
    )
