"""What the clock does with issues: warnings before and after deadlines, a reminder and then another worker where one
is silent.

Of several processes one does it at a time; what was done stands in the rows, so that a restart repeats nothing.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from gis.db import Row
from gis.errors import GridtwinError
from gis.issues import nearest
from gis.service import Service

log = structlog.get_logger("issues.clock")
SYSTEM = "系统"
_LOCK = 7_133_021  # advisory lock: one process at a time
_LOOK_S = 10.0
_LEAD = timedelta(minutes=30)
_AT_ONCE = 500
_DUE = """
SELECT i.id, i.state, i.deadlines, i.warned, i.changed_at FROM issue i
WHERE i.due_at < %(until)s AND (SELECT bool_or(coalesce(i.warned ->> d.key, '') <> 'late'
    AND ((d.value)::timestamptz < %(now)s OR i.warned ->> d.key IS NULL)) FROM jsonb_each_text(i.deadlines) d)
ORDER BY i.due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
"""
_SILENT = """
SELECT i.id, i.state, i.worker_id, i.area_id, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat FROM issue i
WHERE i.state = '待处理' AND i.signed_at IS NULL AND i.dispatched_at < %(before)s AND i.paused IS NULL
  AND NOT i.warned ? 'silent' AND (i.worker_id IS NOT NULL OR i.handler_id IS NULL)
ORDER BY i.dispatched_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
"""
_REMIND = """
WITH due AS (
  SELECT i.id FROM issue i
  WHERE i.state = '待处理' AND i.signed_at IS NULL AND i.dispatched_at < %(before)s AND i.paused IS NULL
    AND i.worker_id IS NOT NULL AND i.warned ->> 'remind' IS DISTINCT FROM extract(epoch FROM i.dispatched_at)::text
  ORDER BY i.dispatched_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
UPDATE issue i SET warned = i.warned || jsonb_build_object('remind', extract(epoch FROM i.dispatched_at)::text)
FROM due WHERE i.id = due.id RETURNING i.id, i.state, i.worker_id
"""
_EVENT = """
INSERT INTO issue_event (issue_id, action, from_state, to_state, actor, at, note, details)
VALUES (%s, %s, %s, %s, %s, %s, '', %s)
"""


async def run(service: Service) -> None:
    """Looks at the clock every ten seconds; never returns."""
    while True:
        try:
            await look(service)
        except (GridtwinError, OSError) as failed:
            log.error("clock.failed", why=type(failed).__name__)
        await asyncio.sleep(_LOOK_S)


async def look(service: Service) -> int:
    """Does what is due now; returns how many issues that concerned."""
    now = service.clock.now()
    async with service.database.transaction() as connection:
        row = await (await connection.execute("SELECT pg_try_advisory_xact_lock(%s) AS alone", (_LOCK,))).fetchone()
        if row is None or not row["alone"]:
            return 0
        due = await (await connection.execute(_DUE, {"until": now + _LEAD, "now": now, "most": _AT_ONCE})).fetchall()
        for issue in due:
            await _warn(connection, issue, now)
        reminded = await _remind(service, connection, now)
        silent = await _silent(service, connection, now)
        return len(due) + reminded + silent


async def _warn(connection: AsyncConnection[Any], issue: Row, now: datetime) -> None:
    warned = dict(issue["warned"])
    for step, moment in issue["deadlines"].items():
        ends = datetime.fromisoformat(moment)
        lead = min(_LEAD, (ends - issue["changed_at"]) / 4)
        told = "late" if ends < now else "soon" if ends - lead <= now else None
        if told is None or warned.get(step) in (told, "late"):
            continue
        warned[step] = told
        said = Jsonb({"step": step, "due": moment})
        await connection.execute(_EVENT, (issue["id"], told, issue["state"], issue["state"], SYSTEM, now, said))
    if warned != issue["warned"]:
        await connection.execute("UPDATE issue SET warned = %s WHERE id = %s", (Jsonb(warned), issue["id"]))


async def _remind(service: Service, connection: AsyncConnection[Any], now: datetime) -> int:
    """Workers who haven't signed yet are reminded, once a dispatch: an event, which SMS and webhooks are told."""
    minutes = service.settings.issue_remind_minutes
    if not minutes:
        return 0
    before = now - timedelta(minutes=minutes)
    rows = await (await connection.execute(_REMIND, {"before": before, "most": _AT_ONCE})).fetchall()
    for issue in rows:
        said = Jsonb({"worker": issue["worker_id"]})
        await connection.execute(_EVENT, (issue["id"], "remind", issue["state"], issue["state"], SYSTEM, now, said))
    return len(rows)


async def _silent(service: Service, connection: AsyncConnection[Any], now: datetime) -> int:
    """Issues whose worker hasn't signed for them in time go to the next nearest on duty, once each."""
    minutes = service.settings.issue_silent_minutes
    if not minutes:
        return 0
    before = now - timedelta(minutes=minutes)
    rows = await (await connection.execute(_SILENT, {"before": before, "most": 20})).fetchall()
    for issue in rows:
        others = await nearest.on_duty(service, issue["lon"], issue["lat"], issue["area_id"], limit=2)
        other = next((one["worker"] for one in others if one["worker"] != issue["worker_id"]), None)
        await connection.execute(
            'UPDATE issue SET warned = warned || \'{"silent": "late"}\', worker_id = coalesce(%s, worker_id),'
            " dispatched_at = CASE WHEN %s::text IS NULL THEN dispatched_at ELSE %s END, changed_at = %s,"
            " version = version + 1 WHERE id = %s",
            (other, other, now, now, issue["id"]),
        )
        said = Jsonb({"from": issue["worker_id"], "worker": other})
        await connection.execute(_EVENT, (issue["id"], "silent", issue["state"], issue["state"], SYSTEM, now, said))
    return len(rows)
