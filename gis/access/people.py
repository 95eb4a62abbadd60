"""People of the grid (站长, 助理, 网格员, 楼长, 单元长): posts with validity and deputies, and what is in force."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, get_args

import psycopg

from gis.access.scope import Scope
from gis.db import Database, Row
from gis.messages import Both

PostRole = Literal["station_head", "assistant", "grid_worker", "building_head", "unit_head"]
POST_ROLES: tuple[PostRole, ...] = get_args(PostRole)
POST_NAMES: dict[PostRole, Both] = {
    "station_head": Both("站长", "Station head"),
    "assistant": Both("助理", "Assistant"),
    "grid_worker": Both("网格员", "Grid worker"),
    "building_head": Both("楼长", "Building head"),
    "unit_head": Both("单元长", "Stairwell head"),
}

_LISTING = """
SELECT w.id, w.name, w.phone, a.username AS account, g.code AS grid, g.name AS grid_name,
  (SELECT count(*) FROM device d WHERE d.worker_id = w.id AND d.revoked_at IS NULL) AS devices,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'role', p.role, 'grid', c.code, 'building', b.name, 'unit', p.unit,
      'from', lower(p.valid), 'until', upper(p.valid) - 1, 'in_force', p.in_force,
      'deputy', p.deputy_id, 'deputy_in_force', p.deputy_in_force
    ) ORDER BY p.in_force DESC, lower(p.valid) DESC, p.id)
    FROM post p JOIN grid_code c ON c.id = p.grid_id LEFT JOIN building b ON b.id = p.building_id
    WHERE p.worker_id = w.id
  ), '[]') AS posts
FROM worker w
LEFT JOIN account a ON a.id = w.account_id
LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE ({own} OR EXISTS (
    SELECT FROM post p JOIN grid_in_force at ON at.id = p.grid_id
    WHERE p.worker_id = w.id AND p.in_force AND {at_post}))
  AND (%(words)s = '' OR strpos(lower(concat_ws(' ', w.id, w.name, g.code, g.name)), lower(%(words)s)) > 0)
  AND w.id > %(after)s
ORDER BY w.id
LIMIT %(limit)s
"""
_SETTLE = """
WITH settled AS (
  SELECT id, valid @> %(today)s::date AS in_force,
    deputy_id IS NOT NULL AND valid @> %(today)s::date
      AND coalesce(deputy_during @> %(today)s::date, false) AS deputised
  FROM post
)
UPDATE post p SET in_force = s.in_force, deputy_in_force = s.deputised
FROM settled s
WHERE s.id = p.id AND (p.in_force, p.deputy_in_force) IS DISTINCT FROM (s.in_force, s.deputised)
"""
# a worker who has posts is at the grid of the one in force; who has none stays where they were put
_LEAVE = """
UPDATE worker w SET grid_id = NULL
WHERE w.grid_id IS NOT NULL AND EXISTS (SELECT FROM post p WHERE p.worker_id = w.id AND p.role = 'grid_worker')
  AND NOT EXISTS (
    SELECT FROM post p WHERE p.worker_id = w.id AND p.role = 'grid_worker' AND p.in_force AND p.grid_id = w.grid_id)
"""
_ARRIVE = """
UPDATE worker w SET grid_id = p.grid_id
FROM post p WHERE p.worker_id = w.id AND p.role = 'grid_worker' AND p.in_force AND w.grid_id IS DISTINCT FROM p.grid_id
"""
# grids of the plans in force, for which nobody is responsible, and until when the others have somebody
_UNATTENDED = """
SELECT g.code, g.name FROM grid_in_force g
WHERE g.kind = 'community'
  AND NOT EXISTS (SELECT FROM post p WHERE p.grid_id = g.id AND p.role = 'grid_worker' AND p.in_force)
  AND NOT EXISTS (SELECT FROM worker w WHERE w.grid_id = g.id)
ORDER BY g.code
"""


async def listing(database: Database, scope: Scope, *, words: str = "", after: str = "", limit: int = 200) -> list[Row]:
    """People whose grid or post lies within the scope, by id, after an id; `words` is part of id, name or grid."""
    query = _LISTING.format(own=scope.sql("g.area_id"), at_post=scope.sql("at.area_id"))
    values = {"words": words, "after": after, "limit": limit, **scope.values()}
    return await database.all(query.encode(), values)


def settle(connection: psycopg.Connection[Any], today: date) -> int:
    """Puts in force what is valid on a day, and everybody at their grid; returns how many posts began or ended."""
    with connection.transaction():
        changed = connection.execute(_SETTLE.encode(), {"today": today}).rowcount
        connection.execute(_LEAVE.encode())
        connection.execute(_ARRIVE.encode())
    return changed


def unattended(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """(code, name) of the community grids in force for which nobody is responsible today."""
    return [(code, name) for code, name in connection.execute(_UNATTENDED.encode())]
