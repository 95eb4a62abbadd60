"""What stands around every request: an id, a log line, a measurement, safe headers, a limit, errors in words."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gis.errors import GridtwinError, TooBig
from gis.problem import refuse_socket, send_problem

log = structlog.get_logger("http")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
SAFE_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_SAFE_NAMES = frozenset(name for name, _ in SAFE_HEADERS)


# unique without asking the kernel for chance each time: a process's own beginning and a number
_PROCESS = secrets.token_hex(4)
_NUMBERS = itertools.count()


# a phone's token has 27 signs, a sign-in's 43; a worker may type one behind an address where it doesn't belong
_SECRET = re.compile(r"[A-Za-z0-9_-]{24,}")


def masked(path: str) -> str:
    """A path as logs may have it: without what could be a secret."""
    return _SECRET.sub("***", path)


def request_id() -> str:
    """The id of one more request."""
    return f"{_PROCESS}{next(_NUMBERS):x}"


class Metrics:
    """What Prometheus is told, kept by one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "gridtwin_requests", "Requests answered", ["method", "door", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "gridtwin_request_seconds",
            "Time until the answer was complete",
            ["door"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )
        self._requests: dict[tuple[str, str, int], Counter] = {}
        self._seconds: dict[str, Histogram] = {}

    def answered(self, method: str, door: str, status: int, seconds: float) -> None:
        """Counts a request that took `seconds`; what has been counted before is found without effort."""
        requests = self._requests.get((method, door, status))
        if requests is None:
            requests = self._requests[method, door, status] = self.requests.labels(method, door, str(status))
        took = self._seconds.get(door)
        if took is None:
            took = self._seconds[door] = self.seconds.labels(door)
        requests.inc()
        took.observe(seconds)


class Observe:
    """The outermost layer: gives each request an id, logs and measures it, and turns errors into problem documents."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request = scope["gridtwin.request"] = request_id()
        status, complete = 0, False

        async def marked(message: Message) -> None:
            nonlocal status, complete
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_safe_headers(list(message.get("headers", ())), request)
            elif message["type"] == "http.response.body":
                complete = not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, marked)
        except GridtwinError as error:
            if status:
                raise
            await send_problem(error, scope, receive, marked)
        except ClientDisconnect:  # nobody is there to be answered
            status = status or 499
        except Exception:
            log.exception("request.failed", request=request, method=scope["method"], path=masked(scope["path"]))
            if complete:  # answered already, by the framework behind
                return
            if status:
                raise
            await send_problem(GridtwinError(), scope, receive, marked)
        finally:
            seconds = time.perf_counter() - began
            route = scope.get("route")
            door = scope.get("gridtwin.door") or getattr(route, "path", None) or "other"
            self._metrics.answered(scope["method"], door, status, seconds)
            log.debug(
                "request",
                request=request,
                method=scope["method"],
                path=masked(scope["path"]),
                status=status,
                ms=round(seconds * 1000, 1),
            )

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A connection that stays: refused with the reason, or else left to its door."""
        scope["gridtwin.request"] = request_id()
        opened = False

        async def noted(message: Message) -> None:
            nonlocal opened
            opened = opened or message["type"] in ("websocket.accept", "websocket.close")
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except GridtwinError as error:
            if opened:
                raise
            await refuse_socket(error, scope, send)


def _with_safe_headers(headers: Sequence[tuple[bytes, bytes]], request: str) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name, _ in headers}
    safe = SAFE_HEADERS if given.isdisjoint(_SAFE_NAMES) else [each for each in SAFE_HEADERS if each[0] not in given]
    return [*headers, *safe, (b"x-request-id", request.encode())]


class LimitBody:
    """Refuses request bodies over a limit, whether or not they say how long they are.

    `larger` gives paths that take files, as patterns, a limit of their own, in bytes.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, larger: Sequence[tuple[re.Pattern[str], int]] = ()) -> None:
        self._app = app
        self._limit = limit_bytes
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit
        for path, own in self._larger:
            if path.fullmatch(scope["path"]):
                limit = own
        told = b"0"
        for name, value in scope["headers"]:
            if name == b"content-length":
                told = value
                break
        if told.isdigit() and int(told) > limit:
            raise TooBig(limit=_size(limit))
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise TooBig(limit=_size(limit))
            return message

        await self._app(scope, limited, send)


def _size(limit: int) -> str:
    return f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit >> 10} KB"
