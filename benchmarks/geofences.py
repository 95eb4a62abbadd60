"""What 50,000 geofences cost: fixes a second stored through the door, with and without them, in turns."""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks import live as door
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local

_FENCES = 50_000
_LIMIT = 0.8
_ROUNDS = 3
_CONNECTIONS = 24
_SECONDS = 6.0


def _draw(dsn: str) -> None:
    chance = random.Random(1)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO area (code, name, level, path, geom) VALUES ('s', 's', 'street', 's',"
            " ST_MakeEnvelope(117, 36, 120, 38, 4326)) ON CONFLICT DO NOTHING"
        )
        rows = [(f"{n}", 117.9 + chance.random() * 0.7, 36.7 + chance.random() * 0.2) for n in range(_FENCES)]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO zone (kind, name, area_id, metres, geom, dwell_s, created_at, created_by, changed_at)"
                " SELECT 'zone', %s, id, 50, ST_Buffer(ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, 50)::geometry"
                ", 60, '2020-01-01', 'benchmark', now() FROM area WHERE code = 's'",
                rows,
            )


def _request(token: str, worker: int, first: int) -> bytes:
    """A hundred fixes of somebody who rides to and fro, 6 m in half a second."""
    now, fixes = time.time(), []
    for step in range(first, first + 100):
        along = abs(step * 6.7e-5 % 1.0 - 0.5)
        fixes.append(
            {
                "lon": round(118 + along, 7),
                "lat": round(36.72 + worker * 4e-4, 7),
                "at": round((now - 80_000 + step * 0.5) * 1e3),
                "accuracy": 5,
                "speed": 12,
            }
        )
    body = json.dumps({"fixes": fixes}).encode()
    head = (
        f"POST /api/fixes HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _rate(tokens: list[str], turn: int) -> float:
    work = [
        [_request(tokens[worker], worker, n * 100) for n in range(300)]
        for worker in range(turn * _CONNECTIONS, (turn + 1) * _CONNECTIONS)
    ]
    began = time.perf_counter()
    accepted = sum(await asyncio.gather(*(door._send(requests, began + _SECONDS) for requests in work)))
    return accepted / (time.perf_counter() - began)


def _served(dsn: str, environment: dict[str, str], tokens: list[str], turn: int) -> float:
    command = [str(Path(sys.executable).parent / "gridtwin"), "serve"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            door._until_ready()
            time.sleep(8)  # the index is made
            rate = asyncio.run(_rate(tokens, turn))
            _worked_off(dsn)
        finally:
            server.terminate()
    return rate


def _worked_off(dsn: str) -> None:
    """Waits until no more events come: what waits is work, too."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        before = -1
        while True:
            row = connection.execute("SELECT count(*) FROM geofence_event").fetchone()
            if row is None or row[0] == before:
                return
            before = row[0]
            time.sleep(3)


def main() -> bool:
    """Prints the table; whether the limit was kept."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        environment = {**os.environ, "GRIDTWIN_DATA_DIR": str(settings.data_dir), "GRIDTWIN_PORT": str(door._PORT)}
        with local.database(settings) as dsn:
            upgrade(dsn)
            tokens = door._prepare(dsn)
            without, fenced = [], []
            for round_ in range(_ROUNDS):
                with psycopg.connect(dsn, autocommit=True) as connection:
                    connection.execute("TRUNCATE zone")
                without.append(_served(dsn, environment, tokens, 2 * round_))
                _draw(dsn)
                fenced.append(_served(dsn, environment, tokens, 2 * round_ + 1))
            with psycopg.connect(dsn) as connection:
                row = connection.execute("SELECT count(*) FROM geofence_event").fetchone()
        local.discard(settings)
    none, some = statistics.median(without), statistics.median(fenced)
    print(f"Fixes a second in batches of 100, each 6 m on, median of {_ROUNDS}")
    print(f"without fences       {none:10,.0f}")
    print(f"with {_FENCES:,} fences   {some:10,.0f}   {some / none:4.2f} of that; limit {_LIMIT}")
    print(f"events stored        {row[0] if row else 0:10,}")
    return some / none >= _LIMIT


if __name__ == "__main__":
    main()
