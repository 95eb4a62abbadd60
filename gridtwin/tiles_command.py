"""`gridtwin tiles`: tiles made in advance, and tiles in a file."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from pathlib import Path
from typing import Annotated

import httpx
import psycopg
import typer
from rich.progress import Progress

from gis import migrations
from gis.access.sessions import Sessions
from gis.areas import plans
from gis.clock import SystemClock
from gis.db import Database
from gis.errors import BadRequest, NotFound, NotReady
from gridtwin import local
from gridtwin.terminal import answers, progress, read_settings
from tiles.layers import LAYERS, MAXZOOM
from tiles.pack import SUFFIXES, pack
from tiles.region import Region, region

tiles_app = typer.Typer(help="Tiles made in advance, and tiles in a file.", no_args_is_help=True)
_LAYERS = (
    "ground,ground_label,streets,areas,areas_label,grids,grids_label",
    "buildings,buildings_label,facilities",
)
_AT_ONCE = 4
_Within = Annotated[str | None, typer.Option("--within", help="Code of the area; all of the twin without it.")]
_Zooms = Annotated[str, typer.Option("--zooms", help="First and last zoom, such as 8-16.")]


@tiles_app.command()
def warm(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="For whom: tiles are kept by what is seen.")],
    within: _Within = None,
    zooms: _Zooms = "8-15",
    url: Annotated[
        str | None, typer.Option("--url", help="Where the service answers; its own address by default.")
    ] = None,
) -> None:
    """Have the running service render an area's tiles, so that the first visitor finds them made."""
    settings = read_settings()
    first, last = _zooms(zooms)
    address = (url or f"http://{settings.host}:{settings.port}").rstrip("/")

    async def run(dsn: str) -> None:
        database = Database(dsn, size=2)
        await database.open()
        try:
            place = await region(database, within)
            row = await database.one("SELECT id FROM account WHERE username = %s", (username,))
            if row is None:
                raise NotFound(what=username)
            sessions = Sessions(database, SystemClock(), days=1)
            token, _ = await sessions.open(row["id"])
            try:
                await _warm(address, token, place, first, last)
            finally:
                await sessions.end(token)
        finally:
            await database.close()

    with local.database(settings) as dsn:
        _require_schema(dsn)
        asyncio.run(run(dsn))


async def _warm(address: str, token: str, place: Region, first: int, last: int) -> None:
    asked = itertools.product(place.tiles(first, last), _LAYERS)
    total, sizes, began = place.count(first, last) * len(_LAYERS), [0, 0], time.monotonic()
    with Progress(console=progress) as bar:
        task = bar.add_task("tiles", total=total)
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:

            async def work() -> None:
                for tile, layers in asked:
                    path = f"{address}/tiles/{layers}/{tile.z}/{tile.x}/{tile.y}.pbf"
                    try:
                        answer = await client.get(path)
                        while answer.status_code == 503:
                            await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
                            answer = await client.get(path)
                    except httpx.TransportError as silent:
                        raise NotReady from silent
                    if answer.status_code != 200:
                        raise BadRequest(what=path, why=f"the service answered {answer.status_code}")
                    sizes[0] += 1
                    sizes[1] += len(answer.content)
                    bar.advance(task)

            workers = [asyncio.create_task(work()) for _ in range(_AT_ONCE)]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
    answers.print(f"{sizes[0]} tiles, {sizes[1] / 1e6:.1f} MB, {time.monotonic() - began:.1f} s")


@tiles_app.command("export")
def export_tiles(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write: .mbtiles or .pmtiles.")],
    within: _Within = None,
    zooms: _Zooms = "8-15",
    layers: Annotated[
        str, typer.Option("--layers", help="Layers, joined by commas.")
    ] = "ground,streets,areas,areas_label,grids,grids_label,buildings,buildings_label,facilities",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write an area's tiles to an MBTiles or PMTiles file, for use without a network; only its own rows are in it."""
    first, last = _zooms(zooms)
    names = tuple(dict.fromkeys(layers.split(",")))
    unknown = [name for name in names if name not in LAYERS]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(LAYERS)}", param_hint="--layers")
    if file.suffix not in SUFFIXES:
        raise typer.BadParameter(f"a file's name ends in {' or '.join(SUFFIXES)}", param_hint="FILE")
    if file.exists() and not overwrite:
        raise typer.BadParameter(f"{file} is there; say --overwrite", param_hint="FILE")

    async def run(dsn: str) -> int:
        database = Database(dsn, size=2)
        await database.open()
        try:
            place = await region(database, within)
            plan = await plans.in_force(database, "community")
            with Progress(console=progress) as bar:
                task = bar.add_task("tiles", total=place.count(first, last))
                return await pack(database, place, file, names, (first, last), plan, lambda: bar.advance(task))
        finally:
            await database.close()

    with local.database(read_settings()) as dsn:
        _require_schema(dsn)
        written = asyncio.run(run(dsn))
    answers.print(f"{file}: {written} tiles, {file.stat().st_size / 1e6:.1f} MB")


def _require_schema(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        migrations.require_head(connection)


def _zooms(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not 0 <= first <= last <= MAXZOOM:
        raise typer.BadParameter(f"zooms are written 8-16, from 0 to {MAXZOOM}", param_hint="--zooms")
    return first, last
