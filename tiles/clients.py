"""Clients whose headers are known: their questions for tiles are answered without being taken apart each time anew.

A browser, a wall or a program sends the same headers with each tile. What they mean (who asks, which content coding is
wanted, what the client has already) is learned from an answer that went the usual way, through the middleware and the
tile door; after that only the path is read. All else is asked as ever: whether the process has caught up with what was
committed, whether the sign-in still holds, what the scope sees of the tile, which plan is in force. Whatever is in
doubt goes the usual way.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gis.access.accounts import Account
from gis.access.http import account_or_none, token_of
from gis.access.rates import Rates
from gis.access.roles import Permission
from gis.access.sessions import Sessions, digest
from gis.areas.register import PlanRegister
from gis.changes import Feed
from gis.errors import GridtwinError, Overloaded, TooManyRequests, UnknownLayer
from tiles.answer import MVT, Asked
from tiles.cache import Kept, Served, Subject
from tiles.engine import Flight, TileEngine
from tiles.layers import MAXZOOM, cache_control
from tiles.mirror import Mirror
from tiles.pyramid import Tile
from tiles.wanted import named

STATE = "gridtwin.clients"
"""Where the lifespan's state holds the `Clients` of a service."""
HEAD = "gridtwin.head"
"""Where an ASGI scope holds a request's headers as they came, from the end of the first line on."""
FAILED = "gridtwin.failed"
"""Where an ASGI scope holds the error that its question has met with already."""
DOOR = "/tiles/{layers}/{z}/{x}/{y}.pbf"
_PATH = re.compile(r"/tiles/([a-z_,]+)/(\d{1,2})/(\d{1,9})/(\d{1,9})\.pbf", re.ASCII)
_MOST_CLIENTS, _MOST_PLACES = 5_000, 20_000
_PER_TILE = {b"etag", b"cache-control", b"content-type", b"content-length", b"content-encoding", b"x-request-id"}


class Answered(Protocol):
    """Counts a request (`gis.middleware.Metrics.answered`)."""

    def __call__(self, method: str, door: str, status: int, seconds: float) -> None: ...  # noqa: D102


class Client:
    """Who sends some headers, what they ask for, and what every answer to them says."""

    __slots__ = ("account", "address", "asked", "fine", "key", "rest", "token")

    def __init__(self, token: str, account: Account, address: str, asked: Asked, rest: bytes) -> None:
        self.token, self.key = token, digest(token)
        self.address = address
        self.account = account
        self.fine = account.may(Permission.SEE_FINE)
        self.asked = asked
        self.rest = rest


class Place:
    """What a path asks for."""

    __slots__ = ("by_plan", "control", "fine", "layers", "subject", "tile")

    def __init__(self, layers: tuple[str, ...], tile: Tile, *, fine: bool, by_plan: bool) -> None:
        self.layers, self.tile = layers, tile
        self.fine, self.by_plan = fine, by_plan
        self.subject = Subject(tile, layers, None)
        self.control = cache_control(layers)


class Clients:
    """The known clients of one process."""

    def __init__(
        self,
        engine: TileEngine,
        feed: Feed,
        sessions: Sessions,
        plans: PlanRegister,
        rates: Rates,
        answered: Answered,
        mirror: Mirror | None,
    ) -> None:
        self.engine = engine
        self.feed = feed
        self.sessions = sessions
        self.plans = plans
        self._rates = rates
        self.answered = answered
        self.mirror = mirror
        self._by_head: dict[bytes, Client] = {}
        self._places: dict[bytes, Place] = {}

    def learn(self, head: bytes, client: Client) -> None:
        """Remembers whose headers these are."""
        if len(self._by_head) >= _MOST_CLIENTS:
            self._by_head.clear()
        self._by_head[head] = client

    def question(self, head: bytes, path: bytes) -> Question | None:
        """A question of a known client who is still signed in, if it is one for a tile that the client may ask for."""
        client = self._by_head.get(head)
        if client is None or not self.signed_in(client):
            return None
        place = self._places.get(path) or self._place(path)
        if place is None or (place.fine and not client.fine):
            return None
        try:
            self._rates.count_account(client.address, client.key)
        except TooManyRequests:
            return None
        return Question(self, client, place)

    def signed_in(self, client: Client) -> bool:
        """Whether the sign-in holds, and is what it was."""
        account = self.sessions.remembered(client.key)
        if account is not client.account:
            if account != client.account:
                return False
            client.account = account
        return True

    def _place(self, path: bytes) -> Place | None:
        found = _PATH.fullmatch(path.decode("latin-1"))
        if found is None:
            return None
        tile = Tile(int(found[2]), int(found[3]), int(found[4]))
        if tile.z > MAXZOOM or not tile.exists():
            return None
        try:
            layers, fine, by_plan = named(found[1])
        except UnknownLayer:
            return None
        if len(self._places) >= _MOST_PLACES:
            self._places.clear()
        place = self._places[path] = Place(layers, tile, fine=fine, by_plan=by_plan)
        return place


class Question:
    """One question under way. `put` calls back with the answer: (status, headers, body), None for the usual way."""

    __slots__ = ("_began", "_client", "_clients", "_done", "_flight", "_place", "_plans", "_subject", "failed", "over")

    def __init__(self, clients: Clients, client: Client, place: Place) -> None:
        self._clients = clients
        self._client = client
        self._place = place
        self._subject = place.subject
        self._plans = clients.plans.version
        self._flight: Flight | None = None
        self._began = time.perf_counter()
        self._done: Callable[[tuple[int, bytes, bytes] | None], None]
        self.failed: GridtwinError | None = None
        """Why there is no tile, when the usual way is left to say so."""
        self.over = False

    def put(self, done: Callable[[tuple[int, bytes, bytes] | None], None]) -> None:
        """Asks it; `done` may be called at once."""
        self._done = done
        clients = self._clients
        if self._place.by_plan or clients.engine.may_answer(self._subject, self._client.account.scope):
            clients.feed.ask(self._caught_up)
        else:  # a new render needs no catching up: its snapshot is younger than the question
            self._render()

    def leave(self) -> None:
        """The client has gone; a render that nobody else waits for ends."""
        if not self.over:
            self.over = True
            if self._flight is not None:
                self._clients.engine.metrics.abandoned.inc()
                self._clients.engine.leave(self._flight)

    def _caught_up(self, caught_up: bool) -> None:
        if self.over:
            return
        clients = self._clients
        if not caught_up or not clients.signed_in(self._client):
            self._finish(None)
            return
        if self._place.by_plan:
            self._plans = clients.plans.version
            found, plan = clients.plans.in_force("community")
            if not found:
                self._finish(None)
                return
            self._subject = Subject(self._place.tile, self._place.layers, plan)
        kept = clients.engine.kept(self._subject, self._client.account.scope)
        if kept is None:
            self._render()
        else:
            self._give(kept)

    def _render(self) -> None:
        try:
            self._flight = self._clients.engine.join(self._subject, self._client.account.scope, fresh=True)
        except Overloaded as refused:
            self.failed = refused
            self._finish(None)
            return
        self._flight.task.add_done_callback(self._rendered)

    def _rendered(self, task: asyncio.Task[dict[Subject, Served]]) -> None:
        if self.over:
            return
        flight, self._flight = self._flight, None
        if flight is not None:
            self._clients.engine.leave(flight)
        failed = None if task.cancelled() else task.exception()
        if task.cancelled() or failed is not None:
            self.failed = failed if isinstance(failed, GridtwinError) else None
            self._finish(None)
            return
        served = task.result().get(self._subject)
        if served is None:
            self._render()
        else:
            self._give(served)

    def _give(self, served: Served) -> None:
        asked, tile = self._client.asked, served.tile
        coding = tile.coding(asked.coding)
        body = tile.ready(coding)
        if body is None:
            coded = asyncio.ensure_future(self._clients.engine.coded(self._subject, served, coding))
            coded.add_done_callback(lambda task: self._coded(task, served))
            return
        head = b"etag: %b\r\ncache-control: %b\r\n" % (tile.etag(coding), self._place.control)
        if asked.has(tile):
            self._clients.engine.metrics.unchanged.inc()
            self._finish((304, head + self._client.rest, b""))
            return
        head += b"content-type: %b\r\ncontent-length: %d\r\n" % (MVT, len(body))
        if coding:
            head += b"content-encoding: %b\r\n" % coding.encode()
        self._finish((200, head + self._client.rest, body))
        mirror = self._clients.mirror
        if mirror is not None and isinstance(served, Kept) and self._plans == self._clients.plans.version:
            mirror.lay(self._client.token, self._client.account, self._subject, served, asked.coding)

    def _coded(self, task: asyncio.Future[bytes], served: Served) -> None:
        if self.over:
            return
        if task.cancelled() or task.exception() is not None:
            self._finish(None)
        else:
            self._give(served)

    def _finish(self, answer: tuple[int, bytes, bytes] | None) -> None:
        self.over = True
        if answer is not None:
            self._clients.answered("GET", DOOR, answer[0], time.perf_counter() - self._began)
        self._done(answer)


class Learn:
    """The outermost layer: whose headers they were is learned from the answer to a question for a tile."""

    def __init__(self, app: ASGIApp, clients: Clients) -> None:
        self._app = app
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        head = scope.get(HEAD)
        if head is None:
            await self._app(scope, receive, send)
            return
        start: Message = {}

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            await send(message)

        await self._app(scope, receive, noted)
        token, account = token_of(scope), account_or_none(scope)
        if start.get("status") not in (200, 304) or scope.get("gridtwin.door") != DOOR:
            return
        if token is not None and account is not None:
            address = str(scope["client"][0]) if scope.get("client") else ""
            rest = b"".join(b"%b: %b\r\n" % header for header in start["headers"] if header[0] not in _PER_TILE)
            self._clients.learn(head, Client(token, account, address, Asked(scope), rest))
