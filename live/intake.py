"""From a phone's request to rows on disk: judged, stored in groups, and only then answered."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray

from gis.errors import BadRequest, DatabaseAway, Overloaded
from live import columns
from live.after import Stored
from live.columns import Columns
from live.fix import Fix
from live.judging import DAY, DOUBTFUL, Flag, Moment, judge_after, judge_alone
from live.now import follow
from live.roster import Member
from live.whereabouts import Whereabouts
from live.writer import Writer

log = structlog.get_logger("live.intake")

_GROUP = 2_500  # fixes: larger ones answer later, and store no faster
_WINDOW_S = 0.003  # how long a group is kept open for others; more of them come while the one before is stored


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


class Intake:
    """Takes fixes in, one lane for each writer; a worker's fixes stay in their lane, so their order is kept.

    `known` is where the workers are now; it is read to judge. After each commit `moved` is told what changed, and
    `stored` by which fixes.
    """

    def __init__(
        self,
        dsn: str,
        known: dict[str, Whereabouts],
        moved: Callable[[dict[str, Whereabouts]], None],
        stored: Callable[[Stored], None] = lambda _: None,
        *,
        now: Callable[[], int],
        retention_days: int,
        most_waiting: int,
        lanes: int = 2,
    ) -> None:
        self._known = known
        self._moved = moved
        self._stored = stored
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
        return await request.done  # a client that leaves cancels it; the fixes are stored all the same

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
        for request in group:
            request.fixes.sort(key=_time)
        fixes = Columns([fix for request in group for fix in request.fixes])
        received = self._now()
        known = self._judge(group, fixes, received)
        numbers = self._numbers(received, len(fixes.fixes))
        workers: list[bytes] = []
        areas: list[int] = []
        for request in group:
            workers += [columns.word(request.member.id)] * len(request.fixes)
            areas += [request.member.area_id or 0] * len(request.fixes)
        stray = (fixes.at < received - self._retention) | (fixes.at > received + DAY)
        some = bool(stray.any())
        days = set((fixes.at[~stray] // DAY).tolist() if some else np.unique(fixes.at // DAY).tolist())

        def arrays(which: NDArray[np.bool_] | None, *, stray: bool) -> list[columns.Array]:
            chosen = None if which is None else which.nonzero()[0].tolist()
            return columns.arrays(fixes, workers, areas, numbers, chosen, stray=stray)

        new = await writer.store(
            arrays(~stray if some else None, stray=False) if days else None,
            days,
            arrays(stray, stray=True) if some else None,
        )
        self._moved(known)
        self._stored(_settle(group, fixes, None if new is None else new - numbers[0]))

    def _judge(self, group: list[_Request], fixes: Columns, received: int) -> dict[str, Whereabouts]:
        """Flags the fixes of a group; returns where their workers are then. `received` is µs since 1970."""
        alone = judge_alone(fixes, Moment(received, received - self._retention))
        for index in (alone & Flag.NO_COORDINATES).nonzero()[0].tolist():
            _keep_as_sent(fixes.fixes[index])
            fixes.lon[index] = fixes.lat[index] = np.nan
        known: dict[str, Whereabouts] = {}
        flags = iter(alone.tolist())
        found: list[int] = []
        for request in group:
            worker = request.member.id
            last = known.get(worker)
            if last is None and (stored := self._known.get(worker)) is not None:
                last = copy.copy(stored)  # what isn't on disk yet isn't known yet
            for fix, own in zip(request.fixes, flags, strict=False):
                fix.flags = own if last is None else own | judge_after(fix, last)
                found.append(fix.flags)
                last = follow(last, fix, received)
            if last is not None:
                last.late_from = request.fixes[0].at
                known[worker] = last
        fixes.flags = np.array(found, np.int32)
        return known

    def _numbers(self, received: int, count: int) -> NDArray[np.int64]:
        """`received_at` of some fixes: the time, but never the same twice."""
        first = max(self._last_number + 1, received)
        self._last_number = first + count - 1
        return np.arange(first, first + count)


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
        while True:
            if not self.requests:
                if self.closing:
                    break
                self.wake.clear()
                await self.wake.wait()
                continue
            if self.fixes < _GROUP and not self.closing:
                await asyncio.sleep(_WINDOW_S)
            await self.intake.store(self.writer, self._take())
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


def _settle(group: list[_Request], fixes: Columns, new: NDArray[np.int64] | None) -> Stored:
    """Tells each request what became of it, and returns what is newly stored; `new` are the places of those fixes."""
    flags, each = fixes.flags, [len(request.fixes) for request in group]
    stored: NDArray[np.bool_] | None = None
    if new is not None:
        stored = np.zeros(len(flags), np.bool_)
        stored[new] = True
    starts = np.cumsum([0, *each[:-1]])
    doubtful = flags & DOUBTFUL != 0 if stored is None else stored & (flags & DOUBTFUL != 0)
    flagged = np.add.reduceat(doubtful, starts, dtype=np.int64).tolist()
    accepted = each if stored is None else np.add.reduceat(stored, starts, dtype=np.int64).tolist()
    for request, count, odd in zip(group, accepted, flagged, strict=True):
        if not request.done.done():
            request.done.set_result(Outcome(count, len(request.fixes) - count, odd))
    members = [request.member for request in group]
    if stored is None:
        return Stored(members, accepted, fixes.at, fixes.lon, fixes.lat, flags)
    return Stored(members, accepted, fixes.at[stored], fixes.lon[stored], fixes.lat[stored], flags[stored])


def _fail(group: Iterable[_Request], error: Exception) -> None:
    for request in group:
        if not request.done.done():
            request.done.set_exception(error)
