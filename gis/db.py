"""The one way to the database while the service runs: a pool of psycopg connections, in binary."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Composed
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from gis.errors import BadRequest, DatabaseAway, Overloaded

Row = dict[str, Any]
Statement = str | bytes | SQL | Composed
_WAIT_S = 10.0  # a request waits no longer than this for a connection
_QUEUE_PER_CONNECTION = 50  # and no more than these wait for each


class Database:
    """Connections in autocommit; `transaction()` where several statements belong together.

    Every statement runs in binary and with a limit on its time. Raises Overloaded when a statement takes too long
    or too many wait, DatabaseAway when the server doesn't answer.
    """

    def __init__(self, dsn: str, *, size: int, statement_timeout_ms: int = 60_000) -> None:
        self.dsn = dsn
        self.statement_timeout_ms = statement_timeout_ms
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            dsn,
            connection_class=AsyncConnection[DictRow],
            kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 2},
            min_size=2,
            max_size=size,
            max_waiting=size * _QUEUE_PER_CONNECTION,
            timeout=_WAIT_S,
            configure=self._configure,
            check=None,
            open=False,
            name="gridtwin",
        )

    async def _configure(self, connection: AsyncConnection[DictRow]) -> None:
        await connection.execute(
            "SELECT set_config('statement_timeout', %s, false), set_config('jit', 'off', false),"
            " set_config('application_name', 'gridtwin', false), set_config('TimeZone', 'UTC', false)",
            (str(self.statement_timeout_ms),),
        )

    async def open(self) -> None:
        """Opens the first connections; raises DatabaseAway."""
        try:
            await self._pool.open(wait=True, timeout=30)
        except PoolTimeout as silent:
            raise DatabaseAway from silent

    async def close(self) -> None:
        """Closes all connections."""
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        """A connection in autocommit, given back at the end; a cancelled task cancels its statement."""
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, TooManyRequests, psycopg.errors.QueryCanceled) as busy:
            raise Overloaded from busy
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as away:
            raise DatabaseAway from away
        except psycopg.DataError as refused:
            # PostgreSQL has no text with a null character; somebody sent it
            if "NUL" in str(refused) or isinstance(refused, psycopg.errors.UntranslatableCharacter):
                raise BadRequest(what="text", why="it holds a null character") from refused
            raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        """A connection in a transaction: committed at the end, rolled back on any exception."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def all(self, query: Statement, values: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        async with self.connection() as connection:
            cursor = await connection.execute(query, values, binary=True)
            return await cursor.fetchall()

    async def one(self, query: Statement, values: Mapping[str, Any] | Sequence[Any] = ()) -> Row | None:
        """The first row of a query, if there is one."""
        async with self.connection() as connection:
            cursor = await connection.execute(query, values, binary=True)
            return await cursor.fetchone()

    async def run(self, query: Statement, values: Mapping[str, Any] | Sequence[Any] = ()) -> int:
        """Executes a statement of its own transaction; returns the number of rows that it touched."""
        async with self.connection() as connection:
            return (await connection.execute(query, values)).rowcount

    async def answers(self) -> bool:
        """Whether the server answers within two seconds."""
        try:
            async with asyncio.timeout(2):
                return await self.one("SELECT 1 AS yes") is not None
        except (DatabaseAway, Overloaded, TimeoutError):
            return False
