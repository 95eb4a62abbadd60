"""A street with two communities, a grid and a worker in each, and their phones."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from gis.access.roles import Role
from tests.conftest import account


@pytest.fixture
def street(db):
    """Communities s0 (west) and s1 (east) of the street s; worker1 in s0, worker2 in s1."""
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
    db.execute("INSERT INTO grid_code (kind, code) SELECT 'community', code || '001' FROM area WHERE code <> 's'")
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, area_id, geom)"
        " SELECT p.id, c.id, c.code, a.name || '第一网格', a.id, a.geom"
        " FROM plan p, grid_code c JOIN area a ON c.code = a.code || '001'"
    )
    db.execute(
        "INSERT INTO worker (id, name, grid_id) SELECT 'worker' || row_number() OVER (ORDER BY code),"
        " '网格员' || row_number() OVER (ORDER BY code), id FROM grid_code"
    )
    db.execute("INSERT INTO duty_hours (weekdays, starts, ends) VALUES ('{1,2,3,4,5,6,7}', '00:00', '00:00')")
    account(db, "admin")
    account(db, "street", Role.VIEWER, ("s",))
    account(db, "west", Role.VIEWER, ("s0",))


@pytest.fixture
def phone(street, service):
    """Makes a client that sends as a worker's phone."""
    admin = service.client("admin")

    def make(worker="worker1", app="gridtwin"):
        answer = admin.post("/api/devices", json={"worker": worker, "app": app})
        assert answer.status_code in (200, 201), answer.text
        client = service.client()
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        client.enrolled = answer.json()
        return client

    return make


NOW = datetime.now(UTC).replace(microsecond=0)


def ago(seconds):
    """A time before the tests began, as a phone writes it."""
    return (NOW - timedelta(seconds=seconds)).isoformat()


def send(client, *fixes, **more):
    """Sends fixes (lon, lat, at, …) and returns what became of them."""
    answer = client.post("/api/fixes", json={"fixes": list(fixes), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def eventually(look, seconds=10):
    """Waits until something that takes a tick is so."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)
    return found
