"""Phones that send over HTTP/1.1 with little effort: the machine is shared with what is measured."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar, cast

import uvloop

from benchmarks.phones.place import PORT

T = TypeVar("T")


def request(token: str, fixes: list[dict[str, Any]]) -> bytes:
    """A request as bytes."""
    body = json.dumps({"fixes": fixes}).encode()
    head = (
        f"POST /api/fixes HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def fix(lon: float, lat: float, at: float) -> dict[str, Any]:
    """A fix as phones send it; `at` in seconds since 1970."""
    return {
        "lon": round(lon, 7), "lat": round(lat, 7), "at": round(at * 1e3), "accuracy": 5, "speed": 1.2, "heading": 90,
        "battery": 0.8,
    }  # fmt: skip


class Connection(asyncio.Protocol):
    """One connection that sends the next request when the last was answered."""

    def __init__(self, next_request: Callable[[], bytes | None], finished: Callable[[], None]) -> None:
        self._next = next_request
        self._finished = finished
        self._buffer = b""
        self.accepted = self.duplicate = 0
        self.refused: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        self.transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        sent = self._next()
        if sent is None:
            self.transport.close()
            self._finished()
        else:
            self.transport.write(sent)

    def data_received(self, data: bytes) -> None:
        """Takes an answer in."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        begin = self._buffer.find(b"content-length: ") + 16
        length = int(self._buffer[begin : self._buffer.find(b"\r\n", begin)])
        if len(self._buffer) < head + 4 + length:
            return
        if self._buffer[9:12] != b"200":
            self.refused = self._buffer
        else:
            answer = json.loads(self._buffer[head + 4 :])
            self.accepted += answer["accepted"]
            self.duplicate += answer["duplicate"]
        self._buffer = b""
        self._send()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def flood(work: list[list[bytes]], seconds: float) -> float:
    """One connection for each list of requests, each as fast as it is answered; returns accepted fixes a second."""
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    left = len(work)
    done = asyncio.Event()

    def finished() -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    def one_after_the_other(requests: list[bytes]) -> Callable[[], bytes | None]:
        waiting: Iterator[bytes] = iter(requests)
        return lambda: next(waiting, None) if time.perf_counter() < until else None

    began = time.perf_counter()
    connections = []
    for requests in work:
        connection = Connection(one_after_the_other(requests), finished)
        await loop.create_connection(lambda made=connection: made, "127.0.0.1", PORT)  # type: ignore[misc]
        connections.append(connection)
    await done.wait()
    took = time.perf_counter() - began
    for connection in connections:
        if connection.refused:
            raise AssertionError(connection.refused)
    return sum(connection.accepted for connection in connections) / took
