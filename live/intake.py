"""From a phone's request to rows on disk: judged, stored in groups, and only then answered."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg
import structlog

from gis.errors import BadRequest, DatabaseAway, Overloaded
from live import rows
from live.fix import Fix
from live.judging import DAY, DOUBTFUL, Flag, has_no_coordinates, judge
from live.now import follow
from live.roster import Member
from live.whereabouts import Whereabouts
from live.writer import Writer

log = structlog.get_logger("live.intake")

_GROUP = 5_000  # fixes: larger ones cost more memory and answer later, and store hardly faster
_WINDOW_S = 0.02  # how long a group is kept open for others


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request's fixes: `accepted` are newly stored, `flagged` are those of them that are doubtful."""

    accepted: int
    duplicate: int
    flagged: int


@dataclass(slots=True)
class _Request:
    member: Member
    fixes: list[Fix]
    done: asyncio.Future[Outcome]
    numbers: list[int] = field(default_factory=list)
    """`received_at` of each fix, µs since 1970: its number in the order of arrival, used once."""


class Intake:
    """Takes fixes in, one lane for each writer; a worker's fixes stay in their lane, so their order is kept.

    `known` is where the workers are now; it is read to judge, and `moved` is told what changed after each commit.
    """

    def __init__(
        self,
        dsn: str,
        known: dict[str, Whereabouts],
        moved: Callable[[dict[str, Whereabouts]], None],
        *,
        now: Callable[[], int],
        retention_days: int,
        most_waiting: int,
        lanes: int = 2,
    ) -> None:
        self._known = known
        self._moved = moved
        self._now = now
        self._retention = retention_days * DAY
        self._most_waiting = most_waiting
        self._lanes = [_Lane(Writer(dsn), self) for _ in range(lanes)]
        self._waiting = 0
        self._last_number = 0

    def start(self) -> None:
        """Starts the lanes."""
        for lane in self._lanes:
            lane.task = asyncio.create_task(lane.run())

    async def stop(self) -> None:
        """Stores what is waiting, then ends."""
        for lane in self._lanes:
            lane.closing = True
            lane.wake.set()
        await asyncio.gather(*(lane.task for lane in self._lanes if lane.task), return_exceptions=True)

    async def submit(self, member: Member, fixes: list[Fix]) -> Outcome:
        """Returns when the fixes are on disk. Raises Overloaded, DatabaseAway: then none of them is stored."""
        if not fixes:
            return Outcome(0, 0, 0)
        if self._waiting + len(fixes) > self._most_waiting and self._waiting:
            raise Overloaded
        request = _Request(member, fixes, asyncio.get_running_loop().create_future())
        lane = self._lanes[member.number % len(self._lanes)]
        self._waiting += len(fixes)
        lane.requests.append(request)
        lane.fixes += len(fixes)
        lane.wake.set()
        try:
            return await asyncio.shield(request.done)
        finally:
            if not request.done.done():  # the client left; the fixes are stored all the same
                request.done.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def store(self, writer: Writer, group: list[_Request]) -> None:
        """Judges and stores the requests of a group and settles each; a group that can't be stored is told why."""
        self._waiting -= sum(len(request.fixes) for request in group)
        try:
            await self._store(writer, group)
        except psycopg.DataError as poison:
            if len(group) > 1:  # one of them holds what the database refuses: find out which
                self._waiting += sum(len(request.fixes) for request in group)
                for request in group:
                    await self.store(writer, [request])
                return
            log.error("fixes.refused", why=type(poison).__name__)
            _fail(group, BadRequest(what="fixes", why="the database refuses a value in them"))
        except (psycopg.Error, OSError) as away:
            log.warning("fixes.not_stored", requests=len(group), why=str(away).splitlines()[0] if str(away) else "")
            _fail(group, DatabaseAway())
        except Exception as unforeseen:
            _fail(group, unforeseen)
            log.exception("fixes.failed")

    async def _store(self, writer: Writer, group: list[_Request]) -> None:
        received = self._now()
        known: dict[str, Whereabouts] = {}
        packed: list[bytes] = []
        days: set[int] = set()
        strays = False
        for request in group:
            worker = request.member.id
            last = known.get(worker)
            if last is None and (stored := self._known.get(worker)) is not None:
                last = copy.copy(stored)
            head, area = rows.head(worker), rows.area(request.member.area_id)
            request.numbers.clear()
            request.fixes.sort(key=_time)
            for fix in request.fixes:
                if has_no_coordinates(fix, last, received):
                    _keep_as_sent(fix)
                fix.flags = judge(fix, last, received)
                stray = fix.at is None or not received - self._retention <= fix.at <= received + DAY
                if fix.at is None or fix.at < received - self._retention:
                    fix.flags |= Flag.PAST
                last = follow(last, fix, received)
                number = self._number(received)
                request.numbers.append(number)
                packed.append(rows.row(head, area, fix, number, stray=stray))
                if stray or fix.at is None:
                    strays = True
                else:
                    days.add(fix.at // DAY)
            if last is not None:
                known[worker] = last
        new = await writer.store(packed, days, strays=strays)
        self._moved(known)
        for request in group:
            if not request.done.done():
                request.done.set_result(_outcome(request, new))

    def _number(self, received: int) -> int:
        """`received_at` of the next fix: the time, but never the same twice."""
        self._last_number = max(self._last_number + 1, received)
        return self._last_number


class _Lane:
    """A queue of requests and the writer that empties it, group by group."""

    def __init__(self, writer: Writer, intake: Intake) -> None:
        self.writer = writer
        self.intake = intake
        self.requests: list[_Request] = []
        self.fixes = 0
        self.wake = asyncio.Event()
        self.closing = False
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Stores groups until it is closed and empty."""
        stored_at = 0.0
        while True:
            if not self.requests:
                if self.closing:
                    break
                self.wake.clear()
                await self.wake.wait()
                continue
            # others may come within the window; after a commit that took longer they have come already
            pause = _WINDOW_S - (time.monotonic() - stored_at)
            if self.fixes < _GROUP and not self.closing:
                await asyncio.sleep(max(pause, _WINDOW_S / 4))
            await self.intake.store(self.writer, self._take())
            stored_at = time.monotonic()
        await self.writer.close()

    def _take(self) -> list[_Request]:
        taken, count = 0, 0
        for request in self.requests:
            if count and count + len(request.fixes) > _GROUP:
                break
            taken += 1
            count += len(request.fixes)
        group, self.requests = self.requests[:taken], self.requests[taken:]
        self.fixes -= count
        return group


def _time(fix: Fix) -> int:
    return fix.at if fix.at is not None else 0


def _keep_as_sent(fix: Fix) -> None:
    """Coordinates that are none on the globe go to the attributes."""
    if fix.lon is not None and fix.lat is not None:
        fix.attributes = {**(fix.attributes or {}), "lon": fix.lon, "lat": fix.lat}
    fix.lon = fix.lat = None


def _outcome(request: _Request, new: set[int]) -> Outcome:
    accepted = flagged = 0
    for number, fix in zip(request.numbers, request.fixes, strict=True):
        if number in new:
            accepted += 1
            flagged += bool(fix.flags & DOUBTFUL)
    return Outcome(accepted, len(request.fixes) - accepted, flagged)


def _fail(group: Iterable[_Request], error: Exception) -> None:
    for request in group:
        if not request.done.done():
            request.done.set_exception(error)
