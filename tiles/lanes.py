"""Connections for tiles alone (`gis.lane`), as many as tiles are rendered at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import AsyncConnection

from gis.errors import DatabaseAway, Overloaded
from gis.lane import Lane, numbered

_CONNECT_S = 5
_WAIT_S = 10.0


class Lanes:
    """As many connections as tiles are rendered at once; each is opened when it is first needed.

    Raises Overloaded when a statement takes too long or none gets free, DatabaseAway when the server doesn't answer.
    """

    def __init__(self, dsn: str, *, size: int, statement_timeout_ms: int) -> None:
        self._dsn = dsn
        self._timeout_ms = statement_timeout_ms
        self._free: list[Lane] = []
        self._places = asyncio.Semaphore(size)
        self._texts: dict[str, tuple[str, tuple[str, ...]]] = {}

    async def one(self, query: str, values: Mapping[str, Any]) -> dict[str, bytes | None]:
        """The only row of a query with `%(name)s` parameters: column -> the bytes that PostgreSQL sent in binary.

        Parameters are floats, integers or sequences of integers. A cancelled task cancels its statement.
        """
        known = self._texts.get(query)
        if known is None:
            known = self._texts[query] = numbered(query)
        text, named = known
        if self._places.locked():
            try:
                async with asyncio.timeout(_WAIT_S):
                    await self._places.acquire()
            except TimeoutError as busy:
                raise Overloaded from busy
        else:
            await self._places.acquire()
        try:
            lane = self._free.pop() if self._free else await self._open()
            try:
                result = await lane.ask(text, [values[name] for name in named])
            finally:
                if lane.usable:
                    self._free.append(lane)
                else:
                    await lane.close()
        finally:
            self._places.release()
        columns = range(result.nfields)
        return {(result.fname(column) or b"").decode(): result.get_value(0, column) for column in columns}

    async def close(self) -> None:
        """Closes all connections that are not in use."""
        while self._free:
            await self._free.pop().close()

    async def _open(self) -> Lane:
        try:
            connection = await AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=_CONNECT_S)
            await connection.execute(
                "SELECT set_config('statement_timeout', %s, false), set_config('jit', 'off', false),"
                " set_config('application_name', 'gridtwin tiles', false), set_config('TimeZone', 'UTC', false)",
                (str(self._timeout_ms),),
            )
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as away:
            raise DatabaseAway from away
        return Lane(connection)
