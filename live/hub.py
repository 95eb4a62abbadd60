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
        self._keys: list[Key | None] = []
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
        there = [worker for worker in dirty if worker in members and worker in self.known]
        changed: dict[Key, list[bytes]] = {}
        for worker in gone:
            self._leave(worker, changed)
        if there:
            self._place(there, changed)
        delta = {key: frames.cell(key, b"".join(records), len(records), delta=True) for key, records in changed.items()}
        for key in changed:
            self._encoded.pop(key, None)
            if not self._cells.get(key):
                self._cells.pop(key, None)
        tick = Tick(delta, [members[worker] for worker in there], gone)
        for viewer in self.viewers:
            viewer.take(tick)
        for listener in self.listeners:
            listener(tick)

    def _place(self, workers: list[str], changed: dict[Key, list[bytes]]) -> None:
        members = [self.roster.members[worker] for worker in workers]
        where = [self.known[worker] for worker in workers]
        x, y = cells.place(np.array([w.lon for w in where]), np.array([w.lat for w in where]))
        slots = [self._slot(worker) for worker in workers]
        batch = frames.record(
            np.array([member.number for member in members], np.int64),
            np.array(
                [frames.NO_HEADING if w.heading is None else int(w.heading * 255 / 360) % 255 for w in where], np.int64
            ),
            x % frames.UNITS,
            y % frames.UNITS,
            np.array([self._state(worker) for worker in workers], np.int64),
        )
        self._records[slots] = batch
        packed, size = batch.tobytes(), frames.RECORD.itemsize
        columns, rows = (x // frames.UNITS).tolist(), (y // frames.UNITS).tolist()
        for index, (member, slot) in enumerate(zip(members, slots, strict=True)):
            key = (member.area_id or 0, columns[index], rows[index])
            before = self._keys[slot]
            if before != key:
                if before is not None:
                    self._remove(slot, before, changed)
                self._keys[slot] = key
                self._cells.setdefault(key, {})[slot] = None
            changed.setdefault(key, []).append(packed[index * size : (index + 1) * size])

    def _state(self, worker: str) -> int:
        state = _STATE[self.status(worker)]
        return state + frames.OUTSIDE if worker in self._outside and state < _STATE[SILENT] else state

    def _leave(self, worker: str, changed: dict[Key, list[bytes]]) -> None:
        slot = self._slots.get(worker)
        if slot is None or (key := self._keys[slot]) is None:
            return
        self._remove(slot, key, changed)
        self._keys[slot] = None

    def _remove(self, slot: int, key: Key, changed: dict[Key, list[bytes]]) -> None:
        self._cells.get(key, {}).pop(slot, None)
        changed.setdefault(key, []).append(frames.gone(self._records[slot].tobytes()))

    def _slot(self, worker: str) -> int:
        slot = self._slots.get(worker)
        if slot is None:
            slot = self._slots[worker] = len(self._keys)
            self._keys.append(None)
            if slot >= len(self._records):
                self._records = np.concatenate((self._records, np.zeros(len(self._records), frames.RECORD)))
        return slot


def iso(at: int) -> str:
    """Microseconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at / 1e6, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


encode = msgspec.json.Encoder().encode
