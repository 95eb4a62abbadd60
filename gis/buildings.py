"""Buildings: the card, the households as a matrix of units and floors; and facilities beside them."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from gis.access.scope import Scope
from gis.areas import hierarchy
from gis.db import Database, Row
from gis.errors import NotFound
from gis.messages import Both

_CARD = """
SELECT b.id, b.code, b.name, b.estate, b.use, b.height, b.levels, b.units, b.households, b.residents, b.year,
  b.area_id, c.grid_id, c.grid_code, c.grid_name,
  ARRAY[ST_X(p.at), ST_Y(p.at)] AS centre,
  ARRAY[ST_XMin(b.geom), ST_YMin(b.geom), ST_XMax(b.geom), ST_YMax(b.geom)] AS bbox
FROM building b, LATERAL (SELECT ST_PointOnSurface(b.geom) AS at) p
LEFT JOIN LATERAL (
  SELECT g.id AS grid_id, g.code AS grid_code, g.name AS grid_name
  FROM grid g JOIN plan ON plan.id = g.plan_id AND plan.state = 'published' AND plan.kind = 'community'
  WHERE ST_Covers(g.geom, p.at) AND {grid_seen} LIMIT 1
) c ON true
WHERE b.id = %(id)s AND {seen}
"""

_ROW = """
SELECT b.id, b.name, b.estate, b.use, b.levels, b.households, b.residents,
  ARRAY[ST_XMin(b.geom), ST_YMin(b.geom), ST_XMax(b.geom), ST_YMax(b.geom)] AS bbox
"""

_OF_ESTATE = """
FROM building one JOIN building b ON b.estate = one.estate AND b.area_id IS NOT DISTINCT FROM one.area_id
WHERE one.id = %(id)s AND {seen}
"""

# 2号楼 before 10号楼: by the last number in the name
_BY_NAME = """
ORDER BY b.estate NULLS LAST, regexp_replace(b.name, '\\d+\\D*$', ''), substring(b.name from '(\\d+)\\D*$')::numeric,
  b.name, b.id LIMIT %(most)s
"""
MOST = 2000  # buildings of one list

_HOUSEHOLDS = """
SELECT a.id, coalesce(a.unit, '') AS unit, coalesce(a.floor, '') AS floor, coalesce(a.room, '') AS room,
  a.text, a.residents
FROM address a
WHERE a.building_id = %(id)s AND {seen}
ORDER BY length(coalesce(a.unit, '')), a.unit, length(coalesce(a.floor, '')) DESC, a.floor DESC,
  length(coalesce(a.room, '')), a.room, a.id
"""

_FACILITY = """
SELECT f.id, f.code, f.name, f.category, f.area_id, ARRAY[ST_X(f.geom), ST_Y(f.geom)] AS centre
FROM facility f WHERE f.id = %(id)s AND {seen}
"""


async def card(database: Database, scope: Scope, building_id: int) -> Row:
    """A building with the areas and the grid that it lies in; raises NotFound."""
    query = _CARD.format(seen=scope.sql("b.area_id"), grid_seen=scope.sql("g.area_id"))
    row = await database.one(query, {"id": building_id, **scope.values()})
    if row is None:
        raise NotFound(what=Both(f"楼宇 {building_id}", f"building {building_id}"))
    grid = {"id": row.pop("grid_id"), "code": row.pop("grid_code"), "name": row.pop("grid_name")}
    way = await hierarchy.ancestors(database, scope, row.pop("area_id"), with_itself=True)
    return {**row, "ancestors": way, "grid": grid if grid["id"] is not None else None}


async def of_estate(database: Database, scope: Scope, building_id: int) -> tuple[str, list[Row], list[Row]]:
    """The estate that a building belongs to: its name, the way down to it, its buildings by number, at most `MOST`.

    An estate is what bears one name in one community. Raises NotFound for the building, and for one without an estate.
    """
    found = await card(database, scope, building_id)
    if not found["estate"]:
        raise NotFound(what=Both(f"楼宇 {building_id} 所在的小区", f"estate of building {building_id}"))
    query = _ROW + _OF_ESTATE.format(seen=scope.sql("b.area_id")) + _BY_NAME
    rows = await database.all(query, {"id": building_id, "most": MOST, **scope.values()})
    return found["estate"], found["ancestors"], rows


async def households(database: Database, scope: Scope, building_id: int) -> dict[str, Any]:
    """The addresses of a building by unit (ascending) and floor (descending); raises NotFound."""
    await card(database, scope, building_id)
    rows = await database.all(_HOUSEHOLDS.format(seen=scope.sql("a.area_id")), {"id": building_id, **scope.values()})
    units = []
    for unit, of_unit in groupby(rows, key=lambda row: row["unit"]):
        floors = [
            {"floor": floor, "rooms": [{key: row[key] for key in ("id", "room", "text", "residents")} for row in of]}
            for floor, of in groupby(of_unit, key=lambda row: row["floor"])
        ]
        units.append({"unit": unit, "floors": floors})
    return {"building": building_id, "units": units}


async def facility(database: Database, scope: Scope, facility_id: int) -> Row:
    """A facility with the areas that it lies in; raises NotFound."""
    row = await database.one(_FACILITY.format(seen=scope.sql("f.area_id")), {"id": facility_id, **scope.values()})
    if row is None:
        raise NotFound(what=Both(f"设施 {facility_id}", f"facility {facility_id}"))
    way = await hierarchy.ancestors(database, scope, row.pop("area_id"), with_itself=True)
    return {**row, "ancestors": way}
