"""What was committed: NOTIFY wakes, snapshots tell what is new, and one async stream gives it to whoever listens.

Neither the order of a sequence nor NOTIFY says what has been committed since: a transaction that began earlier may
commit later, and a notification is lost with its connection. So each read remembers the snapshot it was made in,
and the next one takes the outbox rows whose transaction that snapshot did not see.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

log = structlog.get_logger("changes")

CHANNEL = "gridtwin_changes"
_POLL_S = 5.0  # a notification that never came is made up for after this
_RETRY_S = 0.5

_SINCE = """
SELECT layer, operation, plan_id, rows,
  ST_XMin(extent), ST_YMin(extent), ST_XMax(extent), ST_YMax(extent)
FROM outbox
WHERE transaction >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
  AND NOT pg_visible_in_snapshot(transaction, %(seen)s::pg_snapshot)
ORDER BY id
"""


@dataclass(frozen=True)
class Change:
    """Some rows of a layer that one commit touched; `extent` is (west, south, east, north) in 3857, None means all."""

    layer: str
    operation: str
    rows: int
    plan_id: int | None
    extent: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class Batch:
    """What became visible between two snapshots. `gap` is true when something may have been missed before it."""

    changes: tuple[Change, ...]
    snapshot: str
    gap: bool


async def stream(dsn: str, *, connected: Callable[[bool], None] | None = None) -> AsyncIterator[Batch]:
    """Batches for ever, over reconnections; `connected` is told whenever the connection comes or goes.

    The first batch is empty and says from which snapshot on the stream is complete (its `gap` is true: nothing is
    known of what was before). After a lost connection catching up starts from the last snapshot, so nothing is
    missed, unless the outbox has been trimmed past it in the meantime; then `gap` is true again.
    """
    seen: str | None = None
    while True:
        try:
            connection = await AsyncConnection.connect(dsn, autocommit=True)
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                batch = await _next(connection, seen)
                seen = batch.snapshot
                if connected:
                    connected(True)
                yield batch
                while True:
                    await _wake(connection)
                    batch = await _next(connection, seen)
                    seen = batch.snapshot
                    if batch.changes or batch.gap:
                        yield batch
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as lost:
            if connected:
                connected(False)
            log.warning("changes.connection_lost", why=str(lost).splitlines()[0] if str(lost) else type(lost).__name__)
            await asyncio.sleep(_RETRY_S)


async def _wake(connection: AsyncConnection[TupleRow]) -> None:
    """Returns when a notification came or the poll is due; notifications that came together wake once."""
    with contextlib.suppress(StopAsyncIteration):
        await anext(connection.notifies(timeout=_POLL_S, stop_after=1))


async def _next(connection: AsyncConnection[TupleRow], seen: str | None) -> Batch:
    """One repeatable read, so that the rows and the snapshot belong together."""
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = await (await connection.execute("SELECT pg_current_snapshot()::text")).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        if seen is None:
            return Batch((), row[0], gap=True)
        trimmed = await (
            await connection.execute(
                "SELECT trimmed_before > pg_snapshot_xmin(%s::pg_snapshot) FROM outbox_trim", (seen,)
            )
        ).fetchone()
        rows = await (await connection.execute(_SINCE, {"seen": seen})).fetchall()
    changes = tuple(
        Change(layer, operation, count, plan_id, None if west is None else (west, south, east, north))
        for layer, operation, plan_id, count, west, south, east, north in rows
    )
    return Batch(changes, row[0], gap=bool(trimmed and trimmed[0]))


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
