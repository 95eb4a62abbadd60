"""How long a connection may take to say what it wants: whoever dribbles a request in is shown out (slow loris).

uvicorn closes connections that are idle between two requests, but waits for ever for one that has begun.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gis.errors import TooSlow
from gis.problem import document, language

_LOOK_S = 0.5
_LEAST_RATE = 1024  # bytes of a body a second, after the first `patience` seconds


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which notes since when a request has been arriving and how much of its body came."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.waiting_since: float | None = self.loop.time()
        self.in_body = False
        self.begun = False
        self.taken = 0

    def data_received(self, data: bytes) -> None:  # noqa: D102 - asyncio
        if self.waiting_since is None and (self.cycle is None or self.cycle.response_complete):
            self.waiting_since = self.loop.time()  # also for what is no beginning of a request yet
        self.begun = True
        super().data_received(data)

    def on_headers_complete(self) -> None:  # noqa: D102 - httptools
        self.waiting_since, self.in_body, self.taken = self.loop.time(), True, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:  # noqa: D102 - httptools
        self.taken += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:  # noqa: D102 - httptools
        self.waiting_since, self.in_body = None, False
        super().on_message_complete()

    def is_late(self, now: float, patience: float) -> bool:
        """Whether the request should have come by now; never while it is this side that holds it up."""
        if self.waiting_since is None:
            return False
        if self.flow.read_paused:
            self.waiting_since, self.taken = now, 0
            return False
        if not self.in_body and self.cycle is not None and not self.cycle.response_complete:
            return False  # the next request of a client that still waits for an answer
        allowed = patience + self.taken / _LEAST_RATE if self.in_body else patience
        return now - self.waiting_since > allowed

    def show_out(self) -> None:
        """Closes the connection, with the reason when a request has begun and nothing was answered yet."""
        answered = self.in_body and self.cycle is not None and self.cycle.response_started
        if self.begun and not answered:
            self.transport.write(_answer(self.headers or []))
        self.transport.close()


def _answer(headers: list[tuple[bytes, bytes]]) -> bytes:
    accept = next((value for name, value in headers if name == b"accept-language"), b"")
    body = msgspec.json.encode(document(TooSlow(), language(accept.decode("latin-1"))))
    head = (
        "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


async def show_out_the_slow(state: ServerState, patience: float) -> None:
    """Looks at every connection, again and again; never returns."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_LOOK_S)
        now = loop.time()
        for connection in tuple(state.connections):
            if isinstance(connection, PatientProtocol) and connection.is_late(now, patience):
                connection.show_out()
