"""The register of devices: made, listed, changed and revoked, each act in the audit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from gis.access import audit
from gis.access.audit import Who
from gis.access.devices import App, DeviceCrs, new_token
from gis.access.scope import EVERYWHERE, Scope
from gis.db import Database, Row
from gis.errors import NotFound
from gis.messages import Both

Connection = psycopg.AsyncConnection[Any]
DEVICE = Both("设备", "device")

_CREATE = """
INSERT INTO device (worker_id, app, name, crs, token_sha256, created_at, created_by)
SELECT w.id, %(app)s, %(name)s, %(crs)s, %(digest)s, %(now)s, %(by)s
FROM worker w LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE w.id = %(worker)s AND {seen}
RETURNING id
"""
# a worker's place is where the grid of the plan in force lies; account_area would be what they see, not where they work
_LISTING = """
SELECT d.id, d.worker_id AS worker, w.name AS worker_name, g.name AS grid, d.app, d.name, d.crs,
  d.created_at, d.created_by, d.enrolled_at, d.last_seen_at, d.revoked_at
FROM device d JOIN worker w ON w.id = d.worker_id LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE {seen}
"""
_PLACE = """
SELECT d.worker_id, array_remove(ARRAY[g.area_id], NULL) AS areas
FROM device d JOIN worker w ON w.id = d.worker_id LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE d.id = %s
"""


def worker_called(worker: str) -> Both:
    """A worker in a sentence."""
    return Both(f"网格员 {worker}", f"worker {worker}")


async def create(
    database: Database,
    now: datetime,
    scope: Scope,
    worker: str,
    app: App,
    *,
    name: str = "",
    crs: DeviceCrs = "EPSG:4326",
    by: Who,
) -> tuple[Row, str]:
    """A new device of a worker within the scope; returns it as `listing` does, and its token.

    Raises NotFound. The token is told this once: only its SHA-256 is stored.
    """
    async with database.transaction() as connection:
        made, token = await create_on(connection, now, worker, app, name=name, crs=crs, by=by.name, scope=scope)
        await record(connection, now, by, "device.enrol", made, {"app": app, "crs": crs})
    return await one(database, scope, made), token


async def create_on(
    connection: Connection,
    now: datetime,
    worker: str,
    app: App,
    *,
    name: str = "",
    crs: DeviceCrs = "EPSG:4326",
    by: str,
    scope: Scope = EVERYWHERE,
) -> tuple[int, str]:
    """`create` in a transaction of the caller's, without the audit; returns the device's id and its token."""
    token = new_token()
    values = {
        "worker": worker,
        "app": app,
        "name": name,
        "crs": crs,
        "digest": hashlib.sha256(token.encode()).digest(),
        "now": now,
        "by": by,
        **scope.values(),
    }
    cursor = await connection.execute(_CREATE.format(seen=scope.sql("g.area_id")).encode(), values)
    made = await cursor.fetchone()
    if made is None:
        raise NotFound(what=worker_called(worker))
    return int(made["id"]), token


async def listing(
    database: Database,
    scope: Scope,
    *,
    worker: str | None = None,
    words: str = "",
    before: int | None = None,
    limit: int = 200,
) -> list[Row]:
    """Devices of the workers within the scope, newest first, those before an id.

    `worker` keeps that worker's; `words` are part of the worker's id or of the name of phone, worker or grid.
    """
    conditions = [scope.sql("g.area_id")]
    if words:
        conditions.append("strpos(lower(concat_ws(' ', w.id, w.name, g.name, d.name)), lower(%(words)s)) > 0")
    if worker is not None:
        conditions.append("d.worker_id = %(worker)s")
    if before is not None:
        conditions.append("d.id < %(before)s")
    query = _LISTING.format(seen=" AND ".join(conditions)) + " ORDER BY d.id DESC LIMIT %(limit)s"
    values = {"worker": worker, "words": words, "before": before, "limit": limit, **scope.values()}
    return await database.all(query.encode(), values)


async def one(database: Database, scope: Scope, device_id: int) -> Row:
    """A device as `listing` has it; raises NotFound."""
    query = _LISTING.format(seen=f"d.id = %(id)s AND {scope.sql('g.area_id')}")
    row = await database.one(query.encode(), {"id": device_id, **scope.values()})
    if row is None:
        raise NotFound(what=DEVICE)
    return row


async def change(
    database: Database,
    now: datetime,
    scope: Scope,
    device_id: int,
    *,
    name: str | None = None,
    crs: DeviceCrs | None = None,
    by: Who,
) -> Row:
    """Gives a device another name or coordinate system; raises NotFound."""
    await one(database, scope, device_id)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE device SET name = coalesce(%(name)s, name), crs = coalesce(%(crs)s, crs) WHERE id = %(id)s",
            {"id": device_id, "name": name, "crs": crs},
        )
        await record(connection, now, by, "device.change", device_id, {"name": name, "crs": crs})
    return await one(database, scope, device_id)


async def revoke(database: Database, now: datetime, scope: Scope, device_id: int, *, by: Who) -> None:
    """Refuses a device from now on; raises NotFound."""
    await one(database, scope, device_id)
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "UPDATE device SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL", (now, device_id)
        )
        if cursor.rowcount:
            await record(connection, now, by, "device.revoke", device_id, {})


async def record(
    connection: Connection, now: datetime, by: Who, action: str, device_id: int, detail: Mapping[str, Any]
) -> None:
    """Notes an act on a device in the audit, last in its transaction."""
    cursor = await connection.execute(_PLACE.encode(), (device_id,))
    place = await cursor.fetchone()
    worker, areas = (place["worker_id"], place["areas"]) if place else ("", [])
    told = {"worker": worker, **{name: value for name, value in detail.items() if value is not None}}
    await audit.record(connection, now, by, action, "device", device_id, areas=areas or None, detail=told)
