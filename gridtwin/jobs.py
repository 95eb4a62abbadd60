"""What the service does by itself once a day: posts come into force, and what has been kept long enough goes.

A day is one of GRIDTWIN_TIME_ZONE. Of several processes one does it; one that was away does it when it comes back.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import psycopg
import structlog

from gis import changes
from gis.access import audit_chain, people
from gis.clock import Clock
from gis.db import Database

log = structlog.get_logger("jobs")
_LOCK = 7_133_020  # advisory lock: one process at a time
_LOOK_S = 30.0
_RETRY_S = 60.0
_CODES_KEPT = timedelta(days=90)


async def run(database: Database, clock: Clock, zone: ZoneInfo, *, audit_months: int, switch_days: int) -> None:
    """Does the day's work as soon as the service runs, and again after each midnight; never returns."""
    done = None
    while True:
        today = clock.now().astimezone(zone).date()
        if today != done:
            try:
                alone = await asyncio.to_thread(daily, database.dsn, clock, zone, switch_days)
                async with database.connection() as connection:
                    await audit_chain.drop_old_months(connection, clock.now(), months=audit_months)
                done = today if alone else done
            except Exception as failed:  # a day's work that failed is tried again, whatever the reason
                log.error("jobs.failed", why=type(failed).__name__)
                await asyncio.sleep(_RETRY_S)
                continue
        await asyncio.sleep(_LOOK_S)


def daily(dsn: str, clock: Clock, zone: ZoneInfo, switch_days: int) -> bool:
    """Settles posts and trims what was kept long enough; False when another process is at it."""
    now = clock.now()
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if row is None or not row[0]:
            return False
        began = people.settle(connection, now.astimezone(zone).date())
        trimmed = changes.trim(connection)
        switches = connection.execute(
            "DELETE FROM duty_switch WHERE off_at < %s", (now - timedelta(days=switch_days),)
        ).rowcount
        codes = connection.execute("DELETE FROM enrolment WHERE expires_at < %s", (now - _CODES_KEPT,)).rowcount
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
        log.info("jobs.done", posts=began, outbox=trimmed, switches=switches, codes=codes)
        return True
