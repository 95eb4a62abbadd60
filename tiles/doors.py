"""The tile doors: `/tiles/{layers}/{z}/{x}/{y}.pbf` and `/tiles/{layers}.json`, in plain ASGI."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlencode

import msgspec
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from gis.access.accounts import Account
from gis.access.http import account_of
from gis.access.roles import Permission
from gis.areas import plans
from gis.clock import moment
from gis.doors import Door
from gis.errors import BadRequest, NoSuchTile, NotAllowed, UnknownLayer
from gis.service import Service
from tiles import tilejson
from tiles.layers import LAYERS, MAXZOOM
from tiles.render import Tile, render

MVT = "application/vnd.mapbox-vector-tile"
_QUERY = (
    ("kind", "Kind of grid that the layer `grids` shows (community by default)"),
    ("at", "Grids of that day (2026-05-01) or moment"),
    ("plan", "Grids of that plan, a draft for instance"),
)
_Answer = Callable[[Scope, Account, "_Wanted"], Awaitable[tuple[bytes, str]]]


class _Wanted:
    """What a request asks for: layers, and which plan's grids."""

    def __init__(self, scope: Scope, account: Account, service: Service) -> None:
        self.layers = _layers(scope["path_params"]["layers"], account)
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
        self.kind = query.get("kind", ["community"])[0]
        self.at = query.get("at", [None])[0]
        self.plan = query.get("plan", [None])[0]
        self._zone = service.settings.zone

    async def plan_id(self, service: Service, account: Account) -> int | None:
        """The id of the plan, when a layer depends on one."""
        if not any(LAYERS[name].by_plan for name in self.layers):
            return None
        try:
            at = moment(self.at, self._zone) if self.at else None
        except ValueError as unreadable:
            raise BadRequest(what="at", why="a day is written 2026-05-01, a moment in ISO 8601") from unreadable
        if self.plan is not None and not (self.plan.isascii() and self.plan.isdigit() and len(self.plan) < 19):
            raise BadRequest(what="plan", why="a plan is named by its number")
        plan = int(self.plan) if self.plan is not None else None
        return await plans.resolve(service.database, account, kind=self.kind, at=at, plan=plan)

    def query(self) -> str:
        """The query string of a tile of the same kind, moment and plan."""
        given = {"kind": self.kind if self.kind != "community" else None, "at": self.at, "plan": self.plan}
        text = urlencode({name: value for name, value in given.items() if value is not None})
        return f"?{text}" if text else ""


def _layers(text: str, account: Account) -> tuple[str, ...]:
    """The layers of the allow-list that a path names, each once; raises UnknownLayer, NotAllowed."""
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in LAYERS:
            raise UnknownLayer(layer=name[:50], known=", ".join(LAYERS))
        if LAYERS[name].fine and not account.may(Permission.SEE_FINE):
            raise NotAllowed(what=Permission.SEE_FINE.value)
    return names


def doors(service: Service) -> list[Door]:
    """The doors of this room."""

    async def tile(scope: Scope, account: Account, wanted: _Wanted) -> tuple[bytes, str]:
        place = scope["path_params"]
        wished = Tile(int(place["z"]), int(place["x"]), int(place["y"]))
        if wished.z > MAXZOOM or not wished.exists():
            raise NoSuchTile(z=wished.z, x=wished.x, y=wished.y)
        plan_id = await wanted.plan_id(service, account)
        return await render(service.database, wished, wanted.layers, account.scope, plan_id), MVT

    async def described(scope: Scope, account: Account, wanted: _Wanted) -> tuple[bytes, str]:
        plan_id = await wanted.plan_id(service, account)
        bounds = await tilejson.extent(service.database, wanted.layers, account.scope, plan_id)
        twin = await service.database.one("SELECT demo FROM twin")
        host = Headers(scope=scope).get("host", "localhost")
        root = f"{scope['scheme']}://{host}{scope.get('root_path', '')}"
        url = f"{root}/tiles/{','.join(wanted.layers)}/{{z}}/{{x}}/{{y}}.pbf{wanted.query()}"
        answer = tilejson.document(wanted.layers, url, bounds, demo=bool(twin and twin["demo"]))
        return msgspec.json.encode(answer), "application/json"

    return [
        Door(
            "GET",
            "/tiles/{layers}/{z}/{x}/{y}.pbf",
            _answering(service, tile),
            "A vector tile",
            "Layers are joined by commas; each MVT layer bears its name, features have ids.",
            _QUERY,
            MVT,
        ),
        Door(
            "GET",
            "/tiles/{layers}.json",
            _answering(service, described),
            "TileJSON 3.0.0 of some layers",
            "`bounds` is the extent of what the account sees of them.",
            _QUERY,
        ),
    ]


def _answering(service: Service, make: _Answer) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Makes an answer with its ETag; when the client goes before it is made, the work is cancelled."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        account = account_of(scope)
        wanted = _Wanted(scope, account, service)
        work = asyncio.ensure_future(make(scope, account, wanted))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                return
            body, media_type = work.result()
        finally:
            gone.cancel()
            if not work.done():
                work.cancel()
        await _send(scope, send, body, media_type)

    return answer


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(scope: Scope, send: Send, body: bytes, media_type: str) -> None:
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    seen = {tag.strip().removeprefix("W/") for tag in Headers(scope=scope).get("if-none-match", "").split(",")}
    same = etag in seen or "*" in seen
    headers = [
        (b"etag", etag.encode()),
        # the bytes depend on who asks, and may change with any commit: keep them, and ask each time
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Authorization, Cookie"),
    ]
    if not same:
        headers += [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 304 if same else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if same or scope["method"] == "HEAD" else body})
