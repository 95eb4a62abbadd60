"""Where somebody has passed, as bits: small squares of the map cells, by day. It says where, never who.

Marking is a union, so that late and repeated fixes need no special care.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from numpy.typing import NDArray

from live import cells
from live.after import Reliable
from live.judging import DOUBTFUL
from live.lasts import Lasts
from live.roster import Member

SIDE = 128
"""Squares along a side of a map cell."""
_UNITS = cells.UNITS // SIDE
STORE_S = 2.0
_LONGEST_S = 300.0
_FARTHEST = 500.0 / 12.0  # squares, about 500 m: between two fixes farther apart nobody knows the way
_GET = """
SELECT day, x, y, bits FROM passed JOIN unnest(%s::date[], %s::int[], %s::int[]) AS n (day, x, y) USING (day, x, y)
"""
_PUT = """
INSERT INTO passed (day, x, y, bits) SELECT * FROM unnest(%s::date[], %s::int[], %s::int[], %s::bytea[])
ON CONFLICT (day, x, y) DO UPDATE SET bits = excluded.bits
"""

Cell = tuple[date, int, int]
Bits = NDArray[np.bool_]


@dataclass
class Marks:
    """New marks that aren't in the database yet."""

    cells: dict[Cell, Bits] = field(default_factory=dict)

    def add(self, day: date, columns: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Marks squares, numbered over the whole world from the north-west."""
        if not len(columns):
            return
        # a cell's column and row have 14 bits each, and so has the square within it
        numbers = np.unique((columns // SIDE << 28) | (rows // SIDE << 14) | (rows % SIDE * SIDE + columns % SIDE))
        cells_, squares_ = numbers >> 14, numbers & 0x3FFF
        starts = np.flatnonzero(np.diff(cells_, prepend=-1)).tolist()
        for first, last in zip(starts, [*starts[1:], len(numbers)], strict=True):
            cell = (day, int(cells_[first] >> 14), int(cells_[first] & 0x3FFF))
            bits = self.cells.get(cell)
            if bits is None:
                bits = self.cells[cell] = np.zeros(SIDE * SIDE, np.bool_)
            bits[squares_[first:last]] = True

    def store(self, connection: psycopg.Connection) -> None:
        """Joins the marks with those that are stored; they are taken off when that is committed."""
        taken, self.cells = self.cells, {}
        try:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(7133011)")  # joined by one at a time
                keys: tuple[list[Any], ...] = tuple(list(each) for each in zip(*taken, strict=True)) or ([], [], [])
                stored = {(day, x, y): bits for day, x, y, bits in connection.execute(_GET, keys)}
                joined = [
                    np.packbits(bits | unpacked(stored[cell]) if cell in stored else bits).tobytes()
                    for cell, bits in taken.items()
                ]
                connection.execute(_PUT, (*keys, joined))
        except BaseException:
            for cell, bits in taken.items():
                newer = self.cells.get(cell)
                self.cells[cell] = bits if newer is None else bits | newer
            raise


def unpacked(content: bytes) -> Bits:
    """The bits of a cell, row by row."""
    return np.unpackbits(np.frombuffer(content, np.uint8)).astype(np.bool_)


def way(
    lon: NDArray[np.float64], lat: NDArray[np.float64], at: NDArray[np.int64], worker: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The squares (columns, rows) that fixes passed: sorted by (worker, µs), with the straight ways between them."""
    x, y = cells.place(lon, lat)
    across, down = x / _UNITS, y / _UNITS
    if len(across) < 2:
        return np.floor(across).astype(np.int64), np.floor(down).astype(np.int64)
    far = np.maximum(np.abs(np.diff(across)), np.abs(np.diff(down)))
    known = (np.diff(worker) == 0) & (np.diff(at) <= _LONGEST_S * 1e6) & (far <= _FARTHEST)
    steps = np.where(known, np.ceil(far * 2), 1).astype(np.int64).clip(1)
    begin = np.repeat(np.arange(len(steps)), steps)
    share = (np.arange(len(begin)) - np.repeat(np.cumsum(steps) - steps, steps)) / np.repeat(steps, steps)
    share = np.where(np.repeat(known, steps), share, 0.0)
    columns = np.r_[across[begin] + (across[begin + 1] - across[begin]) * share, across[-1]]
    rows = np.r_[down[begin] + (down[begin + 1] - down[begin]) * share, down[-1]]
    return np.floor(columns).astype(np.int64), np.floor(rows).astype(np.int64)


@dataclass(frozen=True)
class Picture:
    """The squares of a box: `bits[row, column]`, its north-west corner at (left, top), numbered over the world."""

    left: int
    top: int
    bits: Bits

    def near(self, columns: NDArray[np.int64], rows: NDArray[np.int64]) -> Bits:
        """Whether somebody passed a square or one beside it."""
        return self.touched(columns, rows, columns, rows)

    def touched(
        self, left: NDArray[np.int64], top: NDArray[np.int64], right: NDArray[np.int64], bottom: NDArray[np.int64]
    ) -> Bits:
        """Whether somebody passed a square of these boxes (both ends count) or one beside them."""
        height, width = self.bits.shape
        sums = np.zeros((height + 1, width + 1), np.int64)
        sums[1:, 1:] = self.bits.cumsum(0).cumsum(1)
        west, east = ((side - self.left).clip(0, width) for side in (left - 1, right + 2))
        north, south = ((side - self.top).clip(0, height) for side in (top - 1, bottom + 2))
        inside = sums[south, east] - sums[north, east] - sums[south, west] + sums[north, west]
        return np.asarray(inside > 0, np.bool_)


def squares(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The squares (columns, rows over the world) in which points (degrees) lie."""
    x, y = cells.place(lon, lat)
    return x // _UNITS, y // _UNITS


def picture(
    rows: Iterable[tuple[int, int, bytes]], box: tuple[float, float, float, float]
) -> Picture:  # the rows of `passed` within a box (west, south, east, north)
    """Joins cells (x, y, bits), of several days as a rule, to one picture of a box in degrees."""
    west, east, north, south = cells.box(*box)
    bits = np.zeros(((south - north + 1) * SIDE, (east - west + 1) * SIDE), np.bool_)
    for x, y, content in rows:
        if west <= x <= east and north <= y <= south:
            top, left = (y - north) * SIDE, (x - west) * SIDE
            bits[top : top + SIDE, left : left + SIDE] |= unpacked(content).reshape(SIDE, SIDE)
    return Picture(west * SIDE, north * SIDE, bits)


def forget(connection: psycopg.Connection, before: date) -> None:
    """Drops the days before a day."""
    connection.execute("DELETE FROM passed WHERE day < %s", (before,))


class Passing:
    """Marks where fixes passed as they come, and stores the marks now and then."""

    def __init__(self, zone: ZoneInfo, now: Callable[[], float]) -> None:
        self._zone = zone
        self._now = now
        self._marks = Marks()
        self._lasts = Lasts()
        self._stored_at = now()

    def take(self, connection: psycopg.Connection, fixes: Reliable) -> None:
        """Marks the way of some fixes, from where each worker was before."""
        if len(fixes):
            self._mark(fixes)
        if self._marks.cells and self._now() - self._stored_at >= STORE_S:
            self._stored_at = self._now()
            self._marks.store(connection)

    def close(self, connection: psycopg.Connection) -> None:
        """Stores what is marked."""
        self._marks.store(connection)

    def missed(self, workers: set[Member]) -> None:
        """Nothing is marked of them; closed days are marked again as a whole."""

    def _mark(self, fixes: Reliable) -> None:
        starts = np.flatnonzero(np.r_[True, fixes.worker[1:] != fixes.worker[:-1]])
        ends = np.r_[starts[1:], len(fixes)] - 1
        which = fixes.worker[starts]
        slots = self._lasts.slots([fixes.members[place] for place in which.tolist()])
        known = self._lasts.at[slots] >= 0
        before = slots[known]
        worker = np.r_[fixes.worker, which[known]]
        at = np.r_[fixes.at, self._lasts.at[before]]
        lon = np.r_[fixes.lon, self._lasts.lon[before]]
        lat = np.r_[fixes.lat, self._lasts.lat[before]]
        order = np.lexsort((at, worker))
        mark_days(self._marks, self._zone, worker[order], at[order], lon[order], lat[order])
        newer = self._lasts.at[slots] < fixes.at[ends]
        slots, ends = slots[newer], ends[newer]
        self._lasts.at[slots], self._lasts.lon[slots], self._lasts.lat[slots] = (
            fixes.at[ends], fixes.lon[ends], fixes.lat[ends],
        )  # fmt: skip


def mark_days(
    marks: Marks,
    zone: ZoneInfo,
    worker: NDArray[np.int64],
    at: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> None:
    """Marks the ways of fixes sorted by (worker, µs since 1970), each on its day of the zone."""
    offsets = {
        hour: int((datetime.fromtimestamp(hour * 3600, zone).utcoffset() or timedelta()).total_seconds())
        for hour in np.unique(at // 3_600_000_000).tolist()
    }
    hours = np.array(sorted(offsets), np.int64)
    shift = np.array([offsets[hour] for hour in hours.tolist()], np.int64)
    local = at // 1_000_000 + shift[np.searchsorted(hours, at // 3_600_000_000)]
    days = local // 86_400
    for day in np.unique(days).tolist():
        which = days == day
        ways = way(lon[which], lat[which], at[which], worker[which])
        marks.add(date(1970, 1, 1) + timedelta(days=day), *ways)


def mark_closed(connection: psycopg.Connection, zone: ZoneInfo, day: date) -> None:
    """Marks a closed day of UTC from history once more, whatever was missed while it was open."""
    marks = Marks()
    with connection.transaction(), connection.cursor("closed", binary=True) as cursor:
        cursor.itersize = 100_000
        cursor.execute(
            "SELECT worker, (date_part('epoch', at) * 1000000)::bigint, ST_X(geom), ST_Y(geom) FROM fix"
            " WHERE at >= %(day)s::timestamptz AND at < %(day)s::timestamptz + interval '1 day'"
            " AND geom IS NOT NULL AND flags & %(doubtful)s = 0 ORDER BY worker, at",
            {"day": f"{day} 00:00:00+00", "doubtful": DOUBTFUL},
        )
        while rows := cursor.fetchmany(100_000):
            names = {name: place for place, name in enumerate(dict.fromkeys(row[0] for row in rows))}
            columns = np.array([(names[row[0]], row[1]) for row in rows], np.int64)
            places = np.array([row[2:] for row in rows], np.float64)
            mark_days(marks, zone, columns[:, 0], columns[:, 1], places[:, 0], places[:, 1])
    marks.store(connection)
