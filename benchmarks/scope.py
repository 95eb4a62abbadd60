"""What scope costs: the same tiles for somebody who sees everything and for somebody limited to areas that hold it all.

Every one of Tokyo's buildings lies in one of 256 areas. Both accounts get the same bytes; the limited one's statement
bears the predicate and tells which areas are in the tile. Tiles are rendered each time; the two take turns, so that the
machine's mood is shared.
"""

from __future__ import annotations

import asyncio
import statistics
import time

import psycopg

from benchmarks.tiles.trace import Asked, trace
from benchmarks.tiles.twin import there, twin
from gis.access.scope import EVERYWHERE, Scope
from tiles import afar
from tiles.lanes import Lanes
from tiles.pyramid import Tile
from tiles.render import render

_TILES = 1_500
_MOST = 1.10
_AREAS = """
INSERT INTO area (code, name, level, path, geom)
SELECT 'w', '东京', 'street', 'w', ST_SetSRID(ST_Extent(geom)::geometry, 4326) FROM building;
INSERT INTO area (code, name, level, parent_id, path, geom)
SELECT 'w' || c || '_' || r, c || '-' || r, 'community', a.id, ('w.w' || c || '_' || r)::ltree,
  ST_MakeEnvelope(x + c * wide, y + r * high, x + (c + 1) * wide, y + (r + 1) * high, 4326)
FROM (SELECT id, ST_XMin(geom) AS x, ST_YMin(geom) AS y, (ST_XMax(geom) - ST_XMin(geom)) / 16 AS wide,
  (ST_YMax(geom) - ST_YMin(geom)) / 16 AS high FROM area WHERE code = 'w') a, generate_series(0, 15) c,
  generate_series(0, 15) r;
UPDATE building b SET area_id = a.id
FROM (SELECT geom FROM area WHERE code = 'w') w, area a
WHERE a.code = 'w' || width_bucket(ST_X(ST_PointOnSurface(b.geom)), ST_XMin(w.geom), ST_XMax(w.geom), 16) - 1
  || '_' || width_bucket(ST_Y(ST_PointOnSurface(b.geom)), ST_YMin(w.geom), ST_YMax(w.geom), 16) - 1;
VACUUM ANALYZE building;
"""


async def _measure(dsn: str, tiles: list[Asked], areas: tuple[int, ...]) -> tuple[list[float], list[float]]:
    lanes = Lanes(dsn, size=1, statement_timeout_ms=20_000)
    limited = Scope(areas)
    free_ms, limited_ms = [], []
    for turn in range(2):  # the first warms the database
        for number, asked in enumerate(tiles):
            tile, layers = Tile(asked.z, asked.x, asked.y), (asked.layer,)
            both = [(EVERYWHERE, free_ms), (limited, limited_ms)]
            bytes_of = []
            for scope, taken in both if number % 2 else reversed(both):
                began = time.perf_counter()
                made = await render(lanes, tile, layers, scope, None)
                if turn:
                    taken.append((time.perf_counter() - began) * 1000)
                assert made
                bytes_of.append(made.tile)
            assert bytes_of[0] == bytes_of[1], asked
    await lanes.close()
    return free_ms, limited_ms


def main() -> bool:
    """Prints the ratio; whether the limit was kept."""
    if not there():
        print("scope: ../shared/data/tokyo or cambridge is absent; nothing measured")
        return True
    tiles = [asked for asked in trace(10_000) if asked.layer == "buildings" and asked.z >= 15][:: 8_000 // _TILES]
    with twin() as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            for statement in _AREAS.split(";"):
                if statement.strip():
                    connection.execute(statement.encode())
            afar.renew(dsn)
            areas = tuple(row[0] for row in connection.execute("SELECT id FROM area WHERE code LIKE 'w%'"))
        free, limited = asyncio.run(_measure(dsn, tiles, areas))
    ratio = sum(limited) / sum(free)
    print(f"{len(tiles):,} tiles of Tokyo's buildings   median ms   mean ms")
    print(f"sees everything                  {statistics.median(free):12.2f}{statistics.mean(free):10.2f}")
    print(
        f"limited to {len(areas)} areas             {statistics.median(limited):12.2f}{statistics.mean(limited):10.2f}"
    )
    print(f"scope costs {ratio:.3f} of the time without, at most {_MOST}")
    return ratio <= _MOST


if __name__ == "__main__":
    main()
