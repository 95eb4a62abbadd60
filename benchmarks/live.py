"""Fixes a second, stored before they are answered: in batches and one by one, beside the staging step alone."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import statistics
import struct
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
from live import days

_WORKERS = 400
_BATCH = 100
_SECONDS = 6.0
_ROUNDS = 5
_CONNECTIONS = 24
_GROUP = 5_000
_PORT = 8391
_COLUMNS = "worker, at, key, received_at, area_id, geom, altitude, accuracy, speed, heading, battery, flags, attributes"
_STAGING = """
CREATE TEMPORARY TABLE staging (
  worker text, at timestamptz, key bigint, received_at timestamptz, area_id bigint, geom geometry(Point, 4326),
  altitude real, accuracy real, speed real, heading real, battery real, flags integer, attributes jsonb
) ON COMMIT DELETE ROWS
"""
_COPY = f"COPY staging ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
_INSERT = f"INSERT INTO fix ({_COLUMNS}) SELECT {_COLUMNS} FROM staging ON CONFLICT DO NOTHING"
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


def _copied(first: int, now: int) -> bytes:
    """A group of fixes in PostgreSQL's binary COPY: thirteen columns, each after its length; −1 is NULL."""
    row = struct.Struct(">h i3s iq iq iq i iBIIdd i if if if if ii i")
    packed = []
    for number in range(first, first + _GROUP):
        at = now - 946_684_800_000_000 - number * 7
        packed.append(
            row.pack(
                13, 3, b"s%02d" % (number % 50), 8, at, 8, number, 8, at, -1, 25, 0, 0x20000001, 4326, 118.0, 36.8,
                -1, 4, 5.0, 4, 1.2, 4, 90.0, 4, 0.8, 4, 0, -1,
            )
        )  # fmt: skip
    return b"".join((b"PGCOPY\n\xff\r\n\0", bytes(8), *packed, b"\xff\xff"))


def _staging_alone(dsn: str, round_: int) -> float:
    """COPY and INSERT … ON CONFLICT with the same index, one connection, in groups of 5,000, no HTTP."""
    now = round(time.time() * 1e6)
    groups = [_copied((round_ * 20 + group) * _GROUP, now) for group in range(20)]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(_STAGING)
        days.make(connection, {days.day_of(now), days.day_of(now - 86_400_000_000)})
        began = time.perf_counter()
        for content in groups:
            with connection.transaction(), connection.cursor() as cursor:
                with cursor.copy(_COPY) as copy:
                    copy.write(content)
                cursor.execute(_INSERT)
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
