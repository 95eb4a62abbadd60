"""Who is where now, and which cells changed with each tick; encoded once, shared by all who see them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from gis.access.scope import Scope
from gis.tasks import end
from live import cells, frames
from live.frames import Key
from live.judging import SECOND
from live.roster import Member, Roster
from live.silence import Cell, DeadZones, cell_of, guess
from live.viewer import Tick, Viewer
from live.whereabouts import Whereabouts

log = structlog.get_logger("live.hub")

_LOOK_FOR_SILENCE_S = 2.0
_SHARE_FOR_SILENCE = 0.02  # of the time may be spent on it
_ROSTER_S = 10.0
SILENT, OFF_DUTY = "silent", "off_duty"
_RECORD_SIZE = frames.RECORD.itemsize
_STATE = {name: number for number, name in enumerate(frames.STATES)}


class Hub:
    """The state of every worker, in memory. Rebuilt from history after a restart."""

    def __init__(
        self,
        roster: Roster,
        *,
        now: Callable[[], int],
        tick_ms: int,
        silent_after_s: int,
        on_duty: Callable[[str, int], bool] = lambda _worker, _at: True,
        off_duty: Callable[[Iterable[str], int], set[str]] = lambda _workers, _at: set(),
    ) -> None:
        self.roster = roster
        self.tick_ms = tick_ms
        self.known: dict[str, Whereabouts] = {}
        self.viewers: set[Viewer] = set()
        self.listeners: list[Callable[[Tick], None]] = []
        self._now = now
        self._silent_after = silent_after_s * SECOND
        self._on_duty = on_duty
        self._off_duty = off_duty
        self._zones = DeadZones(self._silent_after)
        self._silent: set[str] = set()
        self._resting: set[str] = set()
        self._neighbours: dict[Cell, list[Whereabouts]] | None = None
        self._dirty: set[str] = set()
        self._outside: frozenset[str] = frozenset()
        self._slots: dict[str, int] = {}
        self._records = np.zeros(1024, frames.RECORD)
        self._keys = np.full(1024, -1, np.int64)  # each slot's cell in one number, see `_key`; -1 for none
        self._cells: dict[Key, dict[int, None]] = {}
        self._encoded: dict[Key, bytes] = {}
        self._task: asyncio.Task[None] | None = None

    # What changes ----------------------------------------------------------------------------------------------

    def moved(self, known: dict[str, Whereabouts]) -> None:
        """Takes in what was committed; it is shown with the next tick."""
        for worker in self._silent.intersection(known):
            self._zones.learn(self.known[worker], known[worker])
        self.known.update(known)
        self._dirty.update(known)
        self._silent.difference_update(known)

    def rebuilt(self, known: dict[int, Whereabouts]) -> None:
        """Takes in what history says of workers by number, where nothing newer is known."""
        found = {
            worker: known[member.number]
            for worker, member in self.roster.members.items()
            if member.number in known and worker not in self.known
        }
        self.known.update(found)
        self._dirty.update(found)

    def status(self, worker: str) -> str:
        """moving, standing, silent, or off_duty for whoever is silent because nothing is taken from them now."""
        if worker not in self._silent:
            return self.known[worker].status
        return OFF_DUTY if worker in self._resting else SILENT

    def are_outside(self, outside: frozenset[str]) -> None:
        """Takes in who is outside their own grid; it is shown with the next tick."""
        self._dirty |= (outside ^ self._outside) & self.known.keys()
        self._outside = outside

    def is_outside(self, worker: str) -> bool:
        """Whether a worker on duty was outside their own grid at their last reliable fix."""
        return worker in self._outside and self.status(worker) != OFF_DUTY

    def looks_like(self, worker: str) -> str | None:
        """What a silence rather looks like (live/silence.py); None for a worker who isn't silent."""
        if self.status(worker) != SILENT:
            return None
        where = self.known[worker]
        return guess(where, self._zones, self._silent_by_cell().get(cell_of(where.lon, where.lat), ()))

    def _silent_by_cell(self) -> dict[Cell, list[Whereabouts]]:
        """Who is silent by neighbourhood; made when it is asked for, at most once a look."""
        if self._neighbours is None:
            self._neighbours = {}
            for worker in self._silent - self._resting:
                where = self.known[worker]
                self._neighbours.setdefault(cell_of(where.lon, where.lat), []).append(where)
        return self._neighbours

    # What is known ---------------------------------------------------------------------------------------------

    def visible(self, scope: Scope) -> Iterable[tuple[Member, Whereabouts]]:
        """The workers within a scope that have been somewhere."""
        seen = None if scope.visible is None else set(scope.visible)
        for worker, member in self.roster.members.items():
            if (seen is None or member.area_id in seen) and (whereabouts := self.known.get(worker)) is not None:
                yield member, whereabouts

    def described(self, member: Member) -> dict[str, Any]:
        """A worker as JSON clients are told: position in degrees with 7 decimals."""
        where = self.known[member.id]
        return {
            "id": member.id,
            "number": member.number,
            "name": member.name,
            "lon": round(where.lon, 7),
            "lat": round(where.lat, 7),
            "at": iso(where.at),
            "heading": where.heading,
            "speed": where.speed,
            "battery": where.battery,
            "accuracy": where.accuracy,
            "status": self.status(member.id),
            "since": iso(where.since),
            "heard_at": iso(where.heard_at),
            "on_duty": self._on_duty(member.id, self._now()),
            "looks_like": self.looks_like(member.id),
            "outside_grid": self.is_outside(member.id),
        }

    def full(self, key: Key) -> bytes:
        """A cell with all its workers."""
        encoded = self._encoded.get(key)
        if encoded is None:
            slots = self._cells.get(key, {})
            chosen = self._records[np.fromiter(slots, np.intp, len(slots))]
            encoded = frames.cell(key, chosen.tobytes(), len(slots))
            if slots:
                self._encoded[key] = encoded
        return encoded

    def count(self, key: Key) -> int:
        """How many workers are in a cell."""
        return len(self._cells.get(key, {}))

    def held(self) -> list[Key]:
        """All cells that hold somebody."""
        return list(self._cells)

    # The tick --------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Reads the roster and starts ticking."""
        await self.roster.refresh(at_once=True)
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stops ticking."""
        if self._task:
            await end((self._task,))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        step = self.tick_ms / 1000
        due = look_again = asked = loop.time()
        while True:
            due = max(due + step, loop.time())
            await asyncio.sleep(due - loop.time())
            try:
                if loop.time() > look_again:
                    began = loop.time()
                    self._look_for_silence()
                    look_again = began + max(_LOOK_FOR_SILENCE_S, (loop.time() - began) / _SHARE_FOR_SILENCE)
                if loop.time() - asked > _ROSTER_S:
                    asked = loop.time()
                    await self._look_at_roster()
                if self._dirty:
                    self.tick()
            except Exception:
                log.exception("tick.failed")

    def _look_for_silence(self) -> None:
        now = self._now()
        before = now - self._silent_after
        silent = {worker for worker, where in self.known.items() if where.heard_at < before}
        resting = self._off_duty(silent, now)
        self._dirty |= (silent ^ self._silent) | (resting ^ self._resting)
        self._silent, self._resting = silent, resting
        self._neighbours = None

    async def _look_at_roster(self) -> None:
        with contextlib.suppress(Exception):  # the database may be away; the next look is soon
            if await self.roster.refresh(at_once=True):
                self._dirty.update(self.known)

    def tick(self) -> None:
        """Encodes what changed since the last tick and hands it to every viewer."""
        dirty, self._dirty = self._dirty, set()
        members = self.roster.members
        gone = [worker for worker in dirty if worker not in members]
        # everybody in the roster's order: a set's order is chance, and chance is slow in so much memory
        order: Iterable[str] = (each for each in members if each in dirty) if len(dirty) * 2 > len(members) else dirty
        known = self.known
        there = [each for each in order if each in members and each in known]
        seen, where = [members[each] for each in there], [known[each] for each in there]
        changed: dict[Key, list[bytes]] = {}
        for worker in gone:
            self._leave(worker, changed)
        if there:
            self._place(there, seen, where, changed)
        delta = {
            key: frames.cell(key, (records := b"".join(parts)), len(records) // _RECORD_SIZE, delta=True)
            for key, parts in changed.items()
        }
        for key in changed:
            self._encoded.pop(key, None)
            if not self._cells.get(key):
                self._cells.pop(key, None)
        tick = Tick(delta, seen, gone)
        for viewer in self.viewers:
            viewer.take(tick)
        for listener in self.listeners:
            listener(tick)

    def _place(
        self, workers: list[str], members: list[Member], where: list[Whereabouts], changed: dict[Key, list[bytes]]
    ) -> None:
        x, y = cells.place(np.array([w.lon for w in where]), np.array([w.lat for w in where]))
        slots = np.array(self._slots_of(workers), np.int64)
        heading = np.array([w.heading for w in where], np.float64)  # None becomes NaN
        unknown = np.isnan(heading)
        records = frames.record(
            np.array([member.number for member in members], np.int64),
            np.where(unknown, frames.NO_HEADING, (np.where(unknown, 0.0, heading) * 255 / 360).astype(np.int64) % 255),
            x % frames.UNITS,
            y % frames.UNITS,
            self._states(workers, where),
        )
        areas = np.array([member.area_id or 0 for member in members], np.int64)
        keys = (areas << 28) | (x // frames.UNITS << 14) | (y // frames.UNITS)
        before = self._keys[slots]
        moved = before != keys
        for place in np.flatnonzero(moved & (before >= 0)).tolist():
            self._remove(int(slots[place]), _key(int(before[place])), changed)
        self._records[slots], self._keys[slots] = records, keys
        order = np.argsort(keys, kind="stable")
        begins = np.flatnonzero(np.diff(keys[order], prepend=-1)).tolist()
        for begin, until in zip(begins, [*begins[1:], len(order)], strict=True):
            within = order[begin:until]
            key = _key(int(keys[within[0]]))
            entered = slots[within[moved[within]]]
            if len(entered):
                self._cells.setdefault(key, {}).update(dict.fromkeys(entered.tolist()))
            changed.setdefault(key, []).append(records[within].tobytes())

    def _states(self, workers: list[str], where: list[Whereabouts]) -> NDArray[np.int64]:
        states = np.array([_STATE[each.status] for each in where], np.int64)
        if self._silent or self._outside:
            silent, outside = self._silent, self._outside
            for place, worker in enumerate(workers):
                if worker in silent or worker in outside:
                    states[place] = self._state(worker)
        return states

    def _state(self, worker: str) -> int:
        state = _STATE[self.status(worker)]
        return state + frames.OUTSIDE if worker in self._outside and state < _STATE[SILENT] else state

    def _leave(self, worker: str, changed: dict[Key, list[bytes]]) -> None:
        slot = self._slots.get(worker)
        if slot is None or self._keys[slot] < 0:
            return
        self._remove(slot, _key(int(self._keys[slot])), changed)
        self._keys[slot] = -1

    def _remove(self, slot: int, key: Key, changed: dict[Key, list[bytes]]) -> None:
        self._cells.get(key, {}).pop(slot, None)
        changed.setdefault(key, []).append(frames.gone(self._records[slot].tobytes()))

    def _slots_of(self, workers: list[str]) -> list[int]:
        """Each worker's place in the records; whoever has none gets one."""
        slots = self._slots
        found = [slots.setdefault(worker, len(slots)) for worker in workers]
        while len(slots) > len(self._records):
            self._records = np.concatenate((self._records, np.zeros(len(self._records), frames.RECORD)))
            self._keys = np.concatenate((self._keys, np.full(len(self._keys), -1, np.int64)))
        return found


def _key(number: int) -> Key:
    """A cell that was packed into a number: area, column, row."""
    return number >> 28, number >> 14 & 0x3FFF, number & 0x3FFF


def iso(at: int) -> str:
    """Microseconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at / 1e6, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


encode = msgspec.json.Encoder().encode
