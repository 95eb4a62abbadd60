"""What the service does by itself once a day: posts come into force, and what has been kept long enough goes.

A day is one of GRIDTWIN_TIME_ZONE. Of several processes one does it; one that was away does it when it comes back.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog

from gis import changes
from gis.access import audit_chain, people
from gis.clock import Clock
from gis.db import Database
from gis.issues import photos
from gis.settings import Settings
from gridtwin.local import places

log = structlog.get_logger("jobs")
_LOCK = 7_133_020  # advisory lock: one process at a time
_LOOK_S = 30.0
_RETRY_S = 60.0
_LOGGED = (
    "DELETE FROM enrolment WHERE expires_at < %(before)s",
    "DELETE FROM sign_in_place WHERE last_at < %(before)s",
    "DELETE FROM issue_delivery WHERE coalesce(delivered_at, dead_at) < %(before)s",
)


async def run(database: Database, clock: Clock, settings: Settings) -> None:
    """Does the day's work as soon as the service runs, and again after each midnight; never returns."""
    done = None
    while True:
        today = clock.now().astimezone(settings.zone).date()
        if today != done:
            try:
                alone = await asyncio.to_thread(daily, database.dsn, clock, settings)
                async with database.connection() as connection:
                    await audit_chain.drop_old_months(connection, clock.now(), months=settings.audit_months)
                done = today if alone else done
            except Exception as failed:  # a day's work that failed is tried again, whatever the reason
                log.error("jobs.failed", why=type(failed).__name__)
                await asyncio.sleep(_RETRY_S)
                continue
        await asyncio.sleep(_LOOK_S)


def daily(dsn: str, clock: Clock, settings: Settings) -> bool:
    """Settles posts and trims what was kept long enough; False when another process is at it."""
    now = clock.now()

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if row is None or not row[0]:
            return False
        began = people.settle(connection, now.astimezone(settings.zone).date(), now)
        trimmed = changes.trim(connection)
        switches = connection.execute(
            "DELETE FROM duty_switch WHERE off_at < %s", (ago(settings.fix_retention_days),)
        ).rowcount
        photo_rows, photo_files = photos.forget(connection, settings.data_dir, ago(settings.photo_retention_days), now)
        logged = _forget_logs(connection, settings, ago(settings.log_retention_days))
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
        log.info(
            "jobs.done", posts=began, outbox=trimmed, switches=switches, photos=photo_rows, photo_files=photo_files,
            logs=logged,
        )  # fmt: skip
        return True


def _forget_logs(connection: psycopg.Connection[Any], settings: Settings, before: datetime) -> int:
    """Deletes what was logged before a moment: spent codes, deliveries that ended, the database's log files."""
    gone = 0
    for statement in _LOGGED:
        gone += connection.execute(statement, {"before": before}).rowcount
    place = None if settings.database_url else places.existing(settings.data_dir)
    for file in sorted(place.log.glob("postgresql-*.log")) if place else ():
        if file.stat().st_mtime < before.timestamp():
            file.unlink(missing_ok=True)
            gone += 1
    return gone
