"""Fixes a second, stored before they are answered: in batches and one by one, beside the staging step alone."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from gis.access.devices import new_token
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local
from live import days, rows
from live.fix import Fix
from live.writer import COPY, INTO_FIX, STAGING

_WORKERS = 400
_BATCH = 100
_SECONDS = 6.0
_ROUNDS = 5
_CONNECTIONS = 24
_GROUP = 5_000
_PORT = 8391
_LIMIT = 0.5  # of the staging step alone
_LIMIT_BATCHES, _LIMIT_SINGLE = 100_000, 8_000


def _prepare(dsn: str) -> list[str]:
    tokens = [new_token() for _ in range(_WORKERS)]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO duty_hours (weekdays, starts, ends) VALUES ('{1,2,3,4,5,6,7}', '00:00', '00:00')"
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO worker (id, name) VALUES (%s, %s)", [(f"w{i}", f"w{i}") for i in range(_WORKERS)]
            )
            cursor.executemany(
                "INSERT INTO device (worker_id, app, token_sha256, created_at, created_by)"
                " VALUES (%s, 'gridtwin', %s, now(), 'benchmark')",
                [(f"w{i}", hashlib.sha256(token.encode()).digest()) for i, token in enumerate(tokens)],
            )
    return tokens


def _request(token: str, worker: int, first: int, count: int) -> bytes:
    now = time.time()
    fixes = [
        {
            "lon": round(118 + worker * 1e-3 + (first + i) * 1e-7, 7),
            "lat": 36.8,
            "at": round((now - 80_000 + (first + i) * 0.05) * 1e3),
            "accuracy": 5,
            "speed": 1.2,
            "heading": 90,
            "battery": 0.8,
        }
        for i in range(count)
    ]
    body = json.dumps({"fixes": fixes}).encode()
    head = (
        f"POST /api/fixes HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _send(requests: list[bytes], until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", _PORT)
    answered = 0
    for request in requests:
        if time.perf_counter() > until:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        assert b" 200 " in head.split(b"\r\n")[0], head + body
        answered += json.loads(body)["accepted"]
    writer.close()
    return answered


async def _through_the_door(tokens: list[str], batch: int, connections: int, round_: int) -> float:
    per_connection = 400 if batch > 1 else 3_000
    work = []
    for index in range(connections):
        worker = (round_ * connections + index) % _WORKERS
        start = round_ * 1_000_000
        work.append([_request(tokens[worker], worker, start + n * batch, batch) for n in range(per_connection)])
    began = time.perf_counter()
    accepted = sum(await asyncio.gather(*(_send(requests, began + _SECONDS) for requests in work)))
    return accepted / (time.perf_counter() - began)


def _staging_alone(dsn: str, round_: int) -> float:
    """COPY and INSERT … ON CONFLICT with the same indexes, in groups of the same size, no HTTP."""
    now = round(time.time() * 1e6)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(STAGING)
        days.make(connection, {days.day_of(now)})
        groups = []
        for group in range(20):
            packed = []
            for i in range(_GROUP):
                worker = i % 50
                fix = Fix(now - (group * _GROUP + i) * 7 - round_, i, 118.0, 36.8, 5.0, 1.2, 90.0, None, 0.8)
                packed.append(rows.row(rows.head(f"s{worker}"), rows.area(None), fix, now + i, stray=False))
            groups.append(b"".join((rows.HEADER, *packed, rows.TRAILER)))
        began = time.perf_counter()
        for content in groups:
            with connection.transaction(), connection.cursor() as cursor:
                with cursor.copy(COPY) as copy:
                    copy.write(content)
                cursor.execute(INTO_FIX.encode(), binary=True).fetchone()
        return len(groups) * _GROUP / (time.perf_counter() - began)


def main() -> bool:
    """Prints the table; whether the limits were kept."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        environment = {**os.environ, "GRIDTWIN_DATA_DIR": str(settings.data_dir), "GRIDTWIN_PORT": str(_PORT)}
        with local.database(settings) as dsn:
            upgrade(dsn)
            tokens = _prepare(dsn)
            command = [str(Path(sys.executable).parent / "gridtwin"), "serve"]
            with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
                try:
                    _until_ready()
                    figures: list[tuple[float, float, float]] = []
                    for round_ in range(_ROUNDS):
                        batches = asyncio.run(_through_the_door(tokens, _BATCH, _CONNECTIONS, round_))
                        single = asyncio.run(_through_the_door(tokens, 1, _CONNECTIONS * 4, round_ + 100))
                        figures.append((batches, single, _staging_alone(dsn, round_)))
                finally:
                    server.terminate()
        local.discard(settings)
    batches, single, staging = (statistics.median(column) for column in zip(*figures, strict=True))
    print(f"Fixes stored before they are answered, median of {_ROUNDS}      a second   of the staging step")
    print(f"COPY and ON CONFLICT alone, one connection         {staging:12,.0f}   1.00")
    print(f"POST /api/fixes, batches of {_BATCH}                    {batches:12,.0f}   {batches / staging:4.2f}")
    print(f"POST /api/fixes, one fix a request                 {single:12,.0f}   {single / staging:4.2f}")
    print(f"limits: {_LIMIT_BATCHES:,}, and {_LIMIT} of the staging step; {_LIMIT_SINGLE:,} single")
    return batches >= _LIMIT_BATCHES and batches / staging >= _LIMIT and single >= _LIMIT_SINGLE


def _until_ready() -> None:
    import urllib.error
    import urllib.request

    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/readyz"):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError("the service did not start")


if __name__ == "__main__":
    main()
