"""What the service does by itself: posts come into force at their day, and what has been kept long enough goes."""

import io
import os
import time
from datetime import UTC, datetime, timedelta

import psycopg
from PIL import Image

from gis import migrations
from gis.access.roles import Role
from gis.clock import FixedClock, SystemClock
from gis.issues import photos
from gis.settings import Settings
from gridtwin import jobs, local
from gridtwin.local import places
from tests.conftest import account

pytest_plugins = ["embedded"]

KEEPING = Settings(fix_retention_days=30, photo_retention_days=30, log_retention_days=30, database_url="elsewhere")


def a_post(db):
    db.execute("INSERT INTO grid_code (kind, code) VALUES ('community', 'g1')")
    db.execute("INSERT INTO worker (id, name) VALUES ('w1', '网格员')")
    db.execute(
        "INSERT INTO post (worker_id, role, grid_id, valid, noted_by)"
        " SELECT 'w1', 'grid_worker', id, '[2026-05-02,)', 'test' FROM grid_code"
    )


def test_a_day_is_one_of_the_services_time_zone(db, dsn):
    a_post(db)
    jobs.daily(dsn, FixedClock(datetime(2026, 5, 1, 15, 59, tzinfo=UTC)), KEEPING)
    assert db.execute("SELECT in_force FROM post").fetchone() == (False,)
    jobs.daily(dsn, FixedClock(datetime(2026, 5, 1, 16, 0, tzinfo=UTC)), KEEPING)
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
    jobs.daily(dsn, FixedClock(now), KEEPING)
    assert db.execute("SELECT count(*) FROM duty_switch").fetchone() == (1,)
    assert db.execute("SELECT operation FROM outbox WHERE layer = 'streets'").fetchall() == [("INSERT",)]
    assert db.execute("SELECT trimmed_before > '0'::xid8 FROM outbox_trim").fetchone() == (True,)


def test_photos_of_issues_that_are_long_archived_go_for_good_and_no_others(db, dsn, tmp_path):
    now = datetime.now(UTC)
    issues = {}
    for name, state, days in (("open", "待处理", None), ("lately", "已归档", 1), ("long", "已归档", 40)):
        closed = None if days is None else now - timedelta(days=days)
        row = db.execute(
            "INSERT INTO issue (text, source, class, confidence, candidates, state, reported_at, received_at, changed_at,"
            " closed_at, geom) VALUES ('堆物', '居民', '0102', 1, '[]', %(state)s, %(at)s, %(at)s, %(at)s, %(closed)s,"
            " ST_SetSRID(ST_MakePoint(118, 36), 4326)) RETURNING id",
            {"state": state, "at": now - timedelta(days=50), "closed": closed},
        ).fetchone()
        issues[name] = row[0]

    def photo(colour, *of):
        out = io.BytesIO()
        Image.new("RGB", (8, 8), colour).save(out, "PNG")
        read = photos.read(out.getvalue())
        photos.store(tmp_path, read)
        place = photos.path_of(tmp_path, read.sha256)
        os.utime(place, ((now - timedelta(days=45)).timestamp(),) * 2)
        for issue in of:
            db.execute(
                "INSERT INTO issue_photo (issue_id, sha256, width, height, stage, added_at) VALUES (%s, %s, 8, 8,"
                " 'report', %s)",
                (issues[issue], read.sha256, now - timedelta(days=45)),
            )
        return place

    kept = photo("red", "open"), photo("green", "lately"), photo("blue", "long", "open")
    gone = photo("black", "long"), photo("white")
    fresh = photo("grey")
    os.utime(fresh)
    jobs.daily(dsn, FixedClock(now), KEEPING.model_copy(update={"data_dir": tmp_path}))
    assert [place.exists() for place in (*kept, fresh)] == [True] * 4
    assert [place.exists() for place in gone] == [False] * 2
    left = db.execute("SELECT issue_id, count(*) FROM issue_photo GROUP BY 1 ORDER BY 1").fetchall()
    assert left == [(issues["open"], 2), (issues["lately"], 1)]


def test_logs_that_were_kept_long_enough_go(settings):
    with local.database(settings) as url:
        migrations.upgrade(url)
        log = places.existing(settings.data_dir).log
        old, new = log / "postgresql-20200101.log", log / "postgresql-20991231.log"
        old.touch()
        os.utime(old, (0, 0))
        new.touch()
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("INSERT INTO worker (id, name) VALUES ('w1', '网格员')")
            for days in (1, 400):
                db.execute(
                    "INSERT INTO enrolment (worker_id, code_sha256, created_at, created_by, expires_at)"
                    " SELECT 'w1', sha256(%(n)s::text::bytea), %(at)s, 'x', %(at)s",
                    {"n": days, "at": datetime.now(UTC) - timedelta(days=days)},
                )
            jobs.daily(url, SystemClock(), settings)
            assert (old.exists(), new.exists()) == (False, True)
            assert db.execute("SELECT count(*) FROM enrolment").fetchone() == (1,)


def test_a_service_that_starts_does_the_days_work(db, dsn, run_service):
    a_post(db)
    account(db, "admin", Role.ADMINISTRATOR)
    client = run_service(dsn, clock=FixedClock(datetime(2026, 5, 3, tzinfo=UTC))).client("admin")
    deadline = time.monotonic() + 30
    while not client.get("/api/people").json()["people"][0]["posts"][0]["in_force"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
