"""The live layer as one thing: who is where, what comes in, and what is done about it from time to time."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import structlog

from gis.access.devices import Device
from gis.crs import STORAGE, parse, to_storage
from gis.errors import DatabaseAway, GridtwinError, Overloaded
from gis.service import Service
from gis.tasks import end
from live import days, fence_events, history, passed
from live.after import After
from live.copying import Copying
from live.fence_events import FenceEvents, Happened
from live.fix import Fix
from live.hub import Hub
from live.intake import Intake, Outcome
from live.news import IssueNews
from live.passed import Passing
from live.redrawn import Redrawn
from live.roster import Roster

if TYPE_CHECKING:
    from live.bus import Bus

log = structlog.get_logger("live")
_TEND_S = 3600.0
_AGAIN_S = 30.0
_DUTY_S = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class LiveLayer:
    """Made once a process by `gridtwin.app.create_app`."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.refused = 0
        settings = service.settings
        self.roster = Roster(service.database)
        self.hub = Hub(
            self.roster,
            now=self.now,
            tick_ms=settings.tick_ms,
            silent_after_s=settings.silent_after_s,
            on_duty=service.duty.on_duty,
            off_duty=service.duty.resting,
        )
        self.passing = Passing(settings.zone, lambda: service.clock.now().timestamp())
        self.fences = FenceEvents(settings.zone)
        self.after = After(service.database.dsn, [self.passing, self.fences])
        self.after.listeners.append(self._tell_of_fences)
        self.intake = Intake(
            service.database.dsn,
            self.hub.known,
            self.hub.moved,
            self.after.stored,
            now=self.now,
            retention_days=settings.fix_retention_days,
            most_waiting=settings.intake_queue,
        )
        service.feed.subscribe(Redrawn(self.hub.viewers).hear)
        url = settings.bus_url
        self._bus = self._to_bus(url.get_secret_value()) if url else None
        self._copying = Copying(self.hub, service.database)
        self.hub.listeners.append(self._copying.take)
        self._news = IssueNews(service.database, self.hub, service.feed)
        self._tasks: list[asyncio.Task[None]] = []

    def _to_bus(self, url: str) -> Bus:
        from live.bus import Bus  # its library is loaded where there is one

        return Bus(url, self.service.devices.find_basic, self.take, self.now)

    def now(self) -> int:
        """The present moment in µs since 1970."""
        return (self.service.clock.now() - _EPOCH) // _MICROSECOND

    async def open(self) -> None:
        """Reads where everybody was, then takes fixes in."""
        latest, _ = await asyncio.gather(
            history.latest(self.service.database, self.service.clock.now()), self.hub.open()
        )
        self.hub.rebuilt(latest)
        self.intake.start()
        work = [self._tend(), self._copying.run(), self._news.run(), self._watch_duty(), self.after.run()]
        if self._bus:
            work.append(self._bus.run())
        self._tasks = [asyncio.create_task(each) for each in work]

    async def close(self) -> None:
        """Stores what is waiting, then ends."""
        await end(self._tasks)
        await self.intake.stop()
        await self.after.close()
        await self.hub.close()

    async def take(self, device: Device, fixes: list[Fix], crs: str | None = None) -> tuple[Outcome, int]:
        """Stores a phone's fixes; returns what became of them, and how many were refused because they are off duty.

        `crs` is the system of the positions when the request says so, the device's otherwise.
        """
        member = self.roster.members.get(device.worker_id) or await self.roster.find(device.worker_id)
        if member is None:  # the worker was taken off the roster: as good as off duty
            return Outcome(0, 0, 0), len(fixes)
        to_wgs84(fixes, crs or device.crs)
        duty = self.service.duty
        if duty.stale:
            await duty.refresh()
        if duty.always(member.id):
            return await self.intake.submit(member, fixes), 0
        now = self.now()
        kept = [fix for fix in fixes if duty.on_duty(member.id, min(now if fix.at is None else fix.at, now))]
        refused = len(fixes) - len(kept)
        self.refused += refused
        return await self.intake.submit(member, kept), refused

    async def _watch_duty(self) -> None:
        """Knows who is on duty although no phone sends."""
        while True:
            with contextlib.suppress(DatabaseAway, Overloaded):
                await self.service.duty.refresh()
            await asyncio.sleep(_DUTY_S)

    def _tell_of_fences(self) -> None:
        """What happened at fences, and who is outside their grid, to those who look on."""
        self.hub.are_outside(self.fences.outside)
        happened: list[Happened] = []
        while self.fences.fresh:
            happened.append(self.fences.fresh.popleft())
        if happened:
            for viewer in tuple(self.hub.viewers):
                viewer.tell_happened(happened)

    async def _tend(self) -> None:
        """Days ahead, days that ended, days to forget."""
        while True:
            try:
                await asyncio.to_thread(self._tend_once)
                await asyncio.sleep(_TEND_S)
            except (psycopg.Error, OSError, GridtwinError) as failed:
                log.warning("days.not_tended", why=str(failed).splitlines()[0] if str(failed) else "")
                await asyncio.sleep(_AGAIN_S)

    def _tend_once(self) -> None:
        with psycopg.connect(self.service.database.dsn, autocommit=True) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            settings = self.service.settings
            now = self.service.clock.now()
            days.tend(
                connection,
                now,
                retention_days=settings.fix_retention_days,
                closing=lambda connection, day: passed.mark_closed(connection, settings.zone, day),
            )
            fence_events.forget(connection, (now - timedelta(days=settings.fix_retention_days)).date())
            passed.forget(connection, (now - timedelta(days=settings.fix_retention_days)).date())


def to_wgs84(fixes: list[Fix], crs: str) -> None:
    """Converts the positions in place, all at once."""
    if crs == STORAGE:
        return
    placed = [fix for fix in fixes if fix.lon is not None and fix.lat is not None]
    if not placed:
        return
    coordinates = to_storage(np.array([(fix.lon, fix.lat) for fix in placed], np.float64), parse(crs))
    for fix, (lon, lat) in zip(placed, coordinates.tolist(), strict=True):
        fix.lon, fix.lat = lon, lat
