"""Duty (在岗): whether a worker's position may be taken, judged by the fix's own time.

Positions are taken in a worker's weekly hours (their own, or else their post's, or else everybody's), and while the
worker has switched duty on. Without hours and without a switch nothing is taken.
"""

from __future__ import annotations

import asyncio
import time as monotonic_time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from gis.access.scope import Scope
from gis.clock import Clock
from gis.db import Database, Row
from gis.errors import NotFound
from gis.messages import Both

_FRESH_S = 0.5
_WEEK = 7 * 24 * 60  # minutes
_DAY = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WORKER = Both("网格员", "worker")

_HOURS = """
SELECT w.id AS worker_id, h.weekdays, h.starts, h.ends FROM duty_hours h JOIN worker w ON h.worker_id = w.id
UNION ALL
SELECT DISTINCT p.worker_id, h.weekdays, h.starts, h.ends
FROM duty_hours h JOIN post p ON p.role = h.role AND p.in_force
WHERE NOT EXISTS (SELECT FROM duty_hours own WHERE own.worker_id = p.worker_id)
UNION ALL
SELECT NULL, h.weekdays, h.starts, h.ends FROM duty_hours h WHERE h.worker_id IS NULL AND h.role IS NULL
"""
_RULES = """
SELECT h.worker_id AS worker, h.role, h.weekdays, h.starts, h.ends
FROM duty_hours h LEFT JOIN worker w ON w.id = h.worker_id LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE h.worker_id IS NULL OR {seen}
ORDER BY h.worker_id NULLS FIRST, h.role NULLS FIRST, h.weekdays, h.starts
"""
_WITHIN = """
SELECT w.id FROM worker w LEFT JOIN grid_in_force g ON g.id = w.grid_id WHERE w.id = %(worker)s AND {seen}
"""
_SWITCHES = "SELECT id, worker_id, on_at, off_at FROM duty_switch WHERE version > %s"


class Hours:
    """Weekly hours: minutes of the week, Monday 00:00 first, as intervals that don't touch."""

    def __init__(self, rows: Iterable[tuple[Sequence[int], time, time]]) -> None:
        spans: list[tuple[int, int]] = []
        for weekdays, starts, ends in rows:
            first, last = _minute(starts), _minute(ends)
            for weekday in weekdays:
                begin = (weekday - 1) * _DAY + first
                end = (weekday - 1) * _DAY + last + (_DAY if last <= first else 0)
                spans.append((begin, min(end, _WEEK)))
                if end > _WEEK:
                    spans.append((0, end - _WEEK))
        self._begins: list[int] = []
        self._ends: list[int] = []
        for begin, end in sorted(spans):
            if self._ends and begin <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._begins.append(begin)
                self._ends.append(end)
        self.always = self._begins == [0] and self._ends == [_WEEK]

    def cover(self, local: datetime) -> bool:
        """Whether a moment in local time lies within."""
        minute = local.weekday() * _DAY + local.hour * 60 + local.minute
        at = bisect_right(self._begins, minute) - 1
        return at >= 0 and minute < self._ends[at]


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


_NEVER = Hours(())


class Duty:
    """Who is on duty when, as the database has it; what others change is known within a second."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo, *, switch_hours: int) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._longest = timedelta(hours=switch_hours)
        self._own: dict[str, Hours] = {}
        self._all = _NEVER
        self._switched: dict[str, dict[int, tuple[int, int]]] = {}
        self._hours_version = self._switch_version = -1
        self._looked = 0.0
        self._looking = asyncio.Lock()

    # Judging -------------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Takes in what has changed, at most twice a second; to be awaited before `on_duty` is asked."""
        if monotonic_time.monotonic() - self._looked < _FRESH_S:
            return
        async with self._looking:
            began = monotonic_time.monotonic()
            if began - self._looked < _FRESH_S:
                return
            version = await self._database.one("SELECT hours, switches FROM duty_version")
            if version and version["hours"] != self._hours_version:
                self._take_hours(await self._database.all(_HOURS))
                self._hours_version = version["hours"]
            if version and version["switches"] != self._switch_version:
                self._take_switches(await self._database.all(_SWITCHES, (self._switch_version,)))
                self._switch_version = version["switches"]
            self._looked = began

    @property
    def stale(self) -> bool:
        """Whether `refresh` has something to do."""
        return monotonic_time.monotonic() - self._looked >= _FRESH_S

    def always(self, worker_id: str) -> bool:
        """Whether a worker is on duty round the clock, every day."""
        return self._own.get(worker_id, self._all).always

    def on_duty(self, worker_id: str, at: int) -> bool:
        """Whether a position of a worker at a moment (microseconds since 1970-01-01 UTC) may be taken."""
        hours = self._own.get(worker_id, self._all)
        if hours.always:
            return True
        switched = self._switched.get(worker_id)
        if switched and any(on <= at < off for on, off in switched.values()):
            return True
        if hours is _NEVER:
            return False
        try:
            local = (_EPOCH + timedelta(microseconds=at)).astimezone(self._zone)
        except OverflowError:
            return False
        return hours.cover(local)

    def resting(self, workers: Iterable[str], at: int) -> set[str]:
        """Those of some workers who are not on duty at a moment (µs since 1970); quicker than asking of each."""
        local = (_EPOCH + timedelta(microseconds=at)).astimezone(self._zone)
        everybody = self._all.cover(local)
        if everybody and not self._own:
            return set()
        covered = {id(hours): hours.cover(local) for hours in self._own.values()} if self._own else {}
        own, switched = self._own, self._switched
        found = {worker for worker in workers if not (covered[id(own[worker])] if worker in own else everybody)}
        return {
            worker
            for worker in found
            if worker not in switched or not any(on <= at < off for on, off in switched[worker].values())
        }

    def _take_hours(self, rows: Sequence[Row]) -> None:
        found: dict[str | None, list[tuple[Sequence[int], time, time]]] = {}
        for row in rows:
            found.setdefault(row["worker_id"], []).append((row["weekdays"], row["starts"], row["ends"]))
        shared: dict[str, Hours] = {}  # most workers have the same hours
        made = {
            worker: shared.setdefault(repr(sorted(hours, key=repr)), Hours(hours)) for worker, hours in found.items()
        }
        self._all = made.pop(None, _NEVER)
        self._own = {worker: hours for worker, hours in made.items() if worker is not None}

    def _take_switches(self, rows: Sequence[Row]) -> None:
        for row in rows:
            span = (microseconds(row["on_at"]), microseconds(row["off_at"]))
            self._switched.setdefault(row["worker_id"], {})[row["id"]] = span

    # Switching -----------------------------------------------------------------------------------------------

    async def switch(self, worker_id: str, *, on: bool) -> None:
        """Switches a worker's duty on, for as long as a switch may last, or off."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            await connection.execute("SELECT FROM worker WHERE id = %s FOR UPDATE", (worker_id,))
            await connection.execute(
                "UPDATE duty_switch SET off_at = greatest(on_at, %(now)s) WHERE worker_id = %(worker)s"
                " AND off_at > %(now)s",
                {"worker": worker_id, "now": now},
            )
            if on:
                await connection.execute(
                    "INSERT INTO duty_switch (worker_id, on_at, off_at) VALUES (%s, %s, %s)",
                    (worker_id, now, now + self._longest),
                )
        self._looked = 0.0

    async def state(self, worker_id: str) -> dict[str, Any]:
        """What a worker sees: whether positions are taken now, and until when a switch lasts (None without one)."""
        await self.refresh()
        now = microseconds(self._clock.now())
        lasts = [off for on, off in self._switched.get(worker_id, {}).values() if on <= now < off]
        until = _EPOCH + timedelta(microseconds=max(lasts)) if lasts else None
        return {"on_duty": self.on_duty(worker_id, now), "switched_until": until}


def microseconds(at: datetime) -> int:
    """A moment as microseconds since 1970-01-01 UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)


# Hours ---------------------------------------------------------------------------------------------------------


async def hours_of(database: Database, scope: Scope) -> list[Row]:
    """All hours that are set: those of all and of posts, and those of the workers within the scope."""
    return await database.all(_RULES.format(seen=scope.sql("g.area_id")).encode(), scope.values())


async def set_hours(
    connection: psycopg.AsyncConnection[Any],
    scope: Scope,
    worker: str | None,
    role: str | None,
    hours: Sequence[tuple[Sequence[int], time, time]],
) -> None:
    """Replaces the hours of a worker, of a post, or (both None) of all; raises NotFound for a worker out of scope."""
    if worker is not None:
        cursor = await connection.execute(
            _WITHIN.format(seen=scope.sql("g.area_id")).encode(),
            {"worker": worker, **scope.values()},
        )
        if await cursor.fetchone() is None:
            raise NotFound(what=WORKER)
    await connection.execute(
        "DELETE FROM duty_hours WHERE worker_id IS NOT DISTINCT FROM %s AND role IS NOT DISTINCT FROM %s",
        (worker, role),
    )
    for weekdays, starts, ends in hours:
        await connection.execute(
            "INSERT INTO duty_hours (worker_id, role, weekdays, starts, ends) VALUES (%s, %s, %s, %s, %s)",
            (worker, role, sorted(set(weekdays)), starts, ends),
        )
