"""People of two communities, and their phones."""

import pytest

from gis.access.roles import Role
from tests.conftest import account


@pytest.fixture
def workers(db):
    """Two communities with one grid and one worker each, and a worker without a grid."""
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) SELECT 's' || i, i || '号社区', 'community',"
        " ('s' || i)::ltree, ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM generate_series(0, 1) i"
    )
    db.execute("INSERT INTO plan (kind, name, state, valid) VALUES ('community', '现行', 'published', '[2026-01-01,)')")
    db.execute("INSERT INTO grid_code (kind, code) SELECT 'community', code || '001' FROM area")
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, area_id, geom)"
        " SELECT p.id, c.id, c.code, a.name || '第一网格', a.id, a.geom"
        " FROM plan p, grid_code c JOIN area a ON c.code = a.code || '001'"
    )
    db.execute("INSERT INTO worker (id, name, grid_id) SELECT 'worker' || id, '网格员' || id, id FROM grid_code")
    db.execute("INSERT INTO worker (id, name) VALUES ('机动', '机动网格员')")
    account(db, "admin")
    account(db, "head", Role.STATION_HEAD, ("s0",))
    account(db, "viewer", Role.VIEWER, ("s0",))
    return [row[0] for row in db.execute("SELECT id FROM worker ORDER BY id")]


def enrol(client, worker, app="gridtwin", **more):
    answer = client.post("/api/devices", json={"worker": worker, "app": app, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()
