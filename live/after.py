"""What is derived from fixes after they are stored, off the phones' way: coverage, geofences.

The intake hands over what it has stored and goes on; a thread works it off a second or so later. When too much waits,
the workers concerned are named instead, and what is derived of them is made anew from history.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray

from live.judging import DOUBTFUL, Flag
from live.roster import Member

log = structlog.get_logger("live.after")

_EVERY_S = 1.0
_MOST_WAITING = 400_000


@dataclass(frozen=True)
class Stored:
    """Newly stored fixes side by side, in the units of `live.fix.Fix`: `counts[n]` of them are `members[n]`'s."""

    members: list[Member]
    counts: list[int]
    at: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    flags: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class Reliable:
    """Reliable fixes by worker (a place in `members`) and time: µs since 1970, degrees, whether they came late."""

    members: list[Member]
    worker: NDArray[np.int64]
    at: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    late: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)


class Derivation(Protocol):
    """Something that is derived from fixes; called in a thread, one call at a time."""

    def take(self, connection: psycopg.Connection, fixes: Reliable) -> None:
        """Works newly stored fixes off. What is raised is logged, and the fixes count as missed."""

    def missed(self, workers: set[Member]) -> None:
        """Says whose fixes were not worked off."""

    def close(self, connection: psycopg.Connection) -> None:
        """Stores what it still holds."""


def reliable(stored: Sequence[Stored]) -> Reliable:
    """The reliable ones of stored fixes, by worker and time."""
    members: list[Member] = []
    places: dict[str, int] = {}
    requests: list[int] = []
    for group in stored:
        for member in group.members:
            place = places.setdefault(member.id, len(members))
            if place == len(members):
                members.append(member)
            requests.append(place)
    counts = np.array([count for group in stored for count in group.counts], np.int64)
    flags = _joined([group.flags for group in stored], np.int32)
    kept = np.flatnonzero(flags & DOUBTFUL == 0)
    worker = np.repeat(np.array(requests, np.int64), counts)[kept]
    at = _joined([group.at for group in stored], np.int64)[kept]
    order = np.lexsort((at, worker))
    kept = kept[order]
    return Reliable(
        members,
        worker[order],
        at[order],
        _joined([group.lon for group in stored], np.float64)[kept],
        _joined([group.lat for group in stored], np.float64)[kept],
        flags[kept] & int(Flag.OUT_OF_ORDER) != 0,
    )


def _joined(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, kind)


class After:
    """Collects what was stored, and works it off."""

    def __init__(self, dsn: str, derivations: Sequence[Derivation]) -> None:
        self._dsn = dsn
        self._derivations = derivations
        self._waiting: list[Stored] = []
        self._count = 0
        self._missed: set[Member] = set()
        self._connection: psycopg.Connection | None = None
        self._alone = threading.Lock()
        self.listeners: list[Callable[[], None]] = []
        """Called in the event loop whenever something was worked off."""

    def stored(self, stored: Stored) -> None:
        """Takes over what was stored; returns at once."""
        if self._count + len(stored) > _MOST_WAITING:
            self._missed.update(stored.members)
            return
        self._count += len(stored)
        self._waiting.append(stored)

    async def run(self) -> None:
        """Works off for ever."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await self.work()

    async def work(self) -> None:
        """Works off what has been handed over up to now."""
        taken, self._waiting, self._count = self._waiting, [], 0
        missed, self._missed = self._missed, set()
        if missed:
            for derivation in self._derivations:
                derivation.missed(missed)
        await asyncio.to_thread(self._work, taken)
        for listener in self.listeners:
            listener()

    async def close(self) -> None:
        """Works off the rest."""
        await self.work()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._alone:
            self._end()

    def _end(self) -> None:
        try:
            for derivation in self._derivations:
                derivation.close(self._connected())
        except (psycopg.Error, OSError) as away:
            log.warning("after.not_closed", why=str(away).splitlines()[0] if str(away) else "")
        if self._connection is not None:
            self._connection.close()

    def _work(self, taken: Sequence[Stored]) -> None:
        fixes = reliable(taken)
        with self._alone:  # a cancelled task's thread may still be at work
            self._derive(fixes)

    def _derive(self, fixes: Reliable) -> None:
        for derivation in self._derivations:
            try:
                derivation.take(self._connected(), fixes)
            except Exception as failed:
                if isinstance(failed, (psycopg.Error, OSError)):
                    log.warning("after.not_worked_off", why=str(failed).splitlines()[0] if str(failed) else "")
                else:
                    log.exception("after.failed")
                derivation.missed(set(fixes.members))

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed or self._connection.broken:
            if self._connection is not None:
                self._connection.close()
            self._connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=5)
            self._connection.execute(
                "SELECT set_config('statement_timeout', '60000', false), set_config('jit', 'off', false),"
                " set_config('application_name', 'gridtwin after', false), set_config('TimeZone', 'UTC', false)"
            )
        return self._connection
