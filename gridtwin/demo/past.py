"""The demo town's past (示范数据): thirty days of tracks, made by the walkers who walk now, stored as closed days.

`python -m gridtwin.demo.past URL` makes it; `filling` runs that in a process of its own beside the service, so that
nobody waits for it. The same worker walks the same way on the same day, whenever it is made.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray

from gridtwin import logs
from gridtwin.demo import walkers
from gridtwin.demo.walkers import Walker
from live import days, passed
from live.judging import Flag

log = structlog.get_logger("demo.past")

DAYS = 30
_ZONE = ZoneInfo("Asia/Shanghai")
_BEGINS_S, _ENDS_S = 8.5 * 3600, 17.5 * 3600
_EVERY_S = 60.0
_AT_WEEKENDS = 0.3  # of the workers
_NOISE_DEG = 2.5e-5  # 2.5 m
_ODD = 0.002  # of the fixes jump, as many are inaccurate
_ADDRESS = "GRIDTWIN_PAST_DATABASE"
_EPOCH_US = 946_684_800_000_000
_POINT = np.frombuffer(b"\x01" + (0x20000001).to_bytes(4, "little") + (4326).to_bytes(4, "little"), np.uint8)
_COLUMNS = "worker, at, key, received_at, area_id, geom, accuracy, speed, heading, battery, flags"


def _walked(connection: psycopg.Connection, day: date) -> bool:
    """Whether there are fixes of a day's duty hours, which lie within one day of UTC; its nights may be yesterday's."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=_ZONE)
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM fix WHERE at BETWEEN %s AND %s)",
        (midnight + timedelta(seconds=_BEGINS_S), midnight + timedelta(seconds=_ENDS_S)),
    ).fetchone()
    return bool(row and row[0])


def make(dsn: str, now: datetime, *, last: int = DAYS) -> int:
    """Fills the `last` days before today that have no fixes; returns how many fixes it made.

    A day that was made, or on which the demo ran, stays as it is: what was interrupted goes on with the next day.
    """
    made = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('TimeZone', 'UTC', false), set_config('synchronous_commit', 'off', false)"
        )
        streets = walkers.streets(connection, 100_000)
        areas: dict[str, int | None] = dict(
            connection.execute(
                "SELECT w.id, g.area_id FROM worker w JOIN grid_in_force g ON g.id = w.grid_id"
            ).fetchall()
        )
        existing = set(days.existing(connection))
        today = now.astimezone(_ZONE).date()
        wanted = [today - timedelta(days=ago) for ago in range(1, last + 1)]
        missing = [day for day in wanted if not (day in existing and _walked(connection, day))]
        for done, day in enumerate(missing, start=1):
            began = time.monotonic()
            walked = [
                _walk(Walker(worker, network, int(f"{day:%Y%m%d}")), day)
                for worker, network in streets
                if day.weekday() < 5 or random.Random(f"{worker}/{day}").random() < _AT_WEEKENDS  # noqa: S311
            ]
            rows = b"".join(_packed(track, areas.get(track.worker)) for track in walked)
            days.make(connection, {day})
            days.rewrite(connection, day, with_rows=(_COLUMNS, rows))
            _mark(connection, walked)
            count = sum(len(track.at) for track in walked)
            made += count
            took = f"{time.monotonic() - began:.1f} s"
            log.info("past.made", day=str(day), fixes=count, took=took, done=f"{done}/{len(missing)}", kind="示范数据")
    return made


class _Track:
    """A worker's day: µs since 1970, degrees, m/s, degrees, metres, flags."""

    def __init__(self, worker: str, steps: NDArray[np.float64], chance: np.random.Generator, day: date) -> None:
        count = len(steps)
        begin = datetime(day.year, day.month, day.day, tzinfo=_ZONE).timestamp() + _BEGINS_S
        late = chance.uniform(0, 600)  # nobody begins on the minute
        self.worker = worker
        self.at = ((begin + late + np.arange(count) * _EVERY_S + chance.uniform(0, 5, count)) * 1e6).astype(np.int64)
        self.lon = np.round(steps[:, 0] + chance.normal(0, _NOISE_DEG, count), 7)
        self.lat = np.round(steps[:, 1] + chance.normal(0, _NOISE_DEG, count), 7)
        self.speed, self.heading = steps[:, 2], steps[:, 3]
        self.accuracy = chance.uniform(3, 15, count)
        self.battery = np.linspace(chance.uniform(0.8, 1.0), chance.uniform(0.2, 0.5), count)
        self.flags = np.where(self.speed == 0.0, int(Flag.STANDING_STILL), 0).astype(np.int32)
        odd = chance.random(count)
        self.lon = np.where(odd < _ODD, self.lon + 0.05, self.lon)
        self.flags |= np.where(odd < _ODD, int(Flag.JUMP), 0).astype(np.int32)
        unsure = (odd >= _ODD) & (odd < 2 * _ODD)
        self.accuracy = np.where(unsure, 400.0, self.accuracy)
        self.flags |= np.where(unsure, int(Flag.INACCURATE), 0).astype(np.int32)
        self.doubtful = odd < 2 * _ODD


def _walk(walker: Walker, day: date) -> _Track:
    seconds = _ENDS_S - _BEGINS_S - 600
    walked = (walker.walk(_EVERY_S) for _ in range(int(seconds / _EVERY_S)))
    steps = np.array([(step.lon, step.lat, step.speed, step.heading) for step in walked], np.float64)
    seed = random.Random(f"{walker.worker}/{day}").getrandbits(64)  # noqa: S311 - a demo, and the same one each time
    return _Track(walker.worker, steps, np.random.default_rng(seed), day)


def _packed(track: _Track, area_id: int | None) -> bytes:
    """A day's rows for PostgreSQL's binary COPY: every row has the same length, so they are made at once."""
    count, name = len(track.at), np.frombuffer(track.worker.encode(), np.uint8)
    fields: list[tuple[str, NDArray[np.generic] | np.generic, str]] = [
        ("worker", name, f"({len(name)},)u1"),
        ("at", track.at - _EPOCH_US, ">i8"),
        ("key", _key(track), ">i8"),
        ("received", track.at - _EPOCH_US + 1_500_000, ">i8"),
        ("area", np.int64(area_id or 0), ">i8"),
        ("head", _POINT, "(9,)u1"),
        ("lon", track.lon, "<f8"),
        ("lat", track.lat, "<f8"),
        ("accuracy", track.accuracy, ">f4"),
        ("speed", track.speed, ">f4"),
        ("heading", track.heading, ">f4"),
        ("battery", track.battery, ">f4"),
        ("flags", track.flags, ">i4"),
    ]
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for field, _, kind in fields:
        if field not in ("lon", "lat"):  # with the head they are one field
            layout.append((f"{field} length", ">i4"))
        layout.append((field, kind))
    rows = np.zeros(count, np.dtype(layout))
    rows["fields"] = 11
    for field, values, _ in fields:
        if field not in ("lon", "lat"):
            rows[f"{field} length"] = 25 if field == "head" else rows.dtype[field].itemsize
        rows[field] = values
    return rows.tobytes()


def _key(track: _Track) -> NDArray[np.int64]:
    """As `live.fix.key_of` makes it of a position."""
    east = np.round(track.lon * 1e7).astype(np.int64) & 0xFFFFFFFF
    north = np.round(track.lat * 1e7).astype(np.int64) & 0xFFFFFFFF
    return (east << 32) | north


def _mark(connection: psycopg.Connection, walked: list[_Track]) -> None:
    if not walked:
        return
    marks = passed.Marks()
    kept = [~track.doubtful for track in walked]
    passed.mark_days(
        marks,
        _ZONE,
        np.concatenate([np.full(int(own.sum()), index) for index, own in enumerate(kept)]),
        *(
            np.concatenate([getattr(track, name)[own] for track, own in zip(walked, kept, strict=True)])
            for name in ("at", "lon", "lat")
        ),
    )
    marks.store(connection)


@contextlib.contextmanager
def filling(dsn: str) -> Iterator[None]:
    """Makes the past in a process of its own while the block runs; it ends with the block."""
    environment = {**os.environ, _ADDRESS: dsn}
    process = subprocess.Popen(
        [sys.executable, "-m", "gridtwin.demo.past"],
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the service, which ends it
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    """Makes the past of the demo at the address in the environment."""
    os.nice(10)
    logs.configure(os.environ.get("GRIDTWIN_LOG_FORMAT") or "console", verbose=False)
    try:
        made = make(os.environ[_ADDRESS], datetime.now(UTC))
    except psycopg.OperationalError as away:  # the service ended, and the database with it
        log.warning("past.interrupted", why=str(away).strip().splitlines()[0] if str(away).strip() else "")
        return
    if made:
        log.info("past.ready", fixes=made)


if __name__ == "__main__":
    main()
