"""A million buildings and 5,000 grids: how long the coldest tile of z8 to z12 takes, and how heavy tiles are."""

from __future__ import annotations

import contextlib
import http.client
import math
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.tiles.servers import Server, ours
from benchmarks.tiles.trace import Asked
from benchmarks.tiles.twin import PASSWORD
from gis.access.accounts import create, hash_password
from gis.access.roles import Role
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local
from tiles import afar

_SIDE = 1000  # a million houses, 22 m apart, in 100 communities with 50 grids each
_WEST, _SOUTH, _STEP = 118.0, 36.6, 0.00025
_AREAS = """
INSERT INTO area (code, name, level, path, geom) SELECT 's' || i || '_' || j, i || '-' || j || '社区', 'community',
  ('s' || i || '_' || j)::ltree, ST_MakeEnvelope(%(west)s + i * %(area)s, %(south)s + j * %(area)s,
  %(west)s + (i + 1) * %(area)s, %(south)s + (j + 1) * %(area)s, 4326)
FROM generate_series(0, 9) i, generate_series(0, 9) j
"""
_GRIDS = """
WITH p AS (INSERT INTO plan (kind, name, state, valid)
  VALUES ('community', '一', 'published', '[2026-01-01,)') RETURNING id),
c AS (INSERT INTO grid_code (kind, code) SELECT 'community', 'g' || i || '_' || j
  FROM generate_series(0, 49) i, generate_series(0, 99) j RETURNING id, code)
INSERT INTO grid (plan_id, id, code, name, geom) SELECT p.id, c.id, c.code, c.code || '网格', ST_MakeEnvelope(
  %(west)s + i * %(w)s, %(south)s + j * %(h)s, %(west)s + (i + 1) * %(w)s, %(south)s + (j + 1) * %(h)s, 4326)
FROM p, c, LATERAL (SELECT split_part(substr(c.code, 2), '_', 1)::int AS i, split_part(c.code, '_', 2)::int AS j) n
"""
_HOUSES = """
INSERT INTO building (name, height, levels, use, area_id, geom) SELECT i || '-' || j || '号楼', 6 + (i * 7 + j) %% 60,
  2 + (i * 7 + j) %% 20, 'residential', (SELECT id FROM area WHERE code = 's' || (%(from)s / 100) || '_' || (j / 100)),
  ST_MakeEnvelope(%(west)s + i * %(step)s, %(south)s + j * %(step)s,
    %(west)s + (i + 0.3 + (i * j) %% 5 * 0.1) * %(step)s, %(south)s + (j + 0.3 + (i + j) %% 4 * 0.1) * %(step)s, 4326)
FROM generate_series(%(from)s, %(from)s + 99) i, generate_series(0, %(side)s - 1) j
"""
_LAYERS = "areas,areas_label,grids,grids_label,buildings"


def main() -> bool:
    """Prints a row for each zoom; whether all limits were kept."""
    with _twin() as dsn, ours(dsn) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        kept = True
        print("\na million buildings and 5,000 grids, each tile for the first time    tiles   longest ms   heaviest KB")
        for zoom in range(8, 19):
            tiles = _tiles(zoom)
            _ask(connection, server, Asked("buildings", zoom, 0, 0))  # the connection's statements are prepared
            _ask(connection, server, Asked(_LAYERS, zoom, 1, 1))
            taken, weights = [], []
            for tile in tiles:
                began = time.perf_counter()
                weights.append(_ask(connection, server, tile))
                taken.append((time.perf_counter() - began) * 1000)
            kept &= (max(taken) <= 150 or zoom > 12) and max(weights) <= 250_000
            print(f"  z{zoom:<66}{len(tiles):6}{max(taken):13.1f}{max(weights) / 1000:14.1f}")
        print(f"at most 150 ms at z8 to z12, and 250 KB: {'kept' if kept else 'MISSED'}")
    return kept


def _ask(connection: http.client.HTTPConnection, server: Server, tile: Asked) -> int:
    connection.request("GET", server.path(tile), headers=server.headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (answer.status, tile)
    return len(body)


def _tiles(zoom: int) -> list[Asked]:
    """All tiles of the town at a zoom, or 60 in the middle of it."""
    n = 2**zoom

    def row(lat: float) -> int:
        return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)

    far = _SIDE * _STEP
    columns = range(int((_WEST + 180) / 360 * n), int((_WEST + far + 180) / 360 * n) + 1)
    rows = range(row(_SOUTH + far), row(_SOUTH) + 1)
    places = [Asked(_LAYERS, zoom, x, y) for x in columns for y in rows]
    middle = len(places) // 2
    return places if len(places) <= 60 else places[middle - 30 : middle + 30]


@contextlib.contextmanager
def _twin() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        with local.database(settings) as dsn:
            upgrade(dsn)
            place = {"west": _WEST, "south": _SOUTH, "step": _STEP, "side": _SIDE}
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(_AREAS, {**place, "area": _SIDE * _STEP / 10})
                connection.execute(_GRIDS, {**place, "w": _SIDE * _STEP / 50, "h": _SIDE * _STEP / 100})
                connection.execute("SET gridtwin.placed = 'on'")
                for first in range(0, _SIDE, 100):
                    connection.execute(_HOUSES, {**place, "from": first})
                connection.execute("VACUUM ANALYZE")
                create(connection, "bench", hash_password(PASSWORD), Role.ADMINISTRATOR)
            began = time.perf_counter()
            afar.renew(dsn)
            print(f"all squares of a million buildings made anew in {time.perf_counter() - began:.1f} s")
            yield dsn
        local.discard(settings)


if __name__ == "__main__":
    main()
