"""The live layer: fixes a second beside the staging step alone, phone to wall, restart, and kill -9 again and again."""

from __future__ import annotations

import statistics
import struct
import time

import psycopg

from benchmarks import live_crash, live_days, live_walls
from benchmarks.phones import sending
from benchmarks.phones.place import employ, place
from live import days

_WORKERS = 400
_BATCH = 100
_SECONDS = 5.0
_ROUNDS = 5
_CONNECTIONS = 24
_GROUP = 5_000
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


def _through_the_door(tokens: list[str], batch: int, connections: int, round_: int) -> float:
    per_connection = int(_SECONDS * (80_000 if batch > 1 else 20_000) / batch / connections)
    now = time.time()
    work = []
    for index in range(connections):
        worker = (round_ * connections + index) % _WORKERS
        lon, start = 118 + worker * 1e-3, now - 80_000 + round_ * 3_000
        work.append(
            [
                sending.request(
                    tokens[worker],
                    [sending.fix(lon + k * 1e-7, 36.8, start + k * 0.05) for k in range(n * batch, (n + 1) * batch)],
                )
                for n in range(per_connection)
            ]
        )
    return sending.run(sending.flood(work, _SECONDS))


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
    """Prints the tables; whether the limits were kept."""
    kept = [rates(), live_walls.main(), live_days.main(), live_crash.main()]
    return all(kept)


def rates() -> bool:
    """Fixes a second through the door, and beside it what PostgreSQL stores by itself."""
    with place() as where:
        tokens = employ(where.dsn, _WORKERS, _WORKERS)
        figures: list[tuple[float, float, float]] = []
        with where.service():
            for round_ in range(_ROUNDS):
                batches = _through_the_door(tokens, _BATCH, _CONNECTIONS, round_)
                single = _through_the_door(tokens, 1, _CONNECTIONS * 4, round_ + 10)
                figures.append((batches, single, _staging_alone(where.dsn, round_)))
    batches, single, staging = (statistics.median(column) for column in zip(*figures, strict=True))
    share = statistics.median(row[0] / row[2] for row in figures)
    print(f"Fixes stored before they are answered, median of {_ROUNDS}      a second   of the staging step")
    print(f"COPY and ON CONFLICT alone, one connection         {staging:12,.0f}   1.00")
    print(f"POST /api/fixes, batches of {_BATCH}                    {batches:12,.0f}   {share:4.2f}")
    print(f"POST /api/fixes, one fix a request                 {single:12,.0f}   {single / staging:4.2f}")
    print(f"limits: {_LIMIT_BATCHES:,}, and {_LIMIT} of the staging step; {_LIMIT_SINGLE:,} single", flush=True)
    return batches >= _LIMIT_BATCHES and share >= _LIMIT and single >= _LIMIT_SINGLE
