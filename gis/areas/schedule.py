"""Plans that were scheduled come into force at their hour, by one commit: no query reads the clock."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from gis.clock import Clock
from gis.db import Database
from gis.errors import DatabaseAway, Overloaded

log = structlog.get_logger("plans")

_LOCK = 7_133_004  # advisory lock: of several processes one commits
_LOOK_AGAIN_S = 5.0  # a plan may be scheduled at any moment, by any program

_DUE = """
SELECT id, kind, name FROM plan WHERE state = 'scheduled' AND lower(valid) <= %s ORDER BY lower(valid), id
"""
_NEXT = "SELECT min(lower(valid)) AS at FROM plan WHERE state = 'scheduled'"


async def put_in_force(database: Database, now: datetime) -> list[int]:
    """Publishes the scheduled plans whose moment has come, each in place of the one before; returns their ids."""
    async with database.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        due = await (await connection.execute(_DUE, (now,))).fetchall()
        for plan in due:
            await connection.execute(
                "UPDATE plan SET state = 'superseded' WHERE kind = %s AND state = 'published'", (plan["kind"],)
            )
            await connection.execute("UPDATE plan SET state = 'published' WHERE id = %s", (plan["id"],))
    for plan in due:
        log.info("plan.in_force", plan=plan["id"], kind=plan["kind"], name=plan["name"])
    return [int(plan["id"]) for plan in due]


async def keep_in_force(database: Database, clock: Clock) -> None:
    """Runs for the service's life: waits for the next plan's moment, and looks again every few seconds."""
    while True:
        wait = _LOOK_AGAIN_S
        try:
            await put_in_force(database, clock.now())
            following = await database.one(_NEXT)
            if following is not None and following["at"] is not None:
                wait = min(wait, max(0.01, (following["at"] - clock.now()).total_seconds()))
        except (DatabaseAway, Overloaded) as away:
            log.warning("plans.waiting", why=str(away))
        await asyncio.sleep(wait)
