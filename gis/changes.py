"""What was committed: one reader of the outbox, which tells all who listen, and lets any of them catch up.

Neither the order of a sequence nor NOTIFY says what has been committed since: a transaction that began earlier may
commit later, and a notification is lost with its connection. So each read remembers the snapshot it was made in,
and the next one takes the outbox rows whose transaction that snapshot did not see.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from gis.errors import DatabaseAway, Overloaded
from gis.lane import Lane, numbered
from gis.snapshot import Snapshot

log = structlog.get_logger("changes")

CHANNEL = "gridtwin_changes"
_POLL_S = 5.0  # a notification that never came is made up for after this
_WATCH_S = 1.0
_RETRY_S = 0.5
_ANSWER_S = 5.0  # a server that takes longer to say what is new counts as lost

# one statement, so one snapshot; without a change it answers one row, in which only the first two columns are filled
_SINCE = """
SELECT pg_current_snapshot()::text, t.trimmed_before > %(xmin)s::text::xid8,
  o.transaction::text, o.layer, o.operation, o.plan_id, o.rows,
  ST_XMin(o.extent), ST_YMin(o.extent), ST_XMax(o.extent), ST_YMax(o.extent)
FROM outbox_trim t LEFT JOIN outbox o
  ON o.transaction >= %(xmax)s::text::xid8 OR o.transaction = ANY(%(running)s::text[]::xid8[])
ORDER BY o.id
"""
_ASK, _NAMES = numbered(_SINCE)


@dataclass(frozen=True)
class Change:
    """Some rows of a layer that one commit touched; `extent` is (west, south, east, north) in 3857, None means all."""

    layer: str
    operation: str
    rows: int
    plan_id: int | None
    extent: tuple[float, float, float, float] | None
    transaction: int


@dataclass(frozen=True)
class Batch:
    """What became visible between two snapshots. `gap` is true when something may have been missed before it."""

    changes: tuple[Change, ...]
    snapshot: Snapshot
    gap: bool


class Feed:
    """The changes of one database, read in their order by one task of the process (`run`).

    The first batch is empty and says from which snapshot on the feed is complete (its `gap` is true: nothing is known
    of what was before). After a lost connection catching up starts from the last snapshot, so nothing is missed,
    unless the outbox has been trimmed past it in the meantime; then `gap` is true again.
    """

    def __init__(self, dsn: str, *, connected: Callable[[bool], None] | None = None) -> None:
        self._dsn = dsn
        self._connected = connected
        self._listeners: list[Callable[[Batch], None]] = []
        self._asked: list[Callable[[bool], None]] = []
        self._wake = asyncio.Event()
        self._lost = False
        self._seen: Snapshot | None = None
        self._asking_since: float | None = None
        self._answered_at = 0.0

    def subscribe(self, listener: Callable[[Batch], None]) -> Callable[[], None]:
        """Calls `listener` with every batch, before anyone who asked to catch up goes on; returns its end."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def caught_up(self) -> asyncio.Future[bool]:
        """Done when everything that was committed before this call has been told to the listeners.

        One question to the database answers all who ask while the one before it is under way. False when the
        database can't be asked at present: then nobody knows what is new.
        """
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def tell(caught_up: bool) -> None:
            if not told.done():
                told.set_result(caught_up)

        self.ask(tell)
        return told

    def ask(self, tell: Callable[[bool], None]) -> None:
        """As `caught_up`, for those who have no time for a future: `tell` is called with it."""
        if self._lost:
            tell(False)
        else:
            self._asked.append(tell)
            self._wake.set()

    async def run(self) -> None:
        """Reads for ever, over reconnections."""
        connect = partial(AsyncConnection.connect, self._dsn, autocommit=True, connect_timeout=5)
        while True:
            try:
                async with await connect() as listening, await connect() as reading:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    lane = Lane(reading)
                    woken = asyncio.create_task(self._wake_when_notified(listening))
                    woken.add_done_callback(lambda _: self._wake.set())
                    watching = asyncio.create_task(self._watch(lane))
                    try:
                        await self._read(lane, woken)
                    finally:
                        woken.cancel()
                        watching.cancel()
                        await asyncio.gather(woken, watching, return_exceptions=True)
                        await lane.close()
            except (psycopg.Error, OSError, DatabaseAway, Overloaded) as lost:
                why = str(lost).splitlines()[0] if str(lost) else type(lost).__name__
                log.warning("changes.connection_lost", why=why)
            if self._connected and not self._lost:
                self._connected(False)
            self._lose()
            await asyncio.sleep(_RETRY_S)

    async def _wake_when_notified(self, connection: AsyncConnection[TupleRow]) -> None:
        async for _ in connection.notifies():
            self._wake.set()

    async def _watch(self, lane: Lane) -> None:
        """Gives up a question that isn't answered, and asks when nobody has for a while."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(_WATCH_S)
            if self._asking_since is None:
                if clock() - self._answered_at > _POLL_S:
                    self._wake.set()
            elif clock() - self._asking_since > _ANSWER_S:
                lane.give_up("it took too long")

    async def _read(self, lane: Lane, woken: asyncio.Task[None]) -> None:
        """Reads when notified, when asked and when the poll is due, until a connection is lost."""
        clock = asyncio.get_running_loop().time
        first = True
        while True:
            self._wake.clear()
            asked, self._asked = self._asked, []
            self._asking_since = clock()
            try:
                batch = await _next(lane, self._seen)
            except BaseException:
                self._asked += asked
                raise
            finally:
                self._asking_since, self._answered_at = None, clock()
            self._seen = batch.snapshot
            if first:
                self._lost = False
                if self._connected:
                    self._connected(True)
            if first or batch.changes or batch.gap:
                self._tell(batch)
            first = False
            self._answer(asked, caught_up=True)
            await self._wake.wait()
            if woken.done():
                woken.result()
                return

    def _tell(self, batch: Batch) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(batch)
            except Exception:
                log.exception("changes.listener_failed")

    def _lose(self) -> None:
        self._lost = True
        asked, self._asked = self._asked, []
        self._answer(asked, caught_up=False)

    def _answer(self, asked: list[Callable[[bool], None]], *, caught_up: bool) -> None:
        for tell in asked:
            try:
                tell(caught_up)
            except Exception:
                log.exception("changes.asker_failed")


async def stream(dsn: str, *, connected: Callable[[bool], None] | None = None) -> AsyncIterator[Batch]:
    """The batches of a feed of its own, for ever; `connected` is told whenever the connection comes or goes."""
    feed = Feed(dsn, connected=connected)
    batches: asyncio.Queue[Batch] = asyncio.Queue()
    feed.subscribe(batches.put_nowait)
    running = asyncio.create_task(feed.run())
    try:
        while True:
            yield await batches.get()
    finally:
        running.cancel()


async def _next(lane: Lane, seen: Snapshot | None) -> Batch:
    if seen is None:
        first = await lane.ask("SELECT pg_current_snapshot()::text", (), binary=False)
        return Batch((), Snapshot.parse(_told(first, 0, 0)), gap=True)
    values = _values(seen)
    found = await lane.ask(_ASK, [values[name] for name in _NAMES], binary=False)
    now, gap = Snapshot.parse(_told(found, 0, 0)), _told(found, 0, 1) == "t"
    if found.get_value(0, 2) is None:
        return Batch((), now, gap)
    rows = ([found.get_value(row, column) for column in range(2, found.nfields)] for row in range(found.ntuples))
    return Batch(tuple(map(_change, rows)), now, gap)


def _told(result: PGresult, row: int, column: int) -> str:
    return (result.get_value(row, column) or b"").decode()


def _change(row: Sequence[bytes | None]) -> Change:
    """From a row of `_SINCE` behind its first two columns, in text."""
    transaction, layer, operation, plan_id, rows = (None if each is None else each.decode() for each in row[:5])
    corners = tuple(float(each) for each in row[5:] if each is not None)
    extent = (corners[0], corners[1], corners[2], corners[3]) if corners else None
    plan = None if plan_id is None else int(plan_id)
    return Change(layer or "", operation or "", int(rows or 0), plan, extent, int(transaction or 0))


def changes_since(connection: psycopg.Connection, seen: Snapshot) -> tuple[tuple[Change, ...], bool]:
    """What the connection's snapshot sees and `seen` didn't; and whether more may have been that was trimmed."""
    rows = connection.execute(_SINCE, _values(seen)).fetchall()
    return _changes(rows), bool(rows[0][1])


def _values(seen: Snapshot) -> dict[str, str]:
    running = "{" + ",".join(map(str, seen.running)) + "}"
    return {"xmin": str(seen.xmin), "xmax": str(seen.xmax), "running": running}


def _changes(rows: list[TupleRow]) -> tuple[Change, ...]:
    return tuple(
        Change(layer, operation, count, plan_id, None if west is None else (west, south, east, north), int(transaction))
        for _, _, transaction, layer, operation, plan_id, count, west, south, east, north in rows
        if layer is not None
    )


def trim(connection: psycopg.Connection, *, keep_hours: int = 24) -> int:
    """Deletes outbox rows older than `keep_hours`, and remembers up to which transaction; returns how many."""
    with connection.transaction():
        row = connection.execute(
            "WITH old AS (DELETE FROM outbox WHERE noted_at < now() - make_interval(hours => %s)"
            "  RETURNING transaction), newest AS (SELECT max(transaction::text::bigint) AS last,"
            "  count(*) AS n FROM old),"
            " noted AS (UPDATE outbox_trim SET trimmed_before = (newest.last + 1)::text::xid8 FROM newest"
            "  WHERE newest.last IS NOT NULL)"
            " SELECT n FROM newest",
            (keep_hours,),
        ).fetchone()
    return 0 if row is None else int(row[0])
