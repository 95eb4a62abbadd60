"""One grid, as its card shows it."""

from __future__ import annotations

from typing import Any

from gis.access.scope import Scope
from gis.areas import hierarchy
from gis.db import Database
from gis.errors import NotFound
from gis.messages import Both

_CARD = """
SELECT g.id, g.code, g.name, plan.kind, plan.id AS plan, g.area_id, w.id AS worker_id, w.name AS worker_name,
  ARRAY[ST_XMin(g.geom), ST_YMin(g.geom), ST_XMax(g.geom), ST_YMax(g.geom)] AS bbox,
  inside.*
FROM grid g JOIN plan ON plan.id = g.plan_id AND plan.state = 'published'
LEFT JOIN worker w ON w.grid_id = g.id,
LATERAL (
  SELECT count(*) AS buildings, coalesce(sum(households), 0) AS households, coalesce(sum(residents), 0) AS residents
  FROM building b
  WHERE b.label_3857 && g.geom_3857 AND ST_Covers(g.geom_3857, b.label_3857) AND b.geom_3857 && g.geom_3857
    AND {inside_seen}
) inside
WHERE g.id = %(id)s AND {seen}
"""


async def card(database: Database, scope: Scope, grid_id: int, *, with_worker: bool = True) -> dict[str, Any]:
    """A grid of the plan in force with its worker and the counts inside it; raises NotFound."""
    query = _CARD.format(seen=scope.sql("g.area_id"), inside_seen=scope.sql("b.area_id"))
    row = await database.one(query, {"id": grid_id, **scope.values()})
    if row is None:
        raise NotFound(what=Both(f"网格 {grid_id}", f"grid {grid_id}"))
    way = await hierarchy.ancestors(database, scope, row.pop("area_id"), with_itself=True)
    worker_id, worker_name = row.pop("worker_id"), row.pop("worker_name")
    counts = {name: int(row.pop(name)) for name in ("buildings", "households", "residents")}
    return {
        **row,
        "area": way[-1] if way else None,
        "ancestors": way,
        "worker": {"id": worker_id, "name": worker_name} if worker_id and with_worker else None,
        "counts": counts,
    }
