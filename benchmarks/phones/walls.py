"""Walls that look: WebSocket clients in a process of their own, which note how old what they are told is."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from multiprocessing import Process, Queue
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import websockets.asyncio.client
from numpy.typing import NDArray

from benchmarks.phones.place import PORT
from benchmarks.phones.sending import run

_RECORD = np.dtype([("who", "<u4"), ("where", "<u4")])


class Clocks:
    """When each worker's latest fix was sent (seconds since 1970), in memory that processes share."""

    def __init__(self, workers: int, name: str | None = None) -> None:
        self._memory = SharedMemory(name, create=name is None, size=8 * (workers + 1))
        self.sent: NDArray[np.float64] = np.ndarray((workers + 1,), np.float64, self._memory.buf)
        if name is None:
            self.sent[:] = 0
        self.workers, self.name = workers, self._memory.name

    def close(self, *, forever: bool = False) -> None:
        """Lets the memory go."""
        self.sent = np.empty(0)
        self._memory.close()
        if forever:
            self._memory.unlink()


def numbers(message: bytes) -> NDArray[np.uint32]:
    """The numbers of the workers in a frame."""
    (cells,) = struct.unpack_from("<I", message, 16)
    found, at = [], 20
    for _ in range(cells):
        told = struct.unpack_from("<I", message, at + 8)[0]
        count = told & 0x3FFFFFFF
        records = np.frombuffer(message, _RECORD, count, at + 12)
        found.append(records["who"][records["where"] >> 28 != 15] & 0xFFFFFF)
        at += 12 + 8 * count
    return np.concatenate(found) if found else np.empty(0, np.uint32)


async def look(token: str) -> tuple[float, bytes]:
    """One connection: seconds until the whole snapshot was there, and the snapshot."""
    began = time.perf_counter()
    async with connect(token) as wall:
        message = await wall.recv()
    assert isinstance(message, bytes)
    return time.perf_counter() - began, message


def connect(token: str) -> websockets.asyncio.client.connect:
    """A live connection that gets binary frames."""
    return websockets.asyncio.client.connect(
        f"ws://127.0.0.1:{PORT}/live",
        additional_headers={"Authorization": f"Bearer {token}"},
        compression=None,
        max_size=None,
        proxy=None,
        open_timeout=60,
    )


async def _watch(token: str, clocks: Clocks, until: float, since: float, ages: list[NDArray[np.float64]]) -> None:
    async with connect(token) as wall:
        while time.time() < until:
            try:
                message = await asyncio.wait_for(wall.recv(), 1)
            except TimeoutError:
                continue
            now = time.time()
            assert isinstance(message, bytes)
            await wall.send(json.dumps({"ack": struct.unpack_from("<I", message, 4)[0]}))
            if message[1] == 2 and now > since:
                sent = clocks.sent[numbers(message)]
                ages.append(now - sent[sent > 0])


async def _all(token: str, walls: int, clocks: Clocks, until: float, since: float) -> list[NDArray[np.float64]]:
    ages: list[NDArray[np.float64]] = []
    await asyncio.gather(*(_watch(token, clocks, until, since, ages) for _ in range(walls)))
    return ages


def _process(
    token: str, walls: int, workers: int, name: str, until: float, since: float, told: Queue[tuple[float, float, int]]
) -> None:
    clocks = Clocks(workers, name)
    ages = run(_all(token, walls, clocks, until, since))
    every = np.concatenate(ages) if ages else np.array([np.inf])
    told.put((float(np.quantile(every, 0.99)), float(np.quantile(every, 0.999)), len(every)))
    clocks.close()


class Walls:
    """Some walls in a process; `result` waits for its end."""

    def __init__(self, token: str, walls: int, clocks: Clocks, until: float, since: float) -> None:
        self._told: Queue[tuple[float, float, int]] = Queue()
        self._process = Process(
            target=_process, args=(token, walls, clocks.workers, clocks.name, until, since, self._told)
        )
        self._process.start()

    def result(self) -> tuple[float, float, int]:
        """p99 and p99.9 of the age of what was told, in seconds, and how many positions were told."""
        found = self._told.get(timeout=120)
        self._process.join()
        return found
