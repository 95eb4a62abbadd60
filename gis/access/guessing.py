"""Guessing passwords is slowed down, by account and address, without a way to keep an account's owner out.

Three things are counted: failures of a name at an address, of a name anywhere, and at an address whatever the name.
Past what is free, each further try has to wait, twice as long each time. Who has signed in at an address before is
counted there by name and address alone, so that neither a guesser elsewhere nor a careless neighbour behind the same
router locks them out. Sign-ins that exist (walls, programs) aren't concerned: guessing ends none.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakValueDictionary

from gis.clock import Clock
from gis.db import Database
from gis.errors import TooManyTries, WrongCredentials, WrongPassword

_FORGOTTEN = timedelta(minutes=15)  # after the last failure
_AT_ONCE = 8  # tries of one address
_PLACE_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class _Counted:
    """What is counted, how many failures are free, and the longest wait in seconds."""

    key: bytes
    free: int
    longest: int


_WAIT = """
SELECT ceil(extract(epoch FROM last_at + make_interval(secs => least(%(longest)s,
  2 ^ least(failures - %(free)s, 20))) - %(now)s))::int AS seconds
FROM sign_in_failure WHERE key = %(key)s AND failures >= %(free)s AND last_at > %(forgotten)s
"""

_FAILED = """
INSERT INTO sign_in_failure AS f (key, failures, last_at) SELECT unnest(%(keys)s::bytea[]), 1, %(now)s
ON CONFLICT (key) DO UPDATE SET last_at = %(now)s,
  failures = CASE WHEN f.last_at < %(forgotten)s THEN 1 ELSE f.failures + 1 END
"""


def network(address: str) -> str:
    """An address as it is counted: IPv4 whole, IPv6 by its /64, which one subscriber has to themselves."""
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class Guessing:
    """Stands around every sign-in with a password."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._trying: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def slowed(self, username: str, address: str) -> AsyncIterator[None]:
        """Raises TooManyTries when the name or the address has to wait; a WrongCredentials of the block is counted.

        An address makes a few tries at a time, so that many at once can't all pass before the first has failed.
        """
        place = network(address)
        turn = self._trying.setdefault(place, asyncio.Semaphore(_AT_ONCE))
        async with turn:
            counted = _counted(username, place, known_here=await self._known(username, place))
            await self._require_no_wait(counted)
            try:
                yield
            except (WrongCredentials, WrongPassword):
                await self._failed(counted)
                raise
            await self._succeeded(username, place)

    async def _known(self, username: str, place: str) -> bool:
        row = await self._database.one(
            "SELECT 1 AS yes FROM sign_in_place JOIN account ON account.id = account_id"
            " WHERE username = %s AND address = %s",
            (username, place),
        )
        return row is not None

    async def _require_no_wait(self, counted: list[_Counted]) -> None:
        now = self._clock.now()
        for one in counted:
            row = await self._database.one(
                _WAIT,
                {"key": one.key, "free": one.free, "longest": one.longest, "now": now, "forgotten": now - _FORGOTTEN},
            )
            if row and row["seconds"] > 0:
                raise TooManyTries(seconds=int(row["seconds"]))

    async def _failed(self, counted: list[_Counted]) -> None:
        now = self._clock.now()
        keys = sorted(one.key for one in counted)  # one order, so that two at once don't wait for each other
        await self._database.run(_FAILED, {"keys": keys, "now": now, "forgotten": now - _FORGOTTEN})

    async def _succeeded(self, username: str, place: str) -> None:
        now = self._clock.now()
        pair = _counted(username, place, known_here=True)[0].key
        await self._database.run("DELETE FROM sign_in_failure WHERE key = %s OR last_at < %s", (pair, now - _FORGOTTEN))
        await self._database.run(
            "INSERT INTO sign_in_place (account_id, address, last_at)"
            " SELECT id, %s, %s FROM account WHERE username = %s"
            " ON CONFLICT (account_id, address) DO UPDATE SET last_at = excluded.last_at",
            (place, now, username),
        )
        await self._database.run("DELETE FROM sign_in_place WHERE last_at < %s", (now - _PLACE_KEPT,))


def _counted(username: str, place: str, *, known_here: bool) -> list[_Counted]:
    pair = _Counted(_key("pair", username, place), 5, 900)
    if known_here:
        return [pair]
    return [pair, _Counted(_key("name", username), 20, 60), _Counted(_key("address", place), 50, 900)]


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\x00".join(parts).encode()).digest()
