"""What an area consists of: the areas right below it, or its grids, each with its counts; and buildings as rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gis.access.scope import Scope
from gis.areas import hierarchy
from gis.db import Database, Row
from gis.errors import NotFound
from gis.messages import Both

_AREAS = (Path(__file__).parent / "parts_areas.sql").read_text(encoding="utf-8")
_GRIDS = (Path(__file__).parent / "parts_grids.sql").read_text(encoding="utf-8")
_GRID = (
    "SELECT 1 FROM grid g JOIN plan ON plan.id = g.plan_id AND plan.state = 'published'"
    " WHERE g.id = %(grid)s AND {seen}"
)

_BUILDINGS = """
SELECT b.id, b.code, b.name, b.estate, b.use, b.levels, b.households, b.residents,
  ARRAY[ST_XMin(b.geom), ST_YMin(b.geom), ST_XMax(b.geom), ST_YMax(b.geom)] AS bbox
FROM building b
WHERE {seen} AND b.id > %(after)s
  AND (%(area)s::text IS NULL OR b.area_id IN (
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))
  AND (%(grid)s::bigint IS NULL OR EXISTS (
    SELECT FROM grid g JOIN plan ON plan.id = g.plan_id AND plan.state = 'published'
    WHERE g.id = %(grid)s AND b.geom_3857 && g.geom_3857 AND ST_Covers(g.geom_3857, b.label_3857)))
ORDER BY b.id LIMIT %(limit)s
"""


async def areas(database: Database, scope: Scope, code: str, *, kind: str) -> list[Row]:
    """The areas right below one in the order of the hierarchy; raises NotFound for one outside the scope."""
    await hierarchy.one(database, scope, code)
    query = _AREAS.format(child_seen=scope.sql("c.id"), below_seen=scope.sql("a.id"))
    return _whole(await database.all(query, {"code": code, "kind": kind, **scope.values()}))


async def grids(database: Database, scope: Scope, code: str, *, kind: str, with_worker: bool) -> list[Row]:
    """The grids of one kind below an area by code; raises NotFound for one outside the scope."""
    await hierarchy.one(database, scope, code)
    query = _GRIDS.format(
        below_seen=scope.sql("a.id"), issue_seen=scope.sql("i.area_id"), building_seen=scope.sql("b.area_id")
    )
    rows = await database.all(query, {"code": code, "kind": kind, **scope.values()})
    for row in rows:
        worker = {"id": row.pop("worker_id"), "name": row.pop("worker_name")}
        row["worker"] = worker if worker["id"] and with_worker else None
    return _whole(rows)


async def buildings(
    database: Database, scope: Scope, *, area: str | None, grid: int | None, after: int, limit: int
) -> list[Row]:
    """Buildings of an area or of a grid by id, after one; raises NotFound for an area or grid outside the scope."""
    values: dict[str, Any] = {"area": area, "grid": grid, "after": after, "limit": limit, **scope.values()}
    if area is not None:
        await hierarchy.one(database, scope, area)
    if grid is not None and await database.one(_GRID.format(seen=scope.sql("g.area_id")), values) is None:
        raise NotFound(what=Both(f"网格 {grid}", f"grid {grid}"))
    return await database.all(_BUILDINGS.format(seen=scope.sql("b.area_id")), values)


def _whole(rows: list[Row]) -> list[Row]:
    """Sums of PostgreSQL are numerics; counts are integers."""
    counted = ("buildings", "households", "residents")
    return [{**row, **{name: int(row[name]) for name in counted}} for row in rows]
