"""A part of the twin whose tiles are made in advance: an area with everything below it, or all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gis.access.scope import EVERYWHERE, Scope
from gis.db import Database
from gis.errors import NotFound
from tiles.pyramid import Extent, Tile, touched

_AREA = """
SELECT array_agg(d.id) AS ids, ST_XMin(e) AS west, ST_YMin(e) AS south, ST_XMax(e) AS east, ST_YMax(e) AS north
FROM (SELECT path, ST_Envelope(geom_3857) AS e FROM area WHERE code = %s) a JOIN area d ON d.path <@ a.path GROUP BY e
"""
_ALL = """
SELECT ST_XMin(e) AS west, ST_YMin(e) AS south, ST_XMax(e) AS east, ST_YMax(e) AS north
FROM (SELECT ST_Extent(g) AS e FROM (
  SELECT ST_Extent(geom_3857)::geometry AS g FROM area UNION ALL SELECT ST_Extent(geom_3857) FROM building
) parts) whole WHERE e IS NOT NULL
"""


@dataclass(frozen=True)
class Region:
    """Where it is (3857), and whose rows belong to it."""

    extent: Extent
    scope: Scope

    def tiles(self, first: int, last: int) -> Iterator[Tile]:
        """Its tiles from one zoom to another, the widest first."""
        for zoom in range(first, last + 1):
            west, east, north, south = touched(self.extent, zoom)
            for x in range(west, east + 1):
                for y in range(north, south + 1):
                    yield Tile(zoom, x, y)

    def count(self, first: int, last: int) -> int:
        """How many tiles that are."""
        return sum(
            (east - west + 1) * (south - north + 1)
            for west, east, north, south in (touched(self.extent, zoom) for zoom in range(first, last + 1))
        )


async def region(database: Database, within: str | None) -> Region:
    """The area of a code, or the whole twin; raises NotFound when it isn't there or holds nothing."""
    row = await (database.one(_ALL) if within is None else database.one(_AREA, (within,)))
    if row is None:
        raise NotFound(what="area" if within is None else f"area {within}")
    extent = (row["west"], row["south"], row["east"], row["north"])
    return Region(extent, EVERYWHERE if within is None else Scope(tuple(row["ids"])))
