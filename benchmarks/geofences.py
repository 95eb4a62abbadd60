"""What 50,000 geofences cost: fixes a second stored through the door, with and without them, in turns."""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

import psycopg

from benchmarks.phones import sending
from benchmarks.phones.place import Place, employ, place

_FENCES = 50_000
_LIMIT = 0.8
_ROUNDS = 5
_CONNECTIONS = 24
_SECONDS = 6.0
_INDEXED_S = 8.0  # until the index is made: it isn't what is measured


def _draw(dsn: str) -> None:
    chance = random.Random(1)
    rows = [(f"{n}", 117.9 + chance.random() * 0.7, 36.7 + chance.random() * 0.2) for n in range(_FENCES)]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO zone (kind, name, area_id, metres, geom, dwell_s, created_at, created_by, changed_at)"
            " SELECT 'zone', n.name, a.id, 50, ST_Buffer(ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography, 50)"
            "::geometry, 60, '2020-01-01', 'benchmark', now()"
            " FROM area a, unnest(%s::text[], %s::float8[], %s::float8[]) n (name, lon, lat) WHERE a.code = 's'",
            tuple(list(column) for column in zip(*rows, strict=True)),
        )


def _ride(worker: int, first: int) -> list[dict[str, Any]]:
    """A hundred fixes of somebody who rides to and fro, 6 m in half a second."""
    now, lat = time.time(), 36.72 + worker * 4e-4
    return [
        sending.fix(118 + abs(step * 6.7e-5 % 1.0 - 0.5), lat, now - 80_000 + step * 0.5) | {"speed": 12}
        for step in range(first, first + 100)
    ]


def _rate(where: Place, tokens: list[str], turn: int) -> float:
    work = [
        [sending.request(tokens[worker], _ride(worker, n * 100)) for n in range(400)]
        for worker in range(turn * _CONNECTIONS, (turn + 1) * _CONNECTIONS)
    ]
    with where.service():
        time.sleep(_INDEXED_S)
        rate = sending.run(sending.flood(work, _SECONDS))
        _worked_off(where.dsn)
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
    phones = 2 * _ROUNDS * _CONNECTIONS
    without, fenced = [], []
    with place() as where:
        tokens = employ(where.dsn, phones, phones)
        for round_ in range(_ROUNDS):
            with psycopg.connect(where.dsn, autocommit=True) as connection:
                connection.execute("TRUNCATE zone")
            without.append(_rate(where, tokens, 2 * round_))
            _draw(where.dsn)
            fenced.append(_rate(where, tokens, 2 * round_ + 1))
        with psycopg.connect(where.dsn) as connection:
            row = connection.execute("SELECT count(*) FROM geofence_event").fetchone()
    share = statistics.median(b / a for a, b in zip(without, fenced, strict=True))
    print(f"Fixes a second in batches of 100, each 6 m on, median of {_ROUNDS}")
    print(f"without fences       {statistics.median(without):10,.0f}")
    print(f"with {_FENCES:,} fences   {statistics.median(fenced):10,.0f}   {share:4.2f} of that; limit {_LIMIT}")
    print(f"events stored        {row[0] if row else 0:10,}", flush=True)
    return share >= _LIMIT
