"""One connection that stores groups of judged fixes, each group in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from psycopg import AsyncConnection, pq
from psycopg.adapt import Dumper
from psycopg.rows import TupleRow

from live import days
from live.columns import EPOCH_US, Array

log = structlog.get_logger("live.writer")

_SQL = (Path(__file__).parent / "fixes.sql").read_text(encoding="utf-8")
INTO_FIX = _SQL.format(table="fix", time="at").encode()
INTO_STRAYS = _SQL.format(table="fix_stray", time="sent, at").encode()
_CONNECT_S = 5


class _ArrayDumper(Dumper):
    """What is in PostgreSQL's binary format already."""

    format = pq.Format.BINARY
    oid = 0  # the statement says what it is

    def dump(self, obj: Array) -> bytes:
        return obj.content


class Writer:
    """Stores groups one after the other; connects when it has to, and again after the connection was lost."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: AsyncConnection[TupleRow] | None = None
        self._days: set[int] = set()

    async def store(
        self, fixes: list[Array] | None, fix_days: set[int], strays: list[Array] | None
    ) -> NDArray[np.int64] | None:
        """Stores arrays of `live.columns.arrays` whose times lie in these days since 1970; returns the `received_at`
        (µs since 1970) of those that were new, None when all were. When it returns, they are on disk. Raises
        psycopg.Error, and nothing is stored.
        """
        connection = await self._connected()
        try:
            if missing := fix_days - self._days:
                await self._make_days(missing)
            if strays is None:  # one statement is a transaction, and needs one way there and back
                return await _added(connection, INTO_FIX, fixes or [])
            async with connection.transaction():
                new = [await _added(connection, INTO_STRAYS, strays, told=True)]
                if fixes is not None:
                    new.append(await _added(connection, INTO_FIX, fixes, told=True))
            return np.concatenate([each for each in new if each is not None])
        except psycopg.errors.CheckViolation:
            self._days.clear()  # a day that was here is gone: look again
            raise
        finally:
            if connection.broken or connection.closed:
                await self.close()

    async def _connected(self) -> AsyncConnection[TupleRow]:
        if self._connection is None:
            connection = await AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=_CONNECT_S)
            connection.adapters.register_dumper(Array, _ArrayDumper)
            await connection.execute(
                "SELECT set_config('statement_timeout', '30000', false), set_config('jit', 'off', false),"
                " set_config('application_name', 'gridtwin intake', false), set_config('TimeZone', 'UTC', false)"
            )
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


async def _added(
    connection: AsyncConnection[TupleRow], statement: bytes, arrays: list[Array], *, told: bool = False
) -> NDArray[np.int64] | None:
    """The `received_at` of the rows that were new; None when all were, unless they are to be `told`."""
    cursor = await connection.execute(statement, arrays, binary=True, prepare=True)
    row = await cursor.fetchone()
    if row is None or row[1] is None:
        return np.empty(0, np.int64)
    if row[0] == arrays[0].count and not told:
        return None
    return np.frombuffer(row[1], ">i8").astype(np.int64) + EPOCH_US
