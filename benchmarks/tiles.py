"""Tiles of Tokyo's buildings: what the service takes for one, beside the bare SQL in psycopg in the same run."""

from __future__ import annotations

import asyncio
import math
import statistics
import tempfile
import time
from pathlib import Path

import httpx
import psycopg
import uvicorn

from benchmarks.imports import TOKYO
from gis.access.accounts import create, hash_password
from gis.access.roles import Role
from gis.access.scope import EVERYWHERE
from gis.db import Database
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local, logs
from gridtwin.app import create_app
from importers.load import run
from importers.request import ImportRequest
from tiles.pyramid import Tile
from tiles.render import render

_PASSWORD = "a benchmark's password"  # noqa: S105 - of a database that lives for a minute
_CENTRE = (139.745, 35.68)  # lon, lat: beside the Imperial Palace
_LIMIT = 2.0


def _trace(zoom: int) -> list[Tile]:
    """Neighbouring tiles around the centre: 9 at zoom 12, 64 from zoom 14 on."""
    side = 3 if zoom < 14 else 8
    n = 2**zoom
    x = int((_CENTRE[0] + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(_CENTRE[1]))) / math.pi) / 2 * n)
    return [Tile(zoom, x - side // 2 + column, y - side // 2 + row) for column in range(side) for row in range(side)]


async def _measure(dsn: str) -> list[tuple[int, float, float, float]]:
    """(zoom, median ms of the bare render, median ms over HTTP, median KB)."""
    database = Database(dsn, size=2)
    await database.open()
    app = create_app(Settings(database_pool=2), dsn)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", loop="uvloop", http="httptools"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    rows = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        answer = await client.post("/api/session", json={"username": "bench", "password": _PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        for zoom in (12, 14, 16, 18):
            tiles = _trace(zoom)
            bare, served, sizes = [], [], []
            for tile in tiles * 2:  # the first pass prepares statements and warms PostgreSQL
                began = time.perf_counter()
                rendered = await render(database, tile, ("buildings",), EVERYWHERE, None)
                bare.append(time.perf_counter() - began)
                began = time.perf_counter()
                answer = await client.get(f"/tiles/buildings/{tile.z}/{tile.x}/{tile.y}.pbf")
                served.append(time.perf_counter() - began)
                assert rendered
                assert answer.content == rendered.tile
                sizes.append(len(rendered.tile) / 1024)
            half = len(tiles)
            rows.append((
                zoom, statistics.median(bare[half:]) * 1000, statistics.median(served[half:]) * 1000,
                statistics.median(sizes[half:]),
            ))  # fmt: skip
    server.should_exit = True
    await serving
    await database.close()
    return rows


def main() -> bool:
    """Prints the table; whether the limit was kept."""
    if not TOKYO.exists():
        print("tiles: ../shared/data/tokyo is absent; nothing measured")
        return True
    logs.configure("console")
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        with local.database(settings) as dsn:
            upgrade(dsn)
            run(dsn, ImportRequest("buildings", TOKYO, columns={"code": "building_id"}, by="benchmark"))
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE building")
                create(connection, "bench", hash_password(_PASSWORD), Role.ADMINISTRATOR)
            rows = asyncio.run(_measure(dsn))
        local.discard(settings)
    print("Tokyo's buildings, one tile at a time, no cache   render ms   over HTTP ms   ratio   KB")
    for zoom, bare, served, size in rows:
        figures = f"{bare:9.1f}   {served:12.1f}   {served / bare:5.2f}   {size:.0f}"
        print(f"zoom {zoom}                                       {figures}")
    print(f"limit: {_LIMIT} x the bare render at zoom 14")
    return next(served / bare for zoom, bare, served, _ in rows if zoom == 14) <= _LIMIT


if __name__ == "__main__":
    main()
