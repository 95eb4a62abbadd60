"""Connections for tiles alone, spoken to by libpq's own calls: a small tile costs little more than its SQL.

A statement is prepared once a connection; its parameters go as text, its answer comes in binary. What the general way
(`gis.db`) does for each query, converting, adapting and waiting, takes longer than rendering a tile of a few houses.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection, pq

from gis.errors import DatabaseAway, Overloaded

_PARAMETER = re.compile(r"%\((\w+)\)s")
_FLOAT8, _INT8, _INT8S = 701, 20, 1016
_CANCELED = b"57014"
_CONNECT_S = 5
_WAIT_S = 10.0


class Lanes:
    """As many connections as tiles are rendered at once; each is opened when it is first needed.

    Raises Overloaded when a statement takes too long or none gets free, DatabaseAway when the server doesn't answer.
    """

    def __init__(self, dsn: str, *, size: int, statement_timeout_ms: int) -> None:
        self._dsn = dsn
        self._timeout_ms = statement_timeout_ms
        self._free: list[_Lane] = []
        self._places = asyncio.Semaphore(size)
        self._texts: dict[str, tuple[str, tuple[str, ...]]] = {}

    async def one(self, query: str, values: Mapping[str, Any]) -> dict[str, bytes | None]:
        """The only row of a query with `%(name)s` parameters: column -> the bytes that PostgreSQL sent in binary.

        Parameters are floats, integers or sequences of integers. A cancelled task cancels its statement.
        """
        known = self._texts.get(query)
        if known is None:
            names: dict[str, int] = {}
            text = _PARAMETER.sub(lambda found: f"${names.setdefault(found[1], len(names) + 1)}", query)
            known = self._texts[query] = (text.replace("%%", "%"), tuple(names))
        text, named = known
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._places.acquire()
        except TimeoutError as busy:
            raise Overloaded from busy
        try:
            lane = self._free.pop() if self._free else await self._open()
            try:
                return await lane.ask(text, [values[name] for name in named])
            finally:
                await self._give_back(lane)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Closes all connections that are not in use."""
        while self._free:
            await self._free.pop().close()

    async def _open(self) -> _Lane:
        try:
            connection = await AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=_CONNECT_S)
            await connection.execute(
                "SELECT set_config('statement_timeout', %s, false), set_config('jit', 'off', false),"
                " set_config('application_name', 'gridtwin tiles', false), set_config('TimeZone', 'UTC', false)",
                (str(self._timeout_ms),),
            )
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as away:
            raise DatabaseAway from away
        return _Lane(connection)

    async def _give_back(self, lane: _Lane) -> None:
        if lane.usable:
            self._free.append(lane)
        else:
            await lane.close()


class _Lane:
    """One connection, and the statements that it has prepared."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._prepared: dict[str, bytes] = {}
        self._answered: asyncio.Future[None] | None = None
        self.usable = True
        asyncio.get_running_loop().add_reader(self._libpq.socket, self._readable)

    async def ask(self, text: str, values: Sequence[Any]) -> dict[str, bytes | None]:
        """The row of a statement."""
        try:
            name = self._prepared.get(text)
            if name is None:
                name = b"t%d" % len(self._prepared)
                self._libpq.send_prepare(name, text.encode(), [_type(value) for value in values])
                await self._result()
                self._prepared[text] = name
            self._libpq.send_query_prepared(name, [_text(value) for value in values], None, pq.Format.BINARY)
            result = await self._result()
        except (psycopg.OperationalError, OSError) as away:
            self.usable = False
            raise DatabaseAway from away
        columns = range(result.nfields)
        return {(result.fname(column) or b"").decode(): result.get_value(0, column) for column in columns}

    async def _result(self) -> pq.abc.PGresult:
        """Waits for the answer of what was sent; raises Overloaded, or psycopg.Error with the server's words."""
        while self._libpq.flush():
            await asyncio.sleep(0)
        self._answered = asyncio.get_running_loop().create_future()
        try:
            if self._libpq.is_busy():
                await self._answered
        except asyncio.CancelledError:
            await self._give_up()
            raise
        finally:
            self._answered = None
        result = self._libpq.get_result()
        while (more := self._libpq.get_result()) is not None:
            result = more
        if result is None:
            raise psycopg.OperationalError("the server closed the connection")
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            if result.error_field(pq.DiagnosticField.SQLSTATE) == _CANCELED:
                raise Overloaded
            if self._libpq.status == pq.ConnStatus.BAD:
                raise psycopg.OperationalError(result.get_error_message())
            raise psycopg.errors.error_from_result(result)
        return result

    def _readable(self) -> None:
        try:
            self._libpq.consume_input()
            done = not self._libpq.is_busy()
        except psycopg.OperationalError:
            self.usable, done = False, True
            with contextlib.suppress(OSError, ValueError):
                asyncio.get_running_loop().remove_reader(self._libpq.socket)
        if self._libpq.status == pq.ConnStatus.BAD:
            self.usable = False
        if done and self._answered is not None and not self._answered.done():
            self._answered.set_result(None)

    async def _give_up(self) -> None:
        """Ends the statement in the database; the connection isn't used again."""
        self.usable = False
        with contextlib.suppress(psycopg.Error, OSError):
            await asyncio.shield(self._connection.cancel_safe(timeout=_CONNECT_S))

    async def close(self) -> None:
        """Ends the connection."""
        with contextlib.suppress(OSError, ValueError, psycopg.Error):
            asyncio.get_running_loop().remove_reader(self._libpq.socket)
        await self._connection.close()


def _type(value: Any) -> int:
    if isinstance(value, float):
        return _FLOAT8
    return _INT8 if value is None or isinstance(value, int) else _INT8S


def _text(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, float):
        return repr(value).encode()
    if isinstance(value, int):
        return b"%d" % value
    return b"{" + b",".join(b"%d" % each for each in value) + b"}"
