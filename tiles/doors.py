"""The tile doors: `/tiles/{layers}/{z}/{x}/{y}.pbf` and `/tiles/{layers}.json`, in plain ASGI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope, Send

from gis.access.accounts import Account
from gis.access.http import account_of, token_of
from gis.access.roles import Permission
from gis.doors import Door
from gis.errors import NoSuchTile
from gis.issues.who import dealing
from gis.service import Service
from tiles import documents, public, tilejson
from tiles.answer import MVT, Asked, send_document, send_tile, send_unchanged, while_connected
from tiles.cache import Kept, Served, Subject
from tiles.clients import DOOR, FAILED
from tiles.encoded import Encoded
from tiles.engine import TileEngine
from tiles.layers import LAYERS, MAXZOOM, cache_control
from tiles.metrics import TileMetrics
from tiles.mirror import Mirror
from tiles.pyramid import Tile
from tiles.wanted import QUERY, Wanted


def engine_of(service: Service) -> TileEngine:
    """The engine of a service, as its settings bound it; it is closed with the service."""
    settings = service.settings
    engine = TileEngine(
        service.database,
        service.feed,
        memory_bytes=settings.tile_memory_mb * 1024 * 1024,
        renders=max(1, settings.database_pool * 3 // 4),  # the others are for what isn't a tile
        queue=settings.tile_queue,
        metrics=TileMetrics(service.registry),
    )
    service.at_end.append(engine.close)
    return engine


def doors(service: Service, engine: TileEngine, mirror: Mirror | None) -> list[Door]:
    """The doors of this room."""
    strangers = public.engine_of(service)
    service.at_end.append(strangers.close)
    return [
        *public.doors(service, strangers),
        Door(
            "GET",
            DOOR,
            _Tiles(service, engine, mirror),
            "A vector tile",
            "Layers are joined by commas; each MVT layer bears its name, features have ids.",
            QUERY,
            MVT.decode(),
        ),
        Door(
            "GET",
            "/tiles/style.json",
            _Document(service, lambda root, _: documents.style(root)),
            "A MapLibre style of all layers",
            "Labels are in Chinese, drawn by the client's own fonts; no glyph or sprite server is needed.",
        ),
        Door(
            "GET",
            "/tiles/{layers}.json",
            _Described(service),
            "TileJSON 3.0.0 of some layers",
            "`bounds` is the extent of what the account sees of them.",
            QUERY,
        ),
        Door(
            "GET",
            "/ogc",
            _Document(service, lambda root, _: documents.landing(root), open_to_all=True),
            "OGC API: landing page",
            "Links to what there is.",
            signed_in=False,
        ),
        Door(
            "GET",
            "/ogc/conformance",
            _Document(service, lambda _root, _: documents.conformance(), open_to_all=True),
            "OGC API: conformance",
            "The classes of OGC API Tiles and Features that the service conforms to.",
            signed_in=False,
        ),
        Door(
            "GET",
            "/ogc/tileMatrixSets",
            _Document(service, lambda root, _: documents.matrix_sets(root), open_to_all=True),
            "OGC API: tile matrix sets",
            "There is one: WebMercatorQuad.",
            signed_in=False,
        ),
        Door(
            "GET",
            "/ogc/tileMatrixSets/WebMercatorQuad",
            _Document(service, lambda _root, _: documents.matrix_set(), open_to_all=True),
            "OGC API: WebMercatorQuad",
            "Zooms 0 to 22.",
            signed_in=False,
        ),
        Door(
            "GET",
            "/ogc/tiles",
            _Document(service, lambda root, _: documents.tilesets(root)),
            "OGC API Tiles: tile sets",
            "There is one, of vector tiles.",
        ),
        Door(
            "GET",
            "/ogc/tiles/WebMercatorQuad",
            _Document(service, lambda root, account: documents.tileset(root, layers_for(account))),
            "OGC API Tiles: the tile set",
            "Its layers, as far as the account may ask for them.",
        ),
        Door(
            "GET",
            "/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}",
            _Collections(service, engine, mirror),
            "OGC API Tiles: a vector tile",
            "The same tiles by matrix, row and column.",
            (("collections", "Layers, joined by commas; without it the main ones"), *QUERY),
            MVT.decode(),
        ),
    ]


class _Document:
    """A small JSON document; `make` is given the service's address and the account."""

    def __init__(
        self, service: Service, make: Callable[[str, Account | None], dict[str, Any]], *, open_to_all: bool = False
    ) -> None:
        self._service = service
        self._make = make
        self._open_to_all = open_to_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        account = None if self._open_to_all else account_of(scope)
        told = Encoded(msgspec.json.encode(self._make(root_of(scope, self._service), account)))
        await send_document(scope, send, told, cache_control(()))


def layers_for(account: Account | None) -> tuple[str, ...]:
    """The layers that an account may ask for."""
    fine = account is not None and account.may(Permission.SEE_FINE)
    return tuple(name for name, layer in LAYERS.items() if fine or not layer.fine)


def root_of(scope: Scope, service: Service) -> str:
    """The address of the service as clients see it, without a slash at the end."""
    if service.settings.public_url:
        return service.settings.public_url.rstrip("/")
    host = Headers(scope=scope).get("host", "localhost")
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}"


class _Tiles:
    def __init__(self, service: Service, engine: TileEngine, mirror: Mirror | None) -> None:
        self._service = service
        self._engine = engine
        self._mirror = mirror

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (failed := scope.get(FAILED)) is not None:
            raise failed
        account = await dealing(scope, self._service.database)
        place = scope["path_params"]
        wanted = Wanted(place["layers"], scope["query_string"], account)
        tile = Tile(int(place["z"]), int(place["x"]), int(place["y"]))
        if tile.z > MAXZOOM or not tile.exists():
            raise NoSuchTile(z=tile.z, x=tile.x, y=tile.y)
        asked = Asked(scope)
        service, engine = self._service, self._engine
        fresh, plans = True, service.plans.version
        if wanted.by_plan:
            fresh = await service.feed.caught_up()
            plans = service.plans.version
            subject = Subject(tile, wanted.layers, await wanted.plan_id(service, account, fresh=fresh))
        else:
            subject = Subject(tile, wanted.layers, None)
            # a new render needs no catching up: its snapshot is younger than the question
            if engine.may_answer(subject, account.scope):
                fresh = await service.feed.caught_up()
        made: Served | None = engine.kept(subject, account.scope) if fresh else None
        if made is None:
            work = engine.get(subject, account.scope, fresh=fresh)
            made = await while_connected(receive, work, abandoned=engine.metrics.abandoned.inc)
            if made is None:
                return
        await self._send(scope, send, subject, made, asked)
        token, mirror = token_of(scope), self._mirror
        if mirror is None or token is None or scope["query_string"] or plans != service.plans.version:
            return
        if isinstance(made, Kept):
            mirror.lay(token, account, subject, made, asked.coding)

    async def _send(self, scope: Scope, send: Send, subject: Subject, served: Served, asked: Asked) -> None:
        tile, engine = served.tile, self._engine
        coding = tile.coding(asked.coding)
        control = cache_control(subject.layers)
        body = tile.ready(coding)
        if body is None:
            body = await engine.coded(subject, served, coding)
        if asked.has(tile):
            engine.metrics.unchanged.inc()
            await send_unchanged(send, tile, coding, control)
        else:
            await send_tile(scope, send, tile, body, coding, MVT, control)


class _Collections(_Tiles):
    """The same tiles as OGC API Tiles asks for them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = QueryParams(scope["query_string"])
        scope["path_params"]["layers"] = query.get("collections") or documents.DATASET
        await super().__call__(scope, receive, send)


class _Described:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        account = account_of(scope)
        wanted = Wanted(scope["path_params"]["layers"], scope["query_string"], account)
        document = await while_connected(receive, self._document(scope, account, wanted))
        if document is None:
            return
        await send_document(scope, send, Encoded(document), cache_control(wanted.layers))

    async def _document(self, scope: Scope, account: Account, wanted: Wanted) -> bytes:
        service = self._service
        plan_id = await wanted.plan_id(service, account, fresh=False)
        bounds = await tilejson.extent(service.database, wanted.layers, account.scope, plan_id)
        twin = await service.database.one("SELECT demo FROM twin")
        root = root_of(scope, service)
        url = f"{root}/tiles/{','.join(wanted.layers)}/{{z}}/{{x}}/{{y}}.pbf{wanted.query()}"
        return msgspec.json.encode(tilejson.document(wanted.layers, url, bounds, demo=bool(twin and twin["demo"])))
