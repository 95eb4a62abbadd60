"""Errors as RFC 9457 `application/problem+json`, in Chinese or English, never with SQL or a traceback."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gis.errors import GridtwinError, http_status

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = {503: "2"}


def language(accept: str) -> str:
    """`zh` or `en`, whichever an Accept-Language header names with the greater weight; Chinese when neither."""
    best, best_weight = "zh", 0.0
    for choice in accept.split(","):
        tag, _, weight = choice.partition(";q=")
        primary = tag.strip().lower().split("-")[0]
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            value = 0.0
        if primary in ("zh", "en") and value > best_weight:
            best, best_weight = primary, value
    return best


def document(error: GridtwinError, speech: str) -> dict[str, Any]:
    """The problem document of an error in one language; `issue` is the one that stands in the way."""
    status = http_status(error)
    known = {"issue": error.values["issue"]} if error.values.get("issue") else {}
    return {
        "type": f"urn:gridtwin:error:{error.code}",
        "title": error.code.replace("-", " "),
        "status": status,
        "detail": error.message(speech),
        "code": error.code,
        **known,
    }


def response(error: GridtwinError, scope: Scope) -> Response:
    """The HTTP answer to a request that failed with this error."""
    accept = next((value for name, value in scope.get("headers", ()) if name == b"accept-language"), b"")
    body = document(error, language(accept.decode("latin-1")))
    body["request"] = scope.get("gridtwin.request", "")
    headers = {"Cache-Control": "no-store"}
    if body["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "seconds" in error.values:
        headers["Retry-After"] = str(error.values["seconds"])
    elif body["status"] in _RETRY_AFTER_S:
        headers["Retry-After"] = _RETRY_AFTER_S[body["status"]]
    return Response(msgspec.json.encode(body), body["status"], headers, MEDIA_TYPE)


async def send_problem(error: GridtwinError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a plain ASGI request with an error."""
    await response(error, scope)(scope, receive, send)


async def refuse_socket(error: GridtwinError, scope: Scope, send: Send) -> None:
    """Answers the handshake of a WebSocket with an error; where the server can't, the connection is refused bare."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    answer = response(error, scope)
    await send({"type": "websocket.http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "websocket.http.response.body", "body": bytes(answer.body)})
