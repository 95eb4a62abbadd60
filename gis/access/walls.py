"""Walls (大屏): signed in once by a link, for months, seeing their areas and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

from gis.access import audit, managing
from gis.access.accounts import Account
from gis.access.audit import Who
from gis.access.roles import Role
from gis.access.sessions import digest
from gis.db import Database, Row
from gis.errors import NotFound
from gis.messages import Both

LINK_VALID = timedelta(hours=24)

_LIST = """
SELECT w.id, w.name, w.created_at, w.created_by, w.opened_at, s.last_seen_at, s.address,
  s.id IS NOT NULL AS signed_in,
  CASE WHEN w.link_sha256 IS NOT NULL THEN w.link_expires_at END AS link_expires_at,
  coalesce((SELECT jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name, 'level', r.level) ORDER BY r.path)
    FROM account_area g JOIN area r ON r.id = g.area_id WHERE g.account_id = a.id), '[]') AS areas,
  ARRAY(SELECT area_id FROM account_area WHERE account_id = a.id) AS area_ids, w.account_id
FROM wall w JOIN account a ON a.id = w.account_id
LEFT JOIN LATERAL (SELECT * FROM session WHERE account_id = a.id ORDER BY created_at DESC LIMIT 1) s ON true
WHERE (%(id)s::bigint IS NULL OR w.id = %(id)s) AND {manageable}
ORDER BY w.name, w.id
"""


async def listing(database: Database, manager: Account, *, wall_id: int | None = None) -> list[Row]:
    """The walls whose areas lie within the manager's, by name."""
    query = _LIST.format(manageable=managing.manageable(manager.scope.sql("managed.area_id")))
    return await database.all(query, {"id": wall_id, **manager.scope.values()})


async def one(database: Database, manager: Account, wall_id: int) -> Row:
    """One wall; raises NotFound."""
    rows = await listing(database, manager, wall_id=wall_id)
    if not rows:
        raise NotFound(what=Both(f"大屏 {wall_id}", f"wall {wall_id}"))
    return rows[0]


async def add(
    database: Database, now: datetime, by: Who, manager: Account, name: str, areas: Sequence[str]
) -> tuple[int, str]:
    """A new wall; returns its number and the token of its link. Raises BadRequest for areas that can't be given."""
    async with database.transaction() as connection:
        account_id, ids = await managing.add(
            connection, manager, managing.machine_name("wall"), Role.VIEWER,
            display_name=name, areas=areas, password_hash=None, made_for="wall",
        )  # fmt: skip
        cursor = await connection.execute(
            "INSERT INTO wall (account_id, name, created_at, created_by) VALUES (%s, %s, %s, %s) RETURNING id",
            (account_id, name, now, by.name),
        )
        row = await cursor.fetchone()
        assert row is not None  # noqa: S101 - RETURNING of an insert
        token = await _make_link(connection, now, row["id"])
        await audit.record(
            connection, now, by, "wall.add", "wall", row["id"], areas=ids, detail={"name": name, "areas": list(areas)}
        )
    return int(row["id"]), token


async def renew_link(database: Database, now: datetime, by: Who, manager: Account, wall_id: int) -> str:
    """A new link for a wall whose screen is another or has lost its cookie; the old sign-in ends. Raises NotFound."""
    wall = await one(database, manager, wall_id)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM session WHERE account_id = %s", (wall["account_id"],))
        token = await _make_link(connection, now, wall_id)
        await audit.record(connection, now, by, "wall.link", "wall", wall_id, areas=wall["area_ids"])
    return token


async def revoke(database: Database, now: datetime, by: Who, manager: Account, wall_id: int) -> None:
    """Takes a wall down: its sign-in and its link end. Raises NotFound."""
    wall = await one(database, manager, wall_id)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM account WHERE id = %s", (wall["account_id"],))
        await audit.record(
            connection, now, by, "wall.revoke", "wall", wall_id, areas=wall["area_ids"], detail={"name": wall["name"]}
        )


async def spend_link(database: Database, now: datetime, token: str) -> int | None:
    """The account of the wall whose link this is, once; None for a link that is unknown, spent or too old."""
    row = await database.one(
        "UPDATE wall SET link_sha256 = NULL, opened_at = %(now)s"
        " WHERE link_sha256 = %(link)s AND link_expires_at > %(now)s RETURNING account_id",
        {"link": digest(token), "now": now},
    )
    return int(row["account_id"]) if row else None


async def _make_link(connection: psycopg.AsyncConnection[Any], now: datetime, wall_id: int) -> str:
    token = secrets.token_urlsafe(24)
    await connection.execute(
        "UPDATE wall SET link_sha256 = %s, link_expires_at = %s WHERE id = %s",
        (digest(token), now + LINK_VALID, wall_id),
    )
    return token
