"""One connection spoken to by libpq's own calls: a small question costs little more than its SQL.

A statement is prepared once a connection. What the general way (`gis.db`) does for each
query, converting, adapting and waiting, takes longer than rendering a tile of a few houses.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import AsyncConnection, pq

from gis.errors import DatabaseAway, Overloaded

_PARAMETER = re.compile(r"%\((\w+)\)s")
_UNKNOWN, _FLOAT8, _INT8, _INT8S = 0, 701, 20, 1016
_DOUBLE = struct.Struct("!d").pack
_ELEMENT = struct.Struct("!iq").pack
_CANCELED = b"57014"
_CONNECT_S = 5


def numbered(query: str) -> tuple[str, tuple[str, ...]]:
    """A query with `%(name)s` parameters as PostgreSQL itself writes it ($1 …), and the names in that order."""
    names: dict[str, int] = {}
    text = _PARAMETER.sub(lambda found: f"${names.setdefault(found[1], len(names) + 1)}", query)
    return text.replace("%%", "%"), tuple(names)


class Lane:
    """One connection, and the statements that it has prepared. One question at a time."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._socket: int | None = connection.pgconn.socket  # a lost connection doesn't tell it any more
        self._loop = asyncio.get_running_loop()
        self._prepared: dict[str, bytes] = {}
        self._answered: asyncio.Future[None] | None = None
        self.usable = True
        self._loop.add_reader(connection.pgconn.socket, self._readable)

    async def ask(self, text: str, values: Sequence[Any], *, binary: bool = True) -> pq.abc.PGresult:
        """The answer to a statement with parameters $1 …: floats, integers, strings, sequences of integers.

        Raises Overloaded when it takes too long, DatabaseAway when the server doesn't answer. A cancelled task cancels
        its statement.
        """
        try:
            name = self._prepared.get(text)
            if name is None:
                name = b"t%d" % len(self._prepared)
                self._libpq.send_prepare(name, text.encode(), [_type(value) for value in values])
                await self._result()
                self._prepared[text] = name
            self._libpq.send_query_prepared(
                name,
                [_sent(value) for value in values],
                [_in_binary(value) for value in values],
                pq.Format.BINARY if binary else pq.Format.TEXT,
            )
            return await self._result()
        except (psycopg.OperationalError, OSError) as away:
            self.usable = False
            raise DatabaseAway from away

    async def _result(self) -> pq.abc.PGresult:
        """Waits for the answer of what was sent; raises Overloaded, or psycopg.Error with the server's words."""
        while self._libpq.flush():
            await asyncio.sleep(0)
        self._answered = self._loop.create_future()
        try:
            if self._libpq.is_busy():
                await self._answered
        except asyncio.CancelledError:
            await self._cancel()
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
            self._look_away()
        if self._libpq.status == pq.ConnStatus.BAD:
            self.usable = False
        if done and self._answered is not None and not self._answered.done():
            self._answered.set_result(None)

    def give_up(self, why: str) -> None:
        """Waits no longer for the answer that is under way: DatabaseAway for whoever asked."""
        self.usable = False
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(psycopg.OperationalError(why))

    async def _cancel(self) -> None:
        """Ends the statement in the database; the connection isn't used again."""
        self.usable = False
        with contextlib.suppress(psycopg.Error, OSError):
            await asyncio.shield(self._connection.cancel_safe(timeout=_CONNECT_S))

    def _look_away(self) -> None:
        """Once: by then the number may be another socket's."""
        socket, self._socket = self._socket, None
        if socket is not None:
            with contextlib.suppress(OSError, ValueError):
                self._loop.remove_reader(socket)

    async def close(self) -> None:
        """Ends the connection."""
        self._look_away()
        await self._connection.close()


def _type(value: Any) -> int:
    if isinstance(value, float):
        return _FLOAT8
    if isinstance(value, str):
        return _UNKNOWN
    return _INT8 if value is None or isinstance(value, int) else _INT8S


def _in_binary(value: Any) -> bool:
    return isinstance(value, float | list | tuple)


def _sent(value: Any) -> bytes | None:
    """A parameter as it is sent: floats and arrays in binary, which is read in no time, the others as text."""
    if value is None:
        return None
    if isinstance(value, float):
        return _DOUBLE(value)
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, int):
        return b"%d" % value
    return _array(tuple(value))


@lru_cache(maxsize=256)
def _array(values: tuple[int, ...]) -> bytes:
    """An array of bigint in binary (PostgreSQL, array_recv): a scope's areas are sent with each tile."""
    if not values:
        return struct.pack("!iiI", 0, 0, _INT8)
    head = struct.pack("!iiIii", 1, 0, _INT8, len(values), 1)  # dimensions, NULLs, type, length, first index
    return head + b"".join(_ELEMENT(8, value) for value in values)
