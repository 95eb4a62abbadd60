"""Phone to wall: how old a position is when a wall is told it, with 300,000 workers known and 30,000 fixes a second."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import psycopg

from benchmarks.phones import sending
from benchmarks.phones.place import PASSWORD, PORT, Place, employ, place, until_ready
from benchmarks.phones.walls import Clocks, Walls, look, numbers
from live import days

_WORKERS, _PHONES = 300_000, 6_000
_RATE, _BATCH = 30_000, 10
_CONNECTIONS = 64
_SECONDS, _WARM_S = 8.0, 4.0
_ROUNDS = 5
_STAGES = ((100, 50, 0.25, 1.0), (250, 200, 0.4, float("inf")))  # tick in ms, walls, limits of p99 and p99.9 in s
_SNAPSHOT_S, _SNAPSHOT_BYTES, _RESTART_S = 0.5, 3_000_000, 5.0


class _Phones:
    """Sends at a steady rate, over connections that are free; what can't be sent in time is sent late."""

    def __init__(self, tokens: list[str], clocks: Clocks, numbers_: list[int]) -> None:
        self._tokens, self._clocks, self._numbers = tokens, clocks, numbers_
        self._turn = 0
        self._free: deque[_Steady] = deque()
        self.sent = self.late = 0

    def _request(self) -> bytes:
        phone = self._turn % len(self._tokens)
        lap = self._turn // len(self._tokens)
        self._turn += 1
        now = time.time()
        lon = 118 + phone // 1000 % 20 * 0.02 + phone % 100 * 2e-4 + lap % 50 * 1e-5
        lat = 36 + phone // 20_000 * 0.02 + phone % 1000 // 100 * 2e-3
        self._clocks.sent[self._numbers[phone]] = now
        self.sent += _BATCH
        return sending.request(
            self._tokens[phone],
            [sending.fix(lon + k * 1e-7, lat, now - (_BATCH - 1 - k) * 0.05) for k in range(_BATCH)],
        )

    async def run(self, until: float) -> None:
        """Sends until a moment (seconds since 1970)."""
        loop = asyncio.get_running_loop()
        for _ in range(_CONNECTIONS):
            await loop.create_connection(lambda: _Steady(self._free), "127.0.0.1", PORT)
        due = time.time()
        while (now := time.time()) < until:
            while due <= now:
                if not self._free:
                    break
                self._free.popleft().send(self._request())
                due += _BATCH / _RATE
            if now - due > 0.5:
                self.late += 1
                due = now
            await asyncio.sleep(0.002)


class _Steady(asyncio.Protocol):
    """A connection that is free again when it was answered."""

    def __init__(self, free: deque[_Steady]) -> None:
        self._free = free
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._free.append(self)

    def send(self, request: bytes) -> None:
        """Sends a request."""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._buffer.endswith(b"}"):
            assert b" 200 " in self._buffer[:16], self._buffer
            self._buffer = b""
            self._free.append(self)


def sign_in() -> str:
    """A token of the administrator."""
    answer = httpx.post(
        f"http://127.0.0.1:{PORT}/api/session", json={"username": "admin", "password": PASSWORD}, timeout=60
    )
    return str(answer.raise_for_status().json()["token"])


def _fill(dsn: str) -> list[int]:
    """A fix of every worker; returns the numbers of the first workers in frames."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        today = datetime.now(UTC).date()
        days.make(connection, {today - timedelta(days=1), today})
        connection.execute(
            "INSERT INTO fix (worker, at, key, received_at, area_id, geom, flags, battery, speed)"
            " SELECT w.id, now() - interval '2 minutes', 1, now(), g.area_id, ST_SetSRID(ST_MakePoint(118 +"
            " (w.number / 1000 % 20) * 0.02 + random() * 0.02, 36 + (w.number / 20000) * 0.02 + random() * 0.02),"
            " 4326), 0, 0.5, 0 FROM worker w LEFT JOIN grid g ON g.id = w.grid_id"
        )
        connection.execute("ANALYZE fix")
        rows = connection.execute(
            "SELECT number FROM worker WHERE substr(id, 2)::int < %s ORDER BY substr(id, 2)::int", (_PHONES,)
        ).fetchall()
        return [row[0] for row in rows]


def _restart(where: Place) -> tuple[float, float, int, int]:
    """Seconds from start to a wall's whole snapshot; seconds, bytes and workers of a snapshot after that."""
    began = time.perf_counter()
    process = where.start()
    try:
        until_ready()
        token = sign_in()
        while len(numbers(sending.run(look(token))[1])) < _WORKERS:
            pass
        restart = time.perf_counter() - began
        took, message = sending.run(look(token))
        return restart, took, len(message), len(numbers(message))
    finally:
        process.terminate()
        process.wait(60)


def _stage(where: Place, tokens: list[str], own: list[int], tick_ms: int, walls: int) -> list[tuple[float, float]]:
    figures = []
    # 300,000 phones would be heard of every ten seconds; here 6,000 send for them, and nobody counts as silent
    with where.service(GRIDTWIN_TICK_MS=str(tick_ms), GRIDTWIN_SILENT_AFTER_S="7200"):
        token = sign_in()
        for _ in range(_ROUNDS):
            clocks = Clocks(_WORKERS)
            since = time.time() + _WARM_S
            until = since + _SECONDS
            watching = Walls(token, walls, clocks, until, since)
            phones = _Phones(tokens, clocks, own)
            sending.run(phones.run(until))
            p99, p999, told = watching.result()
            clocks.close(forever=True)
            rate = phones.sent / (_WARM_S + _SECONDS)
            print(f"  tick {tick_ms} ms, {walls} walls: p99 {p99 * 1e3:.0f} ms, p99.9 {p999 * 1e3:.0f} ms,"
                  f" {rate:,.0f} fixes a second, {told:,} positions told, late {phones.late}", flush=True)  # fmt: skip
            figures.append((p99, p999))
    return figures


def main() -> bool:
    """Prints the tables; whether the limits were kept."""
    kept = []
    with place() as where:
        tokens = employ(where.dsn, _WORKERS, _PHONES)
        own = _fill(where.dsn)
        starts = [_restart(where) for _ in range(_ROUNDS)]
        restart, snapshot = (statistics.median(row[column] for row in starts) for column in (0, 1))
        size, workers = starts[-1][2:]
        print(f"300,000 workers, median of {_ROUNDS}                              limit")
        print(f"start of the program to a wall's full snapshot  {restart:6.2f} s   {_RESTART_S} s")
        print(f"a snapshot of {workers:,} workers               {snapshot * 1e3:6.0f} ms  {_SNAPSHOT_S * 1e3:.0f} ms")
        print(f"its size                                        {size / 1e6:6.2f} MB  {_SNAPSHOT_BYTES / 1e6:.0f} MB")
        kept += [restart < _RESTART_S, snapshot < _SNAPSHOT_S, size < _SNAPSHOT_BYTES]
        print(f"Phone to wall, {_RATE:,} fixes a second in requests of {_BATCH}, median of {_ROUNDS}", flush=True)
        for tick_ms, walls, limit, limit_rare in _STAGES:
            figures = _stage(where, tokens, own, tick_ms, walls)
            p99, p999 = (statistics.median(row[column] for row in figures) for column in (0, 1))
            print(f"tick {tick_ms} ms, {walls:3} walls: p99 {p99 * 1e3:5.0f} ms (limit {limit * 1e3:.0f}),"
                  f" p99.9 {p999 * 1e3:5.0f} ms (limit {limit_rare * 1e3:.0f})", flush=True)  # fmt: skip
            kept += [p99 < limit, p999 < limit_rare]
    return all(kept)


if __name__ == "__main__":
    main()
