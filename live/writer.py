"""One connection that stores groups of judged fixes, each group in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from live import days, rows

log = structlog.get_logger("live.writer")

STAGING = """
CREATE TEMPORARY TABLE staging (
  worker text, at timestamptz, key bigint, received_at timestamptz, area_id bigint, geom geometry(Point, 4326),
  altitude real, accuracy real, speed real, heading real, battery real, flags integer, attributes jsonb, sent text
) ON COMMIT DELETE ROWS
"""
COPY = f"COPY staging ({rows.COLUMNS}) FROM STDIN (FORMAT BINARY)"
_INTO = """
WITH added AS (
  INSERT INTO {table} (worker, {time}, key, received_at, area_id, geom, altitude, accuracy, speed, heading, battery,
    flags, attributes)
  SELECT worker, {time}, key, received_at, area_id, geom, altitude, accuracy, speed, heading, battery, flags, attributes
  FROM staging WHERE {which}
  ON CONFLICT DO NOTHING
  RETURNING received_at
) SELECT count(*), string_agg(timestamptz_send(received_at), ''::bytea) FROM added
"""
INTO_FIX = _INTO.format(table="fix", time="at", which="sent IS NULL")
_STRAYS = _INTO.format(table="fix_stray", time="sent, at", which="sent IS NOT NULL")
_CONNECT_S = 5


class Writer:
    """Stores groups one after the other; connects when it has to, and again after the connection was lost."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: AsyncConnection[TupleRow] | None = None
        self._days: set[int] = set()

    async def store(self, group: Sequence[bytes], group_days: set[int], *, strays: bool) -> set[int]:
        """Stores rows (`live.rows.row`) whose times lie in these days since 1970; returns the `received_at` (µs since
        1970) of those that were new. When it returns, they are on disk. Raises psycopg.Error, and nothing is stored.
        """
        connection = await self._connected()
        try:
            if missing := group_days - self._days:
                await self._make_days(missing)
            async with connection.transaction(), connection.cursor() as cursor:
                async with cursor.copy(COPY) as copy:
                    await copy.write(b"".join((rows.HEADER, *group, rows.TRAILER)))
                new = await _added(connection, INTO_FIX, len(group)) if group_days else set()
                if strays:
                    new |= await _added(connection, _STRAYS, len(group))
            return new
        except psycopg.errors.CheckViolation:
            self._days.clear()  # a day that was here is gone: look again
            raise
        finally:
            if connection.broken or connection.closed:
                await self.close()

    async def _connected(self) -> AsyncConnection[TupleRow]:
        if self._connection is None:
            connection = await AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=_CONNECT_S)
            await connection.execute(
                "SELECT set_config('statement_timeout', '30000', false), set_config('jit', 'off', false),"
                " set_config('application_name', 'gridtwin intake', false), set_config('TimeZone', 'UTC', false)"
            )
            await connection.execute(STAGING)
            self._connection = connection
        return self._connection

    async def _make_days(self, missing: set[int]) -> None:
        wanted = {days.day_of(day * 86_400_000_000) for day in missing}

        def make() -> None:
            with psycopg.connect(self._dsn, autocommit=True, connect_timeout=_CONNECT_S) as connection:
                days.make(connection, wanted)

        await asyncio.to_thread(make)
        self._days |= missing

    async def close(self) -> None:
        """Lets the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                await connection.close()


async def _added(connection: AsyncConnection[TupleRow], statement: str, most: int) -> set[int]:
    row = await (await connection.execute(statement.encode(), binary=True)).fetchone()
    if row is None or not row[0]:
        return set()
    sent: bytes = row[1]
    return {int.from_bytes(sent[at : at + 8]) + rows.EPOCH_US for at in range(0, len(sent), 8)}
