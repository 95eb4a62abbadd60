"""One tile: one round trip to PostGIS, all layers in it, prepared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gis.access.scope import Scope
from gis.db import Database
from tiles.layers import BUFFER, EXTENT, LAYERS, Layer

_HALF = 20037508.342789244  # half the width of EPSG:3857, in its metres
_REACH = "ST_MakeEnvelope(%(reach_west)s, %(reach_south)s, %(reach_east)s, %(reach_north)s, 3857)"
_WITH = f"""WITH tile AS MATERIALIZED (
  SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857) AS box, {_REACH} AS reach,
    %(unit)s::float8 AS unit
)
SELECT """


@dataclass(frozen=True)
class Tile:
    """A tile of the XYZ pyramid in EPSG:3857."""

    z: int
    x: int
    y: int

    def exists(self) -> bool:
        """Whether column and row lie inside the pyramid."""
        columns: int = 2**self.z
        return 0 <= self.x < columns and 0 <= self.y < columns

    def box(self) -> dict[str, float]:
        """The tile's box, the same widened by the buffer (`reach_*`), and the size of one tile unit, in 3857."""
        size = 2 * _HALF / 2**self.z
        west, north = self.x * size - _HALF, _HALF - self.y * size
        margin = size * BUFFER / EXTENT
        return {
            "west": west,
            "south": north - size,
            "east": west + size,
            "north": north,
            "reach_west": west - margin,
            "reach_south": north - size - margin,
            "reach_east": west + size + margin,
            "reach_north": north + margin,
            "unit": size / EXTENT,
        }


async def render(database: Database, tile: Tile, layers: tuple[str, ...], scope: Scope, plan_id: int | None) -> bytes:
    """The encoded tile of these layers (names of `LAYERS`), in that order; empty when nothing is there.

    `plan_id` is the plan of the grid layers, None for no plan at all.
    """
    query = _query(layers, tile.z, scope.everywhere)
    if not query:
        return b""
    row = await database.one(query, {**tile.box(), "plan": plan_id, **scope.values()})
    return bytes(row["tile"]) if row and row["tile"] else b""


@cache
def _query(layers: tuple[str, ...], zoom: int, everywhere: bool) -> str:
    """The SQL of some layers at a zoom: the same text for every tile, so that it stays prepared."""
    scope = Scope(None if everywhere else ())
    parts = [_part(LAYERS[name], zoom, scope) for name in layers if LAYERS[name].minzoom <= zoom]
    if not parts:
        return ""
    return _WITH + " || ".join(f"coalesce(({part}), ''::bytea)" for part in parts) + " AS tile"


def _part(layer: Layer, zoom: int, scope: Scope) -> str:
    seen = "TRUE" if layer.scope_column is None else scope.sql(layer.scope_column)
    return layer.template().format(
        layer=layer.name,
        columns=layer.columns_at(zoom),
        table=layer.table,
        joins=layer.joins,
        seen=seen,
        plan=" AND t.plan_id = %(plan)s" if layer.by_plan else "",
        reach=_REACH,
        extent=EXTENT,
        buffer=BUFFER,
    )
