"""Keys with which other systems come in: shown once, of which only the hash is kept, with an end and a scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from gis.access import audit, managing
from gis.access.accounts import Account
from gis.access.audit import Who
from gis.access.roles import Role
from gis.access.sessions import Sessions
from gis.db import Database, Row
from gis.errors import NotFound
from gis.messages import Both

_LIST = """
SELECT k.id, k.name, k.begins_with, k.created_at, k.created_by, k.expires_at, s.last_seen_at AS last_used_at,
  s.address, s.id IS NOT NULL AND k.expires_at > %(now)s AS valid,
  coalesce((SELECT jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name, 'level', r.level) ORDER BY r.path)
    FROM account_area g JOIN area r ON r.id = g.area_id WHERE g.account_id = a.id), '[]') AS areas,
  ARRAY(SELECT area_id FROM account_area WHERE account_id = a.id) AS area_ids, k.account_id
FROM api_key k JOIN account a ON a.id = k.account_id LEFT JOIN session s ON s.account_id = a.id
WHERE (%(id)s::bigint IS NULL OR k.id = %(id)s) AND {manageable}
ORDER BY k.name, k.id
"""


async def listing(database: Database, now: datetime, manager: Account, *, key_id: int | None = None) -> list[Row]:
    """The keys whose areas lie within the manager's, by name."""
    query = _LIST.format(manageable=managing.manageable(manager.scope.sql("managed.area_id")))
    return await database.all(query, {"id": key_id, "now": now, **manager.scope.values()})


async def one(database: Database, now: datetime, manager: Account, key_id: int) -> Row:
    """One key; raises NotFound."""
    rows = await listing(database, now, manager, key_id=key_id)
    if not rows:
        raise NotFound(what=Both(f"密钥 {key_id}", f"key {key_id}"))
    return rows[0]


async def add(
    database: Database,
    sessions: Sessions,
    now: datetime,
    by: Who,
    manager: Account,
    name: str,
    areas: Sequence[str],
    days: int,
) -> tuple[int, str]:
    """A new key; returns its number and the token, which is never to be seen again. Raises BadRequest."""
    until = now + timedelta(days=days)
    async with database.transaction() as connection:
        account_id, ids = await managing.add(
            connection, manager, managing.machine_name("key"), Role.MACHINE,
            display_name=name, areas=areas, password_hash=None, made_for="key",
        )  # fmt: skip
        token, _ = await sessions.open_on(connection, account_id, kind="key", until=until)
        cursor = await connection.execute(
            "INSERT INTO api_key (account_id, name, begins_with, created_at, created_by, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
            (account_id, name, token[:4], now, by.name, until),
        )
        row = await cursor.fetchone()
        assert row is not None  # noqa: S101 - RETURNING of an insert
        await audit.record(
            connection, now, by, "key.add", "key", row["id"], areas=ids,
            detail={"name": name, "areas": list(areas), "expires_at": until},
        )  # fmt: skip
    return int(row["id"]), token


async def revoke(database: Database, now: datetime, by: Who, manager: Account, key_id: int) -> None:
    """Ends a key. Raises NotFound."""
    key = await one(database, now, manager, key_id)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM account WHERE id = %s", (key["account_id"],))
        await audit.record(
            connection, now, by, "key.revoke", "key", key_id, areas=key["area_ids"], detail={"name": key["name"]}
        )
