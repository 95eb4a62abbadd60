"""The tile doors: `/tiles/{layers}/{z}/{x}/{y}.pbf` and `/tiles/{layers}.json`, in plain ASGI."""

from __future__ import annotations

import msgspec
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from gis.access.accounts import Account
from gis.access.http import account_of
from gis.doors import Door
from gis.errors import NoSuchTile
from gis.service import Service
from tiles import tilejson
from tiles.answer import Asked, send_tile, send_unchanged, while_connected
from tiles.cache import Served, Subject
from tiles.encoded import Encoded
from tiles.engine import TileEngine
from tiles.layers import MAXZOOM, cache_control
from tiles.metrics import TileMetrics
from tiles.pyramid import Tile
from tiles.wanted import QUERY, Wanted

MVT = "application/vnd.mapbox-vector-tile"


def engine_of(service: Service) -> TileEngine:
    """The engine of a service, as its settings bound it."""
    settings = service.settings
    return TileEngine(
        service.database,
        service.feed,
        memory_bytes=settings.tile_memory_mb * 1024 * 1024,
        renders=max(1, settings.database_pool * 3 // 4),  # the others are for what isn't a tile
        queue=settings.tile_queue,
        metrics=TileMetrics(service.registry),
    )


def doors(service: Service) -> list[Door]:
    """The doors of this room."""
    return [
        Door(
            "GET",
            "/tiles/{layers}/{z}/{x}/{y}.pbf",
            _Tiles(service, engine_of(service)),
            "A vector tile",
            "Layers are joined by commas; each MVT layer bears its name, features have ids.",
            QUERY,
            MVT,
        ),
        Door(
            "GET",
            "/tiles/{layers}.json",
            _Described(service),
            "TileJSON 3.0.0 of some layers",
            "`bounds` is the extent of what the account sees of them.",
            QUERY,
        ),
    ]


class _Tiles:
    def __init__(self, service: Service, engine: TileEngine) -> None:
        self._service = service
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        account = account_of(scope)
        place = scope["path_params"]
        wanted = Wanted(place["layers"], scope["query_string"], account)
        tile = Tile(int(place["z"]), int(place["x"]), int(place["y"]))
        if tile.z > MAXZOOM or not tile.exists():
            raise NoSuchTile(z=tile.z, x=tile.x, y=tile.y)
        asked = Asked(scope)
        fresh = await self._service.feed.caught_up()
        subject = Subject(tile, wanted.layers, await wanted.plan_id(self._service, account, fresh=fresh))
        kept = self._engine.kept(subject, account.scope) if fresh else None
        if kept is not None:
            await self._send(scope, send, subject, kept, asked)
            return
        work = self._engine.get(subject, account.scope, fresh=fresh)
        made = await while_connected(receive, work, abandoned=self._engine.metrics.abandoned.inc)
        if made is not None:
            await self._send(scope, send, subject, made, asked)

    async def _send(self, scope: Scope, send: Send, subject: Subject, served: Served, asked: Asked) -> None:
        coding = served.tile.coding(asked.coding)
        control = cache_control(subject.layers)
        if asked.has(served.tile.etag):
            self._engine.metrics.unchanged.inc()
            await send_unchanged(send, served.tile, coding, control)
            return
        body = served.tile.ready(coding) or await self._engine.coded(subject, served, coding)
        await send_tile(scope, send, served.tile, body, coding, MVT.encode(), control)


class _Described:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        account = account_of(scope)
        wanted = Wanted(scope["path_params"]["layers"], scope["query_string"], account)
        document = await while_connected(receive, self._document(scope, account, wanted))
        if document is None:
            return
        asked, told = Asked(scope), Encoded(document)
        coding = told.coding(asked.coding)
        control = cache_control(wanted.layers)
        if asked.has(told.etag):
            await send_unchanged(send, told, coding, control)
        else:
            body = told.ready(coding) or await told.make(coding)
            await send_tile(scope, send, told, body, coding, b"application/json", control)

    async def _document(self, scope: Scope, account: Account, wanted: Wanted) -> bytes:
        service = self._service
        plan_id = await wanted.plan_id(service, account, fresh=False)
        bounds = await tilejson.extent(service.database, wanted.layers, account.scope, plan_id)
        twin = await service.database.one("SELECT demo FROM twin")
        host = Headers(scope=scope).get("host", "localhost")
        root = f"{scope['scheme']}://{host}{scope.get('root_path', '')}"
        url = f"{root}/tiles/{','.join(wanted.layers)}/{{z}}/{{x}}/{{y}}.pbf{wanted.query()}"
        return msgspec.json.encode(tilejson.document(wanted.layers, url, bounds, demo=bool(twin and twin["demo"])))
