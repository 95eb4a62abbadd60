"""Tiles of a part of the twin in one file, for use without a network: MBTiles 1.3 or PMTiles 3."""

from __future__ import annotations

import contextlib
import gzip
import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import write as write_pmtiles

from gis.db import Database
from gis.errors import NotFound
from tiles.layers import LAYERS
from tiles.pyramid import HALF, Tile
from tiles.region import Region
from tiles.render import render

SUFFIXES = (".mbtiles", ".pmtiles")
_SCHEMA = """
CREATE TABLE metadata (name text PRIMARY KEY, value text);
CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob,
  PRIMARY KEY (zoom_level, tile_column, tile_row));
"""


class Book(Protocol):
    """A file that tiles are written to, in the order that it likes best."""

    def order(self, tiles: Iterable[Tile]) -> Iterable[Tile]:
        """The tiles in the order in which they are to be written."""

    def write(self, tile: Tile, packed: bytes) -> None:
        """Writes a tile that holds something, gzipped."""


class _MBTiles:
    def __init__(self, book: sqlite3.Connection) -> None:
        self._book = book

    def order(self, tiles: Iterable[Tile]) -> Iterable[Tile]:
        return tiles

    def write(self, tile: Tile, packed: bytes) -> None:
        row = 2**tile.z - 1 - tile.y  # MBTiles counts rows from the south
        self._book.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", (tile.z, tile.x, row, packed))


class _PMTiles:
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def order(self, tiles: Iterable[Tile]) -> Iterable[Tile]:
        # along the Hilbert curve: neighbours lie together in the file
        return sorted(tiles, key=lambda tile: int(zxy_to_tileid(tile.z, tile.x, tile.y)))

    def write(self, tile: Tile, packed: bytes) -> None:
        self._writer.write_tile(zxy_to_tileid(tile.z, tile.x, tile.y), packed)


async def pack(
    database: Database,
    region: Region,
    file: Path,
    layers: tuple[str, ...],
    zooms: tuple[int, int],
    plan_id: int | None,
    told: Callable[[], None],
) -> int:
    """Writes the tiles of some layers to a new file; returns how many hold something. Calls `told` after each.

    The suffix says which format it is. Raises NotFound when no tile holds anything; then there is no file.
    """
    unfinished = file.with_name(file.name + ".part")
    unfinished.unlink(missing_ok=True)
    written = 0
    begun = _mbtiles if file.suffix == ".mbtiles" else _pmtiles
    try:
        with begun(unfinished, _metadata(region, layers, zooms)) as book:
            for tile in book.order(region.tiles(*zooms)):
                made = await render(database, tile, layers, region.scope, plan_id)
                if made is not None and made.tile:
                    book.write(tile, gzip.compress(made.tile, 6, mtime=0))
                    written += 1
                told()
            if not written:
                raise NotFound(what=f"{','.join(layers)} {zooms[0]}-{zooms[1]}")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return written


@contextlib.contextmanager
def _mbtiles(file: Path, metadata: dict[str, str]) -> Iterator[Book]:
    with contextlib.closing(sqlite3.connect(file)) as book, book:
        book.executescript(_SCHEMA)
        book.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
        yield _MBTiles(book)


@contextlib.contextmanager
def _pmtiles(file: Path, metadata: dict[str, str]) -> Iterator[Book]:
    west, south, east, north = (round(float(each) * 1e7) for each in metadata["bounds"].split(","))
    lon, lat, zoom = metadata["center"].split(",")
    header = {
        "version": 3,
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": int(zoom),
        "center_lon_e7": round(float(lon) * 1e7),
        "center_lat_e7": round(float(lat) * 1e7),
    }
    with write_pmtiles(str(file)) as writer:
        yield _PMTiles(writer)
        writer.finalize(header, {"name": metadata["name"], **json.loads(metadata["json"])})


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
