"""HTTP/1.1 as uvicorn speaks it, with a shorter way for tiles that known clients ask for (`tiles.clients`).

Everything else, and whatever is in doubt, is uvicorn's.
"""

from __future__ import annotations

from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gis.middleware import request_id
from gridtwin.patience import PatientProtocol
from tiles.clients import FAILED, HEAD, STATE, Clients, Question

_TILES = b"GET /tiles/"
_LINE = b" HTTP/1.1\r\n"
_END = b"\r\n\r\n"
_HELD = 64 * 1024  # bytes that a client may send while its answer is under way


class Protocol(PatientProtocol):
    """One connection."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._clients: Clients | None = self.app_state.get(STATE)
        self._amid = False
        """Whether a part of a request has been read."""
        self._asked: tuple[bytes, Question] | None = None
        """A question that goes the shorter way, and its bytes."""
        self._held = b""
        self._leaving = False
        self._last = 0.0

    def data_received(self, data: bytes) -> None:
        """Bytes of a request, or a whole one, or several."""
        if self._asked is not None:
            self._held += data
            if len(self._held) > _HELD:
                self.flow.pause_reading()
            return
        if self._clients is None or not self._idle() or not data.startswith(_TILES):
            super().data_received(data)
            return
        line = data.find(_LINE)
        if line > 0 and data.find(_END) == len(data) - 4 and not self.flow.write_paused:
            question = self._clients.question(data[line:], data[4:line])
            if question is not None:
                self._asked = (data, question)
                self.begun, self.waiting_since = True, None
                question.put(self._answer)
                return
        self._the_usual_way(data)

    def _idle(self) -> bool:
        """Whether the connection waits for the beginning of a request."""
        cycle = self.cycle
        return not self._amid and (cycle is None or (cycle.response_complete and cycle.keep_alive))

    def _the_usual_way(self, data: bytes, question: Question | None = None) -> None:
        super().data_received(data)
        line, cycle = data.find(_LINE), self.cycle
        if self._amid or cycle is None or not cycle.keep_alive or self.transport.is_closing():
            return
        if line > 0 and data.find(_END) == len(data) - 4:  # one request, and the whole of it; its task hasn't begun
            scope = cast(dict[str, Any], cycle.scope)
            scope[HEAD] = data[line:]
            if question is not None and question.failed is not None:
                scope[FAILED] = question.failed

    def _answer(self, answer: tuple[int, bytes, bytes] | None) -> None:
        assert self._asked is not None  # noqa: S101 - set before it was asked
        (data, question), self._asked = self._asked, None
        if self.parser is None or self.transport.is_closing():
            return
        if answer is None:
            self._the_usual_way(data, question)
        else:
            self._send(*answer)
        if self._leaving:
            self.shutdown()
        elif self._held:
            held, self._held = self._held, b""
            self.flow.resume_reading()
            self.data_received(held)

    def _send(self, status: int, head: bytes, body: bytes) -> None:
        content = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            content += (name, b": ", value, b"\r\n")
        content += (head, b"x-request-id: ", request_id().encode(), _END, body)
        self.transport.write(b"".join(content))
        self.server_state.total_requests += 1
        self._last = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_message_begin(self) -> None:
        """A request begins."""
        self._amid = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """A request has been read."""
        self._amid = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        if self._asked is not None:
            self._asked[1].leave()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server wants to end: what was asked for is answered first."""
        if self._asked is not None:
            self._leaving = True
            return
        super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for a while by the usual way; perhaps it was by the shorter one."""
        left = self._last + self.timeout_keep_alive - self.loop.time()
        if left > 0 or self._asked is not None:
            self.timeout_keep_alive_task = self.loop.call_later(max(left, 1), self.timeout_keep_alive_handler)
            return
        super().timeout_keep_alive_handler()
