"""Sign-ins: a random token that the client keeps, of which the database holds only the SHA-256."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

from gis.access import accounts
from gis.access.accounts import Account
from gis.clock import Clock
from gis.db import Database
from gis.errors import DatabaseAway, NotSignedIn, Overloaded

_FRESH_S = 0.5  # how long a sign-in that was looked up may be used without looking again
_LOOK_S = 0.4  # how often the sign-ins of live connections are looked up
_SEEN = timedelta(minutes=1)  # how exactly it is known when a sign-in was last used
_MOST = 20_000

_LIVE = """
SELECT s.token_sha256, a.role, a.everywhere,
  ARRAY(SELECT area_id FROM account_area WHERE account_id = a.id ORDER BY area_id) AS areas
FROM session s JOIN account a ON a.id = s.account_id AND NOT a.disabled
WHERE s.token_sha256 = ANY(%s) AND s.expires_at > %s
"""


@dataclass(eq=False)
class Watch:
    """A live connection's sign-in: the account that it began with, and the event that tells of its end.

    `ended` is set within a second after the token was revoked or has expired, the account was disabled or deleted, or
    its role or scope became another: the connection is closed then, and whoever may come back signs in anew.
    """

    account: Account
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Sessions:
    """Opens, finds, watches and ends sign-ins. What was found is remembered for half a second, no longer."""

    def __init__(self, database: Database, clock: Clock, *, days: int) -> None:
        self._database = database
        self._clock = clock
        self._lifetime = timedelta(days=days)
        self._found: dict[bytes, tuple[float, Account]] = {}
        self._looking: dict[bytes, asyncio.Task[Account | None]] = {}
        self._forgotten = 0
        self._watched: dict[bytes, list[Watch]] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._areas_changed = False

    async def open(
        self, account_id: int, *, kind: str = "password", address: str = "", days: int | None = None
    ) -> tuple[str, int]:
        """A new sign-in; returns its token and the seconds that it lasts."""
        async with self._database.transaction() as connection:
            return await self.open_on(connection, account_id, kind=kind, address=address, days=days)

    async def open_on(
        self,
        connection: psycopg.AsyncConnection[Any],
        account_id: int,
        *,
        kind: str,
        address: str = "",
        days: int | None = None,
        until: datetime | None = None,
    ) -> tuple[str, int]:
        """`open` in a transaction of the caller's; `until` sets the end instead of `days`."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        ends = until or now + (self._lifetime if days is None else timedelta(days=days))
        await connection.execute("DELETE FROM session WHERE expires_at < %s", (now,))
        await connection.execute(
            "INSERT INTO session (token_sha256, account_id, kind, address, created_at, last_seen_at, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (digest(token), account_id, kind, address, now, now if kind != "key" else None, ends),
        )
        return token, int((ends - now).total_seconds())

    async def find(self, token: str) -> Account | None:
        """Who a token signs in; None when it is unknown, has ended, or its account is disabled."""
        key = digest(token)
        known = self.remembered(key)
        if known is not None:
            return known
        looking = self._looking.get(key)
        if looking is None:  # one look answers all who ask while it is under way
            looking = self._looking[key] = asyncio.create_task(self._look_up(key))
            looking.add_done_callback(lambda task: self._looking.get(key) is task and self._looking.pop(key))
        return await asyncio.shield(looking)

    def remembered(self, key: bytes) -> Account | None:
        """Who the token with this digest signs in, if that was looked up within the last half second."""
        known = self._found.get(key)
        return known[1] if known and time.monotonic() - known[0] < _FRESH_S else None

    async def _look_up(self, key: bytes) -> Account | None:
        forgotten = self._forgotten
        began, now = time.monotonic(), self._clock.now()
        row = await self._database.one(
            "SELECT account_id, kind, coalesce(last_seen_at < %s, true) AS unseen FROM session"
            " WHERE token_sha256 = %s AND expires_at > %s",
            (now - _SEEN, key, now),
        )
        account = await accounts.find(self._database, row["account_id"], via=row["kind"]) if row else None
        self._found.pop(key, None)
        if row and account:
            if len(self._found) >= _MOST:
                self._found.clear()
            if forgotten == self._forgotten:
                self._found[key] = (began, account)
            if row["unseen"]:
                await self._database.run("UPDATE session SET last_seen_at = %s WHERE token_sha256 = %s", (now, key))
        return account

    async def end(self, token: str) -> None:
        """Ends a sign-in."""
        key = digest(token)
        self._found.pop(key, None)
        self._looking.pop(key, None)
        for watch in self._watched.get(key, ()):
            watch.ended.set()
        await self._database.run("DELETE FROM session WHERE token_sha256 = %s", (key,))

    def forget(self, *, areas_changed: bool = False) -> None:
        """Forgets what was looked up: accounts or areas have changed."""
        self._found.clear()
        self._looking.clear()
        self._forgotten += 1
        self._areas_changed = self._areas_changed or areas_changed

    @contextlib.asynccontextmanager
    async def watch(self, token: str | None) -> AsyncIterator[Watch]:
        """Watches over the token of a live connection while the block runs; raises NotSignedIn."""
        account = await self.find(token) if token else None
        if token is None or account is None:
            raise NotSignedIn
        key, watch = digest(token), Watch(account)
        self._watched.setdefault(key, []).append(watch)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._look_after())
        try:
            yield watch
        finally:
            self._watched[key].remove(watch)
            if not self._watched[key]:
                del self._watched[key]

    async def _look_after(self) -> None:
        """Looks up all watched tokens in one query, again and again, until none is watched."""
        while self._watched:
            with contextlib.suppress(DatabaseAway, Overloaded):  # nobody can be revoked either while it is away
                await self._look()
            await asyncio.sleep(_LOOK_S)

    async def _look(self) -> None:
        moved, self._areas_changed = self._areas_changed, False
        watched = {key: list(watches) for key, watches in self._watched.items()}
        rows = await self._database.all(_LIVE, (list(watched), self._clock.now()))
        live = {bytes(row["token_sha256"]): (row["role"], row["everywhere"], tuple(row["areas"])) for row in rows}
        for key, watches in watched.items():
            for watch in watches:
                account = watch.account
                as_before = (account.role.value, account.everywhere, account.area_ids) == live.get(key)
                if as_before and moved:
                    now = await accounts.find(self._database, account.id)
                    as_before = now is not None and now.scope == account.scope
                if not as_before:
                    self._found.pop(key, None)
                    watch.ended.set()


def digest(token: str) -> bytes:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode()).digest()
