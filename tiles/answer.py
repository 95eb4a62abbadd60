"""Answers of the tile doors in plain ASGI: content codings, ETag and 304, and work that ends with its client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.types import Receive, Scope, Send

from tiles.encoded import Encoded, accepted_coding

_T = TypeVar("_T")

MVT = b"application/vnd.mapbox-vector-tile"
_VARY = (b"vary", b"Authorization, Cookie, Accept-Encoding")


class Asked:
    """What a request's headers ask for: a content coding, and what the client has already."""

    __slots__ = ("coding", "seen")

    def __init__(self, scope: Scope) -> None:
        self.coding = ""
        self.seen = b""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                self.coding = accepted_coding(value)
            elif name == b"if-none-match":
                self.seen = value

    def has(self, tile: Encoded) -> bool:
        """Whether the client has these bytes already, in whatever content coding."""
        if not self.seen:
            return False
        return any(
            seen == b"*" or tile.has_etag(seen.removeprefix(b"W/")) for seen in map(bytes.strip, self.seen.split(b","))
        )


async def send_unchanged(send: Send, tile: Encoded, coding: str, cache_control: bytes) -> None:
    """304: the client has these bytes."""
    headers = _validators(tile, coding, cache_control)
    await send({"type": "http.response.start", "status": 304, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def send_tile(
    scope: Scope, send: Send, tile: Encoded, body: bytes, coding: str, media_type: bytes, cache_control: bytes
) -> None:
    """200, or only its headers for HEAD."""
    headers = _validators(tile, coding, cache_control)
    headers += [(b"content-type", media_type), (b"content-length", b"%d" % len(body))]
    if coding:
        headers.append((b"content-encoding", coding.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def send_document(scope: Scope, send: Send, told: Encoded, cache_control: bytes) -> None:
    """A JSON document, or 304."""
    asked = Asked(scope)
    coding = told.coding(asked.coding)
    body = told.ready(coding)
    if body is None:
        body = await told.make(coding)
    if asked.has(told):
        await send_unchanged(send, told, coding, cache_control)
        return
    await send_tile(scope, send, told, body, coding, b"application/json", cache_control)


def _validators(tile: Encoded, coding: str, cache_control: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"etag", tile.etag(coding)), (b"cache-control", cache_control), _VARY]


async def while_connected(
    receive: Receive, work: Awaitable[_T], *, abandoned: Callable[[], None] = lambda: None
) -> _T | None:
    """The result of some work; None when the client went before, and then the work is cancelled."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            abandoned()
            return None
        return working.result()
    finally:
        gone.cancel()
        if not working.done():
            working.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
