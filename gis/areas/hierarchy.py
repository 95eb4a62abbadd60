"""Areas in their hierarchy: lists, one with its geometry, and counts of everything below it."""

from __future__ import annotations

from typing import Any

from gis.access.scope import Scope
from gis.db import Database, Row
from gis.errors import NotFound
from gis.messages import Both

_LIST = """
SELECT a.code, a.name, a.level, p.code AS parent, {path} AS path
FROM area a LEFT JOIN area p ON p.id = a.parent_id AND {parent_seen}
WHERE {seen}
  AND (%(level)s::text IS NULL OR a.level = %(level)s)
  AND (%(parent)s::text IS NULL OR p.code = %(parent)s)
ORDER BY a.path
"""

_ONE = """
SELECT a.id, a.code, a.name, a.level, p.code AS parent, {path} AS path,
  ST_AsGeoJSON(a.geom, 7)::json AS geometry,
  ARRAY[ST_XMin(a.geom), ST_YMin(a.geom), ST_XMax(a.geom), ST_YMax(a.geom)] AS bbox
FROM area a LEFT JOIN area p ON p.id = a.parent_id AND {parent_seen}
WHERE a.code = %(code)s AND {seen}
"""

# The way down as far as it is within the scope: the codes above are told to nobody who doesn't see those areas.
_PATH = "(SELECT string_agg(up.code, '.' ORDER BY nlevel(up.path)) FROM area up WHERE up.path @> a.path AND {seen})"

_ANCESTORS = """
SELECT up.code, up.name, up.level
FROM area a JOIN area up ON up.path @> a.path AND up.id <> a.id
WHERE a.id = %(area)s AND {seen}
ORDER BY nlevel(up.path)
"""

_SUMMARY = """
WITH below AS MATERIALIZED (
  SELECT array_agg(below.id) AS ids
  FROM area a JOIN area below ON below.path <@ a.path
  WHERE a.code = %(code)s AND {seen}
)
SELECT
  (SELECT count(*) FROM grid JOIN plan ON plan.id = plan_id
   WHERE state = 'published' AND kind = %(kind)s AND area_id = ANY(ids)) AS grids,
  b.buildings, b.households, b.residents,
  (SELECT count(*) FROM address WHERE area_id = ANY(ids)) AS addresses,
  (SELECT count(*) FROM worker JOIN grid ON grid.id = worker.grid_id JOIN plan ON plan.id = plan_id
   WHERE state = 'published' AND kind = %(kind)s AND area_id = ANY(ids)) AS workers
FROM below, LATERAL (
  SELECT count(*) AS buildings, coalesce(sum(households), 0) AS households, coalesce(sum(residents), 0) AS residents
  FROM building WHERE area_id = ANY(ids)
) b
"""


async def listing(database: Database, scope: Scope, *, level: str | None, parent: str | None) -> list[Row]:
    """Areas within the scope, in the order of the hierarchy; a parent outside the scope is told to nobody."""
    query = _LIST.format(seen=scope.sql("a.id"), parent_seen=scope.sql("p.id"), path=_path(scope))
    return await database.all(query, {"level": level, "parent": parent, **scope.values()})


async def one(database: Database, scope: Scope, code: str) -> Row:
    """An area with its geometry (GeoJSON, lon lat), its box and its ancestors within the scope; raises NotFound."""
    query = _ONE.format(seen=scope.sql("a.id"), parent_seen=scope.sql("p.id"), path=_path(scope))
    row = await database.one(query, {"code": code, **scope.values()})
    if row is None:
        raise NotFound(what=Both(f"区域 {code}", f"area {code}"))
    row["ancestors"] = await ancestors(database, scope, row.pop("id"), with_itself=False)
    return row


def _path(scope: Scope) -> str:
    return "a.path::text" if scope.everywhere else _PATH.format(seen=scope.sql("up.id"))


async def ancestors(database: Database, scope: Scope, area_id: int | None, *, with_itself: bool) -> list[Row]:
    """The way down to an area, highest first: what of it lies within the scope."""
    if area_id is None:
        return []
    query = _ANCESTORS.format(seen=scope.sql("up.id"))
    if with_itself:
        query = query.replace("AND up.id <> a.id", "")
    return await database.all(query, {"area": area_id, **scope.values()})


async def summary(database: Database, scope: Scope, code: str, *, kind: str) -> dict[str, Any]:
    """Counts of everything below an area; raises NotFound. Grids and workers are those of one kind, in force now."""
    await one(database, scope, code)
    query = _SUMMARY.format(seen=scope.sql("below.id"))
    row = await database.one(query, {"code": code, "kind": kind, **scope.values()})
    return {} if row is None else {key: int(value or 0) for key, value in row.items()}
