"""From a commit to the right tile: over HTTP, by nginx, in a browser's map; and what else stays cached."""

from __future__ import annotations

import http.client
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import mapbox_vector_tile
import psycopg

from benchmarks.tiles import asking, nginx
from benchmarks.tiles.servers import Server, behind_nginx, ours
from benchmarks.tiles.trace import Asked, trace
from benchmarks.tiles.twin import PASSWORD, there, twin
from tiles.pyramid import touched

_EDITS = 100
_ROW = """
SELECT id, ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom)),
  ST_XMin(geom_3857), ST_YMin(geom_3857), ST_XMax(geom_3857), ST_YMax(geom_3857)
FROM building WHERE geom && ST_MakeEnvelope(139.731, 35.661, 139.739, 35.667, 4326) ORDER BY id
"""
# notes when a source has a tile in which the building that is watched has a height that was not there before
_WATCH = """() => {
  const map = window.gridtwin.map;
  window.watched = {id: 0, seen: {}};
  const sources = Object.entries(map.getStyle().sources)
    .filter(([, one]) => one.type === 'vector' && /buildings[,/]/.test(one.tiles[0])).map(([id]) => id);
  const look = () => {
    for (const source of sources)
      for (const one of map.querySourceFeatures(source, {sourceLayer: 'buildings', filter: ['==', ['id'], watched.id]}))
        if (!(one.properties.height in watched.seen)) watched.seen[one.properties.height] = Date.now();
  };
  map.on('sourcedata', (event) => { if (event.tile && sources.includes(event.sourceId)) look(); });
}"""


def main() -> bool:
    """Prints what an edit takes; whether the limits were kept."""
    if not there():
        print("tiles.fresh: ../shared/data/tokyo or cambridge is absent; nothing measured")
        return True
    with twin() as dsn:
        return measure(dsn)


def measure(dsn: str) -> bool:
    """As `main`, on a twin that is there."""
    print(f"\n{_EDITS} edits by SQL, from commit to right tile      median ms   p99 ms   longest ms")
    with psycopg.connect(dsn, autocommit=True) as connection:
        buildings = random.Random(2).sample(connection.execute(_ROW).fetchall(), _EDITS)
        with ours(dsn) as server:
            _show("asked of the service", _asked(connection, server, buildings))
            kept = _others(connection, server, buildings[:20])
            shown = _browser(connection, server, buildings)
        if shown:
            p99 = _show("in a browser's map, told by the live connection", shown)
            kept &= p99 < 300
            print(f"  at most 300: {'kept' if p99 < 300 else 'MISSED'}")
        if nginx.there():
            with behind_nginx(dsn) as server:
                _show("asked of nginx in front", _asked(connection, server, buildings))
    return kept


def _show(what: str, taken: list[float]) -> float:
    ordered = sorted(taken)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"{what:48}{statistics.median(ordered):9.1f}{p99:9.1f}{ordered[-1]:13.1f}")
    return p99


def _edit(connection: psycopg.Connection, building: tuple[Any, ...], height: int) -> None:
    connection.execute("UPDATE building SET height = %s WHERE id = %s", (height, building[0]))


def _tile(building: tuple[Any, ...], zoom: int) -> Asked:
    west, _, north, _ = touched((building[3], building[4], building[5], building[6]), zoom)
    return Asked("buildings", zoom, west, north)


def _asked(connection: psycopg.Connection, server: Server, buildings: Sequence[tuple[Any, ...]]) -> list[float]:
    """Until an answer of the tile shows the edit, asked again and again from the commit on."""
    asking_it = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    taken = []

    def heights(tile: Asked) -> set[float]:
        asking_it.request("GET", server.path(tile), headers=server.headers)
        body = asking_it.getresponse().read()
        layers = mapbox_vector_tile.decode(body)
        return {one["properties"].get("height", 0) for one in layers["buildings"]["features"]}

    for number, building in enumerate(buildings):
        tile, height = _tile(building, 17), 2000 + number
        for _ in range(3):
            heights(tile)
        _edit(connection, building, height)
        began = time.perf_counter()
        while height not in heights(tile):
            pass
        taken.append((time.perf_counter() - began) * 1000)
    asking_it.close()
    return taken


def _others(connection: psycopg.Connection, server: Server, buildings: Sequence[tuple[Any, ...]]) -> bool:
    """Which share of the tiles that edits do not reach is still cached after them."""
    tiles = [tile for tile in trace(3000) if tile.z >= 13]
    asking.one_by_one(server, tiles)
    before = _rendered(server)
    asking.one_by_one(server, tiles)
    unasked = _rendered(server) - before
    reached: set[Asked] = set()
    for number, building in enumerate(buildings):
        _edit(connection, building, 3000 + number)
        for zoom in range(23):
            west, east, north, south = touched((building[3], building[4], building[5], building[6]), zoom)
            reached |= {Asked("buildings", zoom, x, y) for x in range(west, east + 1) for y in range(north, south + 1)}
    time.sleep(3)  # merged squares follow
    before = _rendered(server)
    asking.one_by_one(server, tiles)
    again = _rendered(server) - before
    untouched = [tile for tile in tiles if tile not in reached]
    lost = max(0, again - (len(tiles) - len(untouched)))
    share = 1 - lost / len(untouched)
    print(
        f"  after 20 edits: {again:.0f} of {len(tiles):,} cached tiles rendered again ({unasked:.0f} without an edit),"
        f" {len(tiles) - len(untouched)} were reached; of the others {share:.1%} stayed, at least 99 %:"
        f" {'kept' if share >= 0.99 else 'MISSED'}"
    )
    return share >= 0.99


def _rendered(server: Server) -> float:
    text = httpx.get(f"http://127.0.0.1:{server.port}/metrics", headers=server.headers).text
    wanted = 'gridtwin_tiles_total{layer="buildings",outcome="rendered"} '
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(wanted))


def _browser(
    connection: psycopg.Connection, server: Server, buildings: Sequence[tuple[Any, ...]]
) -> list[float] | None:
    """From the commit until the map's source has the tile, in headless Chromium that draws by software."""
    from pictures.camera import CHROMIUM, camera

    if not Path(CHROMIUM).exists():
        print("Chromium is absent: the browser's map is not measured")
        return None
    taken = []
    with camera() as one, one.looking(
        f"http://127.0.0.1:{server.port}", "map=16.2/35.664/139.735", (900, 600), account="bench", password=PASSWORD
    ) as page:  # fmt: skip
        page.evaluate(_WATCH)
        in_view = [one for one in buildings if abs(one[1] - 139.735) < 0.003 and abs(one[2] - 35.664) < 0.0017]
        for number in range(_EDITS):
            building, height = in_view[number % len(in_view)], 4000 + number
            page.evaluate("(id) => { watched.id = id; watched.seen = {}; }", building[0])
            _edit(connection, building, height)
            began = time.time()
            page.wait_for_function("(height) => watched.seen[height]", arg=height, timeout=20_000)
            taken.append(page.evaluate("(height) => watched.seen[height]", height) - began * 1000)
    return taken


if __name__ == "__main__":
    main()
