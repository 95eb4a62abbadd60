"""The public view (公众版): the map for everybody, moved by the offset that the operator sets, without people.

A tile of moved shapes is the tile of the shapes around a box moved the other way: one number in one place, so that
nothing can be forgotten. Zooms end where tiles would begin to tell of households. Tiles are kept for a minute, by an
engine of its own with a short queue: strangers can't crowd out walls.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict

import msgspec
from prometheus_client import CollectorRegistry
from starlette.types import Receive, Scope, Send

from gis.access.scope import EVERYWHERE
from gis.doors import Door
from gis.errors import NoSuchTile, NotFound, UnknownLayer
from gis.service import Service
from tiles import tilejson
from tiles.answer import Asked, send_document, send_tile, send_unchanged, while_connected
from tiles.cache import Subject
from tiles.encoded import Encoded
from tiles.engine import TileEngine
from tiles.metrics import TileMetrics
from tiles.pyramid import HALF, Tile

SHOWN = ("ground", "ground_label", "streets", "areas", "areas_label", "grids", "grids_label", "buildings")
"""The layers that strangers get: no addresses, issues and workers, and no facilities, among which are cameras."""
MAXZOOM = 15
"""From zoom 16 on, tiles of buildings tell how many households each has."""
_MVT = b"application/vnd.mapbox-vector-tile"
_PLAN = "SELECT id FROM plan WHERE kind = 'community' AND state = 'published'"
_KEEP_S, _KEPT = 60.0, 1500
_CONTROL = b"public, max-age=60"


def doors(service: Service, engine: TileEngine) -> list[Door]:
    """The doors of the public view; they answer 404 while no offset is set."""
    return [
        Door(
            "GET",
            "/public/tiles/{layers}/{z}/{x}/{y}.pbf",
            _Tiles(service, engine),
            "A vector tile of the public view",
            "Without signing in, moved by `GRIDTWIN_PUBLIC_OFFSET`, up to zoom 15, without people.",
            media_type=_MVT.decode(),
            signed_in=False,
        ),
        Door(
            "GET",
            "/public/twin.json",
            _Outline(service),
            "The public view in outline",
            "Title, map approval number, source, and the moved extent.",
            signed_in=False,
        ),
    ]


def engine_of(service: Service) -> TileEngine:
    """A small engine of the public view's own."""
    own = TileMetrics(CollectorRegistry())  # the other engine's are told to Prometheus
    return TileEngine(service.database, service.feed, memory_bytes=0, renders=1, queue=24, metrics=own)


class _Tiles:
    def __init__(self, service: Service, engine: TileEngine) -> None:
        self._service = service
        self._engine = engine
        self._kept: OrderedDict[tuple[str, int, int, int], tuple[float, Encoded]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shift = self._service.settings.public_offset
        if shift is None:
            raise NotFound(what=scope["path"])
        place = scope["path_params"]
        names = tuple(dict.fromkeys(place["layers"].split(",")))
        for name in names:
            if name not in SHOWN:
                raise UnknownLayer(layer=name[:50], known=", ".join(SHOWN))
        tile = Tile(int(place["z"]), int(place["x"]), int(place["y"]), shift)
        if tile.z > MAXZOOM or not tile.exists():
            raise NoSuchTile(z=tile.z, x=tile.x, y=tile.y)
        made = await while_connected(receive, self._tile(names, tile))
        if made is None:
            return
        asked = Asked(scope)
        coding = made.coding(asked.coding)
        body = made.ready(coding)
        if body is None:
            body = await made.make(coding)
        if asked.has(made):
            await send_unchanged(send, made, coding, _CONTROL)
            return
        await send_tile(scope, send, made, body, coding, _MVT, _CONTROL)

    async def _tile(self, names: tuple[str, ...], tile: Tile) -> Encoded:
        key = (",".join(names), tile.z, tile.x, tile.y)
        until, kept = self._kept.get(key, (0.0, None))
        if kept is not None and until > time.monotonic():
            return kept
        row = await self._service.database.one(_PLAN) if any(name.startswith("grids") for name in names) else None
        plan = row["id"] if row else None
        made = (await self._engine.get(Subject(tile, names, plan), EVERYWHERE, fresh=True)).tile
        self._kept[key] = (time.monotonic() + _KEEP_S, made)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return made


class _Outline:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings, database = self._service.settings, self._service.database
        if settings.public_offset is None:
            raise NotFound(what=scope["path"])
        twin = await database.one("SELECT title, demo FROM twin") or {"title": "", "demo": False}
        extent = await tilejson.extent(database, ("areas", "buildings"), EVERYWHERE, None)
        told = {
            "title": twin["title"],
            "demo": bool(twin["demo"]),
            "approval": settings.map_approval,
            "source": settings.map_source,
            "bounds": extent and _moved(extent, settings.public_offset),
        }
        await send_document(scope, send, Encoded(msgspec.json.encode(told)), _CONTROL)


def _moved(bounds: list[float], shift: tuple[float, float]) -> list[float]:
    """(west, south, east, north) in degrees after the offset."""
    corners = [_degrees(*_metres(lon, lat), shift) for lon, lat in (bounds[:2], bounds[2:])]
    return [degrees for corner in corners for degrees in corner]


def _metres(lon: float, lat: float) -> tuple[float, float]:
    """A place in EPSG:3857 (spherical Mercator, EPSG guidance note 7-2, 1.3.3)."""
    return lon / 180 * HALF, math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / math.pi * HALF


def _degrees(x: float, y: float, shift: tuple[float, float]) -> tuple[float, float]:
    lat = math.degrees(2 * math.atan(math.exp((y + shift[1]) / HALF * math.pi)) - math.pi / 2)
    return (x + shift[0]) / HALF * 180, lat
