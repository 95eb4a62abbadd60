"""A small town for tests of access: one street with two communities, and accounts of every kind."""

import pytest

from gis.access.roles import Role
from tests.conftest import account


@pytest.fixture
def town(db):
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom)"
        " SELECT 's' || i, i || '号社区', 'community', id, ('s.s' || i)::ltree,"
        " ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM area, generate_series(0, 1) i"
    )
    account(db, "admin")
    account(db, "west-admin", Role.ADMINISTRATOR, ("s0",))
    account(db, "west", Role.VIEWER, ("s0",))
    account(db, "east", Role.VIEWER, ("s1",))
    account(db, "auditor", Role.AUDITOR, ("s",))
    account(db, "west-auditor", Role.AUDITOR, ("s0",))
