"""What the service does by itself: posts come into force at their day, and what has been kept long enough goes."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gis.access.roles import Role
from gis.clock import FixedClock
from gridtwin import jobs
from tests.conftest import account

ZONE = ZoneInfo("Asia/Shanghai")


def a_post(db):
    db.execute("INSERT INTO grid_code (kind, code) VALUES ('community', 'g1')")
    db.execute("INSERT INTO worker (id, name) VALUES ('w1', '网格员')")
    db.execute(
        "INSERT INTO post (worker_id, role, grid_id, valid, noted_by)"
        " SELECT 'w1', 'grid_worker', id, '[2026-05-02,)', 'test' FROM grid_code"
    )


def test_a_day_is_one_of_the_services_time_zone(db, dsn):
    a_post(db)
    jobs.daily(dsn, FixedClock(datetime(2026, 5, 1, 15, 59, tzinfo=UTC)), ZONE, 30)
    assert db.execute("SELECT in_force FROM post").fetchone() == (False,)
    jobs.daily(dsn, FixedClock(datetime(2026, 5, 1, 16, 0, tzinfo=UTC)), ZONE, 30)
    assert db.execute("SELECT in_force FROM post").fetchone() == (True,)
    assert db.execute("SELECT grid_id IS NOT NULL FROM worker").fetchone() == (True,)


def test_what_was_kept_long_enough_goes_and_the_rest_stays(db, dsn):
    a_post(db)
    now = datetime.now(UTC)
    for days in (1, 40):
        db.execute(
            "INSERT INTO duty_switch (worker_id, on_at, off_at) VALUES ('w1', %(at)s, %(at)s)",
            {"at": now - timedelta(days=days)},
        )
        db.execute(
            "INSERT INTO outbox (layer, operation, rows, noted_at) VALUES ('streets', 'UPDATE', 1, %s)",
            (now - timedelta(days=days, hours=1),),
        )
    db.execute("INSERT INTO outbox (layer, operation, rows) VALUES ('streets', 'INSERT', 1)")
    jobs.daily(dsn, FixedClock(now), ZONE, 30)
    assert db.execute("SELECT count(*) FROM duty_switch").fetchone() == (1,)
    assert db.execute("SELECT operation FROM outbox WHERE layer = 'streets'").fetchall() == [("INSERT",)]
    assert db.execute("SELECT trimmed_before > '0'::xid8 FROM outbox_trim").fetchone() == (True,)


def test_a_service_that_starts_does_the_days_work(db, dsn, run_service):
    a_post(db)
    account(db, "admin", Role.ADMINISTRATOR)
    client = run_service(dsn, clock=FixedClock(datetime(2026, 5, 3, tzinfo=UTC))).client("admin")
    deadline = time.monotonic() + 30
    while not client.get("/api/people").json()["people"][0]["posts"][0]["in_force"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
