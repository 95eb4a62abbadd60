"""Pages of other sites that may read what an operator allows (CORS), by token: cookies aren't taken along."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READS = (b"GET", b"HEAD")
_DAY = b"86400"


class CrossOrigin:
    """Answers preflights and marks answers under some paths for the origins that are allowed; "*" allows any."""

    def __init__(self, app: ASGIApp, origins: str, paths: tuple[str, ...]) -> None:
        self._app = app
        self._origins = {origin.strip().rstrip("/").encode() for origin in origins.split(",") if origin.strip()}
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if not self._origins or scope["type"] != "http" or not scope["path"].startswith(self._paths):
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin", b"")
        allowed = origin != b"" and (origin in self._origins or b"*" in self._origins)
        asked = headers.get(b"access-control-request-method")
        if scope["method"] == "OPTIONS" and asked is not None:
            told = [(b"vary", b"Origin")]
            if allowed and asked in _READS:
                told += [
                    (b"access-control-allow-origin", origin),
                    (b"access-control-allow-methods", b"GET, HEAD"),
                    (b"access-control-allow-headers", b"Authorization, If-None-Match"),
                    (b"access-control-max-age", _DAY),
                ]
            await send({"type": "http.response.start", "status": 204, "headers": told})
            await send({"type": "http.response.body", "body": b""})
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = [*message.get("headers", ()), (b"vary", b"Origin")]
                if allowed:
                    told += [
                        (b"access-control-allow-origin", origin),
                        (b"access-control-expose-headers", b"ETag, Retry-After"),
                    ]
                message["headers"] = told
            await send(message)

        await self._app(scope, receive, marked)
