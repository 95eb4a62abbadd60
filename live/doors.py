"""The doors that phones send to: plain ASGI, each with exactly the answer that its app expects."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qs

import msgspec
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from gis.access.devices import Device
from gis.access.http import device_of
from gis.doors import WEBSOCKET, Door
from gis.errors import BadRequest, NotSignedIn
from live import socket
from live.formats import gridtwin, osmand, overland, owntracks
from live.layer import LiveLayer

COUNT_THEMSELVES = ("/osmand", "/owntracks")
"""Paths at which it shows only inside who sends, so that how often is counted there."""
_JSON = [(b"content-type", b"application/json")]


def doors(layer: LiveLayer) -> list[Door]:
    """The doors of this room."""

    async def fixes(scope: Scope, receive: Receive, send: Send) -> None:
        device = device_of(scope)
        found, crs = gridtwin.read(await _body(receive), layer.now())
        outcome, refused = await layer.take(device, found, crs.definition if crs else None)
        answer = {
            "accepted": outcome.accepted,
            "duplicate": outcome.duplicate,
            "flagged": outcome.flagged,
            "refused": refused,
        }
        await _answer(send, 200, msgspec.json.encode(answer))

    async def from_osmand(scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        kind = Headers(scope=scope).get("content-type", "")
        identity, found = osmand.read(scope["query_string"], kind, body, layer.now())
        device = await layer.service.devices.find(identity)
        layer.service.rates.count(scope, device)
        if device is None:
            raise BadRequest(what="id", why="no phone is enrolled under this id with its secret part")
        await layer.take(device, found)
        await _answer(send, 200, b"", [])

    async def from_owntracks(scope: Scope, receive: Receive, send: Send) -> None:
        device = await _basic(scope, layer)
        await layer.take(device, owntracks.read(await _body(receive), layer.now()))
        await _answer(send, 200, owntracks.ANSWER)

    async def from_overland(scope: Scope, receive: Receive, send: Send) -> None:
        device = device_of(scope)
        await layer.take(device, overland.read(await _body(receive), layer.now()))
        await _answer(send, 200, overland.ANSWER)

    return [
        Door(
            "POST",
            "/api/fixes",
            fixes,
            "Fixes of a phone, in batches",
            "Answered when they are on disk; what is sent again is stored once. Needs a device's token.",
        ),
        Door("GET", "/osmand", from_osmand, "Traccar Client and OsmAnd", "Parameters in the query."),
        Door("POST", "/osmand", from_osmand, "Traccar Client and OsmAnd", "Query, form body, JSON or a JSON array."),
        Door("POST", "/owntracks", from_owntracks, "OwnTracks in HTTP mode", "Basic authentication."),
        Door("POST", "/overland", from_overland, "Overland", "Batches of GeoJSON points; a bearer token."),
        Door(WEBSOCKET, "/live", socket.live(layer), "Where everybody is, as it changes", "See docs/live.md."),
    ]


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if part := message.get("body", b""):
            parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] = _JSON) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _basic(scope: Scope, layer: LiveLayer) -> Device:
    """The phone of HTTP basic authentication. A name that is missing there is taken from X-Limit-U, else from `u`."""
    headers = Headers(scope=scope)
    kind, _, sent = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        layer.service.rates.count(scope)
        return device_of(scope)
    try:
        username, _, password = base64.b64decode(sent.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as unreadable:
        layer.service.rates.count(scope)
        raise NotSignedIn from unreadable
    query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
    username = username or headers.get("x-limit-u") or query.get("u", [""])[0]
    device = await layer.service.devices.find_basic(username, password)
    layer.service.rates.count(scope, device)
    if device is None:
        raise NotSignedIn
    return device
