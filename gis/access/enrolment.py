"""Enrolment (二维码开通): a one-time code makes a phone into a worker's device, by an explicit act on that phone."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import psycopg
import segno

from gis.access import audit, device_register
from gis.access.audit import Who
from gis.access.device_register import worker_called
from gis.access.devices import App, DeviceCrs, new_token
from gis.access.scope import Scope
from gis.clock import Clock
from gis.db import Database, Row
from gis.errors import CodeUnusable, NotFound

_MAKE = """
INSERT INTO enrolment (worker_id, code_sha256, created_at, created_by, expires_at)
SELECT w.id, %(digest)s, %(now)s, %(by)s, %(until)s
FROM worker w LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE w.id = %(worker)s AND {seen}
RETURNING (SELECT array_agg(g.area_id) FILTER (WHERE g.area_id IS NOT NULL)
  FROM worker w JOIN grid_in_force g ON g.id = w.grid_id WHERE w.id = enrolment.worker_id) AS areas
"""
_LOOK = """
SELECT e.worker_id AS worker, w.name AS worker_name, g.name AS grid, e.expires_at
FROM enrolment e JOIN worker w ON w.id = e.worker_id LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE e.code_sha256 = %(digest)s AND e.spent_at IS NULL AND e.expires_at > %(now)s
"""
_SPEND = """
UPDATE enrolment SET spent_at = %(now)s
WHERE code_sha256 = %(digest)s AND spent_at IS NULL AND expires_at > %(now)s
RETURNING id, worker_id, created_by
"""


def link(base: str, code: str) -> str:
    """Where a code leads: the code stands behind the #, which browsers keep to themselves."""
    return f"{base}/phone#code={quote(code)}"


def qr(content: str) -> str:
    """A QR code as a `data:` URL of an SVG, black on white with its quiet zone."""
    return segno.make(content, error="m", micro=False).svg_data_uri(scale=6, border=4, light="#fff")


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()


async def make(
    database: Database, clock: Clock, scope: Scope, worker: str, *, hours: int, by: Who
) -> tuple[str, datetime]:
    """A new code for a worker within the scope, and when it expires; raises NotFound."""
    now, code = clock.now(), new_token()
    until = now + timedelta(hours=hours)
    values = {"worker": worker, "digest": _digest(code), "now": now, "until": until, "by": by.name}
    async with database.transaction() as connection:
        cursor = await connection.execute(
            _MAKE.format(seen=scope.sql("g.area_id")).encode(), {**values, **scope.values()}
        )
        row = await cursor.fetchone()
        if row is not None:
            detail = {"until": until}
            await audit.record(connection, now, by, "device.code", "worker", worker, areas=row["areas"], detail=detail)
    if row is None:
        raise NotFound(what=worker_called(worker))
    return code, until


def make_now(connection: psycopg.Connection[Any], now: datetime, worker: str, *, hours: int, by: str) -> str:
    """`make` for programs that don't run in an event loop and see everything."""
    code = new_token()
    connection.execute(
        _MAKE.format(seen="TRUE").encode(),
        {"worker": worker, "digest": _digest(code), "now": now, "until": now + timedelta(hours=hours), "by": by},
    )
    return code


async def look(database: Database, clock: Clock, code: str) -> Row:
    """For whom a code is; nothing is spent. Raises CodeUnusable."""
    row = await database.one(_LOOK.encode(), {"digest": _digest(code), "now": clock.now()})
    if row is None:
        raise CodeUnusable
    return row


async def spend(
    database: Database, clock: Clock, code: str, app: App, *, name: str, crs: DeviceCrs, by: Who
) -> tuple[int, str, str]:
    """Makes the device that a code stands for: (device's id, worker, token). A code works once; raises CodeUnusable."""
    async with database.transaction() as connection:
        cursor = await connection.execute(_SPEND.encode(), {"digest": _digest(code), "now": clock.now()})
        spent = await cursor.fetchone()
        if spent is None:
            raise CodeUnusable
        device_id, token = await device_register.create_on(
            connection, clock.now(), spent["worker_id"], app, name=name, crs=crs, by=spent["created_by"]
        )
        await connection.execute("UPDATE enrolment SET device_id = %s WHERE id = %s", (device_id, spent["id"]))
        await device_register.record(
            connection, clock.now(), by, "device.enrol", device_id, {"app": app, "crs": crs, "code": spent["id"]}
        )
    return device_id, spent["worker_id"], token
