"""From a question for a tile to its bytes: out of the cache, from a render under way, or from a new one.

What is promised: whoever asks for a tile after a commit gets a tile that shows it. Before the cache is asked, the
caller catches up with the changes (`gis.changes.Feed.caught_up`), so the cache has dropped what that commit altered,
and the renders under way that may not show it have been marked as overtaken. A new render's snapshot is younger than
the question for it. So nothing older than the question is ever given.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from gis.access.scope import Scope
from gis.changes import Batch, Change, Feed
from gis.db import Database
from gis.errors import Overloaded
from tiles.cache import Kept, Served, Subject, TileCache, seen_of
from tiles.encoded import Encoded
from tiles.lanes import Lanes
from tiles.layers import LAYERS
from tiles.metrics import TileMetrics
from tiles.render import Rendered, render_all

_NOTHING = Encoded(b"")


@dataclass(eq=False, slots=True)
class Flight:
    """A render under way of one tile or of several that lie together, and the changes that were told since it began."""

    subjects: tuple[Subject, ...]
    task: asyncio.Task[dict[Subject, Served]] = field(init=False)
    waiting: int = 0
    told: list[Change] = field(default_factory=list)
    gap: bool = False

    @property
    def overtaken(self) -> bool:
        """Whether it may lack a change that has been told."""
        return self.gap or bool(self.told)


class TileEngine:
    """The tiles of one database in one process."""

    def __init__(
        self, database: Database, feed: Feed, *, memory_bytes: int, renders: int, queue: int, metrics: TileMetrics
    ) -> None:
        self.cache = TileCache(memory_bytes)
        self._lanes = Lanes(database.dsn, size=renders, statement_timeout_ms=database.statement_timeout_ms)
        self._feed = feed
        self.metrics = metrics
        self._renders = renders
        self._free = asyncio.Semaphore(renders)
        self._most = renders + queue
        self._flights: set[Flight] = set()
        self._joinable: dict[tuple[Subject, frozenset[int] | None], Flight] = {}
        feed.subscribe(self.hear)

    async def close(self) -> None:
        """Ends the renders under way and closes the connections."""
        for flight in tuple(self._flights):
            flight.task.cancel()
        await asyncio.gather(*(flight.task for flight in self._flights), return_exceptions=True)
        await self._lanes.close()

    def hear(self, batch: Batch) -> None:
        """Drops what may have been altered, and marks the renders that may lack it."""
        if batch.gap:
            self.cache.clear()
        for change in batch.changes:
            self.metrics.dropped.inc(self.cache.hear(change))
        for flight in self._flights:
            flight.gap = flight.gap or batch.gap
            flight.told += [change for change in batch.changes if any(one.shows(change) for one in flight.subjects)]
        self.metrics.holds(self.cache)

    def kept(self, subject: Subject, scope: Scope) -> Kept | None:
        """The tile out of the cache; only for those who have caught up with the changes."""
        found = self.cache.find(subject, scope.areas)
        if found is not None:
            self.metrics.count(subject.layers, "cached")
        return found

    def may_answer(self, subject: Subject, scope: Scope) -> bool:
        """Whether a tile is kept or rendered already: only then is it worth to catch up before asking for it."""
        return (subject, scope.areas) in self._joinable or (
            self.cache.find(subject, scope.areas, asked=False) is not None
        )

    async def get(self, subject: Subject, scope: Scope, *, fresh: bool) -> Served:
        """A tile that isn't kept, as it is now or was at the last catching up; `fresh` says whether that was possible.

        Raises Overloaded when too many wait or it takes too long, DatabaseAway.
        """
        if fresh:
            kept = self.kept(subject, scope)
            if kept is not None:
                return kept
        while True:
            flight = self.join(subject, scope, fresh=fresh)
            try:
                served = (await asyncio.shield(flight.task)).get(subject)
            finally:
                self.leave(flight)
            if served is not None:
                return served

    def join(self, subject: Subject, scope: Scope, *, fresh: bool) -> Flight:
        """A render of a tile, under way already or begun; whoever joins it leaves it. Raises Overloaded.

        One that was begun for a tile beside it may turn out to be without it: then it is joined anew.
        """
        key = (subject, scope.areas)
        flight = self._joinable.get(key) if fresh else None
        if flight is not None and not flight.overtaken:
            self.metrics.count(subject.layers, "joined")
            flight.waiting += 1
            return flight
        if len(self._flights) >= self._most:
            self.metrics.count(subject.layers, "refused")
            raise Overloaded
        self.metrics.count(subject.layers, "rendered")
        flight = Flight((subject, *self._beside(subject, scope)) if fresh else (subject,), waiting=1)
        flight.task = asyncio.create_task(self._render(flight, scope))
        self._flights.add(flight)
        keys = [(one, scope.areas) for one in flight.subjects] if fresh else []
        self._joinable.update(dict.fromkeys(keys, flight))

        def landed(task: asyncio.Task[dict[Subject, Served]], flight: Flight = flight) -> None:
            self._flights.discard(flight)
            for key in keys:
                if self._joinable.get(key) is flight:
                    del self._joinable[key]
            if not task.cancelled():
                task.exception()  # whoever waited has it; nobody may have

        flight.task.add_done_callback(landed)
        return flight

    def leave(self, flight: Flight) -> None:
        """The last one to give a render up ends it, and its statement in the database with it."""
        flight.waiting -= 1
        if not flight.waiting and not flight.task.done():
            flight.gap = True  # nobody may join any more
            flight.task.cancel()

    async def coded(self, subject: Subject, served: Served, coding: str) -> bytes:
        """The bytes in a content coding, which are kept with the tile."""
        body = await served.tile.make(coding)
        self.cache.grew(subject, served.areas, served.tile)
        return body

    def _beside(self, subject: Subject, scope: Scope) -> list[Subject]:
        """What is rendered along with a tile: who looks at it soon asks for those of its block that aren't kept yet.

        One round trip for four small tiles costs hardly more than for one; those that aren't small are left out. Where
        tiles can't be kept, or others wait already, nothing is rendered that nobody asked for.
        """
        if len(self._flights) >= self._renders or not self._keepable(subject):
            return []
        block = [
            Subject(tile, subject.layers, subject.plan_id) for tile in subject.tile.block() if tile != subject.tile
        ]
        return [
            one for one in block
            if (one, scope.areas) not in self._joinable and self.cache.find(one, scope.areas, asked=False) is None
        ]  # fmt: skip

    @staticmethod
    def _keepable(subject: Subject) -> bool:
        """Whether a tile may be kept at all: changes are told by where they are, not by where they are drawn."""
        return subject.tile.shift == (0.0, 0.0) and not any(LAYERS[name].volatile for name in subject.layers)

    async def _render(self, flight: Flight, scope: Scope) -> dict[Subject, Served]:
        first = flight.subjects[0]
        async with self._free:
            began = time.perf_counter()
            made = await render_all(
                self._lanes, [one.tile for one in flight.subjects], first.layers, scope, first.plan_id
            )
            self.metrics.took(first.tile.z, time.perf_counter() - began)
        if not made or made[0] is None:
            return dict.fromkeys(flight.subjects, Served(_NOTHING, None))
        fresh = not flight.gap and all(made[0].snapshot.sees(change.transaction) for change in flight.told)
        keeps = fresh and self._keepable(first)
        served = {
            one: self._served(one, tile, scope, keeps=keeps, ahead=one is not first)
            for one, tile in zip(flight.subjects, made, strict=True)
            if tile is not None
        }
        self.metrics.holds(self.cache)
        return served

    def _served(self, subject: Subject, made: Rendered, scope: Scope, *, keeps: bool, ahead: bool) -> Served:
        tile = Encoded(made.tile)
        areas = None if made.present is None or scope.areas is None else seen_of(made.present, scope.areas)
        if not keeps:
            return Served(tile, areas)
        kept = self.cache.keep(subject, areas, tile, made.snapshot, ahead=ahead)
        if made.present is not None:
            self.cache.learn(subject, made.present, made.snapshot)
        return kept
