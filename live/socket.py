"""`WS /live`: one connection of a wall, in binary frames or, with `?format=json`, in JSON."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gis.access.accounts import Account
from gis.access.http import account_of, token_of
from gis.access.roles import Permission
from gis.access.sessions import Watch
from gis.errors import BadRequest, NotAllowed
from gis.messages import Both
from live.layer import LiveLayer
from live.notices import Notices
from live.redrawn import TOPIC, reach
from live.viewer import FrameViewer, IssueViewer, JsonViewer, View, Viewer

_POLICY_VIOLATION = 1008
_OTHER_SITE = Both("从其他网站打开实时连接", "open a live connection from another site")


def live(layer: LiveLayer) -> ASGIApp:
    """The door of the live connection."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        account = account_of(scope)
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
        only_issues = query.get("of") == ["issues"]
        if not only_issues:
            account.require(Permission.SEE_WORKERS)
        _check_origin(scope)
        topics = frozenset(query.get("tell", [""])[0].split(","))
        view = _view(_numbers(query.get("bbox", [""])[0]), _zoom(query.get("zoom", ["22"])[0]))
        async with layer.service.sessions.watch(token_of(scope)) as watch:
            await receive()  # websocket.connect
            await send({"type": "websocket.accept"})
            # subscribe first, then take the snapshot: what changes in between is in both, and nothing is in neither
            viewer = _viewer(layer, account, only_issues=only_issues, json=query.get("format") == ["json"])
            viewer.see(account.scope, view)
            viewer.notices = Notices(topics, viewer.wake.set)
            viewer.reach = await reach(layer.service.database, account.scope) if TOPIC in topics else None
            layer.hub.viewers.add(viewer)
            try:
                await _Connection(viewer, watch).run(receive, send)
            finally:
                layer.hub.viewers.discard(viewer)

    return answer


def _viewer(layer: LiveLayer, account: Account, *, only_issues: bool, json: bool) -> Viewer:
    def now_ms() -> float:
        return layer.now() / 1000

    if not only_issues and not json:
        return FrameViewer(layer.hub, account.scope, now_ms)
    return (IssueViewer if only_issues else JsonViewer)(layer.hub, account.scope, now_ms, account)


class _Connection:
    """Sends while the client acknowledges, hears what it wants to see, and ends when its sign-in ends."""

    def __init__(self, viewer: Viewer, watch: Watch) -> None:
        self._viewer = viewer
        self._watch = watch
        self._acknowledged = 0
        self._heard = asyncio.Event()

    async def run(self, receive: Receive, send: Send) -> None:
        tasks = [
            asyncio.ensure_future(work) for work in (self._tell(send), self._listen(receive), self._until_signed_out())
        ]
        code: int | None = None
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = next((found for task in done if (found := task.result()) is not None), None)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if code is not None:
            with contextlib.suppress(Exception):  # it may be gone already
                await send({"type": "websocket.close", "code": code})

    async def _tell(self, send: Send) -> int | None:
        """The latest, whenever there is something and the client has dealt with the last."""
        while True:
            await self._viewer.wake.wait()
            self._viewer.wake.clear()
            while (notice := self._viewer.notices.next()) is not None:
                await send({"type": "websocket.send", "text": notice})
            while (message := self._viewer.next()) is not None:
                if isinstance(message, str):
                    await send({"type": "websocket.send", "text": message})
                    continue
                await send({"type": "websocket.send", "bytes": message})
                await self._until_acknowledged(self._viewer)

    async def _until_acknowledged(self, viewer: Viewer) -> None:
        if not isinstance(viewer, FrameViewer):
            return
        while self._acknowledged < viewer.sequence:
            self._heard.clear()
            await self._heard.wait()

    async def _listen(self, receive: Receive) -> int | None:
        """Acknowledgements and viewports; what can't be understood ends the connection."""
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return None
            try:
                said = msgspec.json.decode(message.get("text") or message.get("bytes") or b"{}")
                self._understand(said)
            except (msgspec.DecodeError, BadRequest, ValueError, TypeError, AttributeError):
                return _POLICY_VIOLATION

    def _understand(self, said: dict[str, Any]) -> None:
        if isinstance(said.get("ack"), int):
            self._acknowledged = max(self._acknowledged, said["ack"])
            self._heard.set()
        if "viewport" in said:
            box = said["viewport"]
            view = _view([float(each) for each in box] if box else None, float(said.get("zoom", 22)))
            self._viewer.see(self._viewer.scope, view)

    async def _until_signed_out(self) -> int | None:
        """Ends when the token was revoked, or the account's role or scope became another."""
        await self._watch.ended.wait()
        return _POLICY_VIOLATION


def _check_origin(scope: Scope) -> None:
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        raise NotAllowed(what=_OTHER_SITE)


def _numbers(text: str) -> list[float] | None:
    if not text:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as unreadable:
        raise BadRequest(what="bbox", why="west,south,east,north in degrees") from unreadable


def _zoom(text: str) -> float:
    try:
        return float(text)
    except ValueError as unreadable:
        raise BadRequest(what="zoom", why="a number") from unreadable


def _view(box: list[float] | None, zoom: float) -> View:
    """What is looked at; raises BadRequest."""
    if box is None:
        return View(None, zoom)
    # a comparison with NaN is false
    if len(box) != 4 or not (-360 <= box[0] <= box[2] <= 360 and -90 <= box[1] <= box[3] <= 90):
        raise BadRequest(what="bbox", why="west,south,east,north in degrees")
    return View((box[0], box[1], box[2], box[3]), zoom)
