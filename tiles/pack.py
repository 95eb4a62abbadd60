"""Tiles of a part of the twin in one file, for use without a network: MBTiles 1.3."""

from __future__ import annotations

import gzip
import json
import math
import sqlite3
from collections.abc import Callable
from pathlib import Path

from gis.db import Database
from tiles.layers import LAYERS
from tiles.pyramid import HALF
from tiles.region import Region
from tiles.render import render

_SCHEMA = """
CREATE TABLE metadata (name text PRIMARY KEY, value text);
CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob,
  PRIMARY KEY (zoom_level, tile_column, tile_row));
"""


async def pack(
    database: Database,
    region: Region,
    file: Path,
    layers: tuple[str, ...],
    zooms: tuple[int, int],
    plan_id: int | None,
    told: Callable[[], None],
) -> int:
    """Writes the tiles of some layers to a new file; returns how many hold something. Calls `told` after each."""
    unfinished = file.with_name(file.name + ".part")
    unfinished.unlink(missing_ok=True)
    written = 0
    with sqlite3.connect(unfinished) as book:
        book.executescript(_SCHEMA)
        book.executemany("INSERT INTO metadata VALUES (?, ?)", _metadata(region, layers, zooms).items())
        for tile in region.tiles(*zooms):
            made = await render(database, tile, layers, region.scope, plan_id)
            if made is not None and made.tile:
                row = 2**tile.z - 1 - tile.y  # MBTiles counts rows from the south
                packed = gzip.compress(made.tile, 6, mtime=0)
                book.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", (tile.z, tile.x, row, packed))
                written += 1
            told()
    book.close()
    unfinished.replace(file)
    return written


def _metadata(region: Region, layers: tuple[str, ...], zooms: tuple[int, int]) -> dict[str, str]:
    west, south, east, north = region.extent
    bounds = [*_degrees(west, south), *_degrees(east, north)]
    first, last = zooms
    described = [
        {
            "id": name,
            "description": LAYERS[name].title,
            "minzoom": max(first, LAYERS[name].minzoom),
            "maxzoom": last,
            "fields": LAYERS[name].fields,
        }
        for name in layers
    ]
    return {
        "name": "gridtwin",
        "format": "pbf",
        "bounds": ",".join(f"{value:.7f}" for value in bounds),
        "center": f"{(bounds[0] + bounds[2]) / 2:.7f},{(bounds[1] + bounds[3]) / 2:.7f},{min(last, 13)}",
        "minzoom": str(first),
        "maxzoom": str(last),
        "type": "baselayer",
        "json": json.dumps({"vector_layers": described}, ensure_ascii=False),
    }


def _degrees(x: float, y: float) -> tuple[float, float]:
    """(lon, lat) of a place in EPSG:3857."""
    return x / HALF * 180, math.degrees(2 * math.atan(math.exp(y / HALF * math.pi)) - math.pi / 2)
