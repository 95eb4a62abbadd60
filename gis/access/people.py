"""People of the grid (站长, 助理, 网格员, 楼长, 单元长): posts with validity and deputies, and what is in force."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

import psycopg

from gis.access import audit
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
# who is asked about each grid: the holder of the post or their deputy, else whoever was put there by hand
_RESPONSIBLE = """
SELECT c.id, coalesce(
  (SELECT r.worker_id FROM grid_responsible r WHERE r.grid_id = c.id ORDER BY r.worker_id LIMIT 1),
  (SELECT w.id FROM worker w WHERE w.grid_id = c.id ORDER BY w.id LIMIT 1))
FROM grid_code c
"""
# what is open goes on with the new one; what was sent to somebody else on purpose stays there, and so does what was
_HAND_OVER = """
WITH changed AS (
  SELECT * FROM unnest(%(grids)s::bigint[], %(before)s::text[], %(after)s::text[]) c (grid_id, before, after)
), handed AS (
  UPDATE issue i SET worker_id = c.after, signed_at = NULL, version = i.version + 1, changed_at = %(now)s,
    dispatched_at = CASE WHEN c.after IS NULL THEN NULL ELSE %(now)s::timestamptz END
  FROM changed c WHERE c.grid_id = i.grid_id AND i.worker_id = c.before AND i.state = '待处理'
  RETURNING i.id, i.state, c.before, c.after
)
INSERT INTO issue_event (issue_id, action, from_state, to_state, actor, at, details)
SELECT id, 'handover', state, state, '系统', %(now)s, jsonb_build_object('from', before, 'worker', after) FROM handed
"""
_AREAS_OF_POSTS = """
SELECT p.worker_id, array_agg(DISTINCT g.area_id ORDER BY g.area_id)
FROM post p JOIN grid_in_force g ON g.id = p.grid_id WHERE p.in_force AND g.area_id IS NOT NULL GROUP BY p.worker_id
"""
# the account of somebody who saw just the areas of their posts; one whose areas an administrator chose stays as it is
_FOLLOWS = """
SELECT a.id, a.username FROM worker w JOIN account a ON a.id = w.account_id AND NOT a.everywhere
WHERE w.id = %(worker)s
  AND (SELECT coalesce(array_agg(area_id ORDER BY area_id), '{}') FROM account_area WHERE account_id = a.id)
    = %(before)s::bigint[]
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


def settle(connection: psycopg.Connection[Any], today: date, now: datetime | None = None) -> int:
    """Puts in force what is valid on a day, and everybody at their grid; returns how many posts began or ended.

    Open issues of a grid whose worker is another now go to that one, and the accounts of people see the areas of their
    new posts instead of the former ones'.
    """
    now = now or datetime.now(UTC)
    with connection.transaction():
        saw = dict(connection.execute(_AREAS_OF_POSTS.encode()).fetchall())
        before = dict(connection.execute(_RESPONSIBLE.encode()).fetchall())
        changed = connection.execute(_SETTLE.encode(), {"today": today}).rowcount
        connection.execute(_LEAVE.encode())
        connection.execute(_ARRIVE.encode())
        after = dict(connection.execute(_RESPONSIBLE.encode()).fetchall())
        grids = [grid for grid, worker in before.items() if worker is not None and after.get(grid) != worker]
        if grids:
            values = {"grids": grids, "before": [before[grid] for grid in grids], "after": [after[g] for g in grids]}
            connection.execute(_HAND_OVER.encode(), {**values, "now": now})
        see = dict(connection.execute(_AREAS_OF_POSTS.encode()).fetchall())
        for worker, areas in saw.items():
            if see.get(worker, []) != areas:
                _see_others(connection, worker, areas, see.get(worker, []), now)
    return changed


def _see_others(
    connection: psycopg.Connection[Any], worker: str, before: list[int], after: list[int], now: datetime
) -> None:
    row = connection.execute(_FOLLOWS.encode(), {"worker": worker, "before": before}).fetchone()
    if row is None:
        return
    account, username = row
    connection.execute("DELETE FROM account_area WHERE account_id = %s", (account,))
    connection.execute(
        "INSERT INTO account_area (account_id, area_id) SELECT %s, unnest(%s::bigint[])", (account, after)
    )
    audit.record_now(
        connection, now, audit.Who("system"), "account.change", "account", username,
        areas=sorted({*before, *after}), detail={"because": "post", "areas": after},
    )  # fmt: skip


def unattended(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """(code, name) of the community grids in force for which nobody is responsible today."""
    return [(code, name) for code, name in connection.execute(_UNATTENDED.encode())]
