"""A plan that was scheduled is in force at its hour: one commit, noted in the outbox, by whichever process is first."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from gis.areas.schedule import put_in_force
from gis.clock import FixedClock
from gis.db import Database
from tests.conftest import account

MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))


@pytest.fixture
def plans(db: psycopg.Connection) -> None:
    """One plan in force, two that wait."""
    for name, state, since, until in (
        ("五月", "published", MAY, JUNE), ("六月", "scheduled", JUNE, JULY), ("七月", "scheduled", JULY, None),
    ):  # fmt: skip
        db.execute(
            "INSERT INTO plan (kind, name, state, valid) VALUES ('community', %s, %s, tstzrange(%s, %s))",
            (name, state, since, until),
        )


def states(db):
    return [state for (state,) in db.execute("SELECT state FROM plan ORDER BY id")]


def put(dsn, *moments):
    async def go():
        database = Database(dsn, size=4)
        await database.open()
        try:
            return await asyncio.gather(*(put_in_force(database, moment) for moment in moments))
        finally:
            await database.close()

    return asyncio.run(go())


def test_each_plan_takes_the_place_of_the_one_before_at_its_moment(plans, dsn, db):
    assert put(dsn, JUNE - timedelta(seconds=1)) == [[]]
    assert states(db) == ["published", "scheduled", "scheduled"]
    db.execute("DELETE FROM outbox")
    assert [len(ids) for ids in put(dsn, JUNE)] == [1]
    assert states(db) == ["superseded", "published", "scheduled"]
    assert db.execute("SELECT DISTINCT layer FROM outbox ORDER BY 1").fetchall() == [("grids",), ("plans",)]


def test_after_a_long_sleep_all_that_are_due_follow_in_order(plans, dsn, db):
    assert [len(ids) for ids in put(dsn, JULY)] == [2]
    assert states(db) == ["superseded", "superseded", "published"]


def test_of_several_processes_one_commits(plans, dsn, db):
    assert sorted(len(ids) for ids in put(dsn, JUNE, JUNE, JUNE)) == [0, 0, 1]


def test_the_running_service_does_it_by_its_clock(plans, dsn, db, run_service):
    account(db, "admin")
    clock = FixedClock(JUNE - timedelta(milliseconds=50))
    running = run_service(dsn, clock=clock)
    client: httpx.Client = running.client("admin")

    def in_force():
        return [plan["name"] for plan in client.get("/api/plans").json()["plans"] if plan["state"] == "published"]

    assert in_force() == ["五月"]
    clock.advance(timedelta(seconds=1))
    with psycopg.connect(dsn, autocommit=True) as listening:
        listening.execute("LISTEN gridtwin_changes")
        if in_force() == ["五月"]:
            assert list(listening.notifies(timeout=30, stop_after=1))
    assert in_force() == ["六月"]
