"""Sign-ins: a random token that the client keeps, of which the database holds only the SHA-256."""

from __future__ import annotations

import hashlib
import secrets
import time
from datetime import timedelta

from gis.access import accounts
from gis.access.accounts import Account
from gis.clock import Clock
from gis.db import Database

_FRESH_S = 1.0  # how long a sign-in that was looked up may be used without looking again
_MOST = 20_000


class Sessions:
    """Opens, finds and ends sign-ins; what was found is remembered for a second, so that revoking takes no longer."""

    def __init__(self, database: Database, clock: Clock, *, days: int) -> None:
        self._database = database
        self._clock = clock
        self._lifetime = timedelta(days=days)
        self._found: dict[bytes, tuple[float, Account]] = {}

    async def open(self, account_id: int) -> tuple[str, int]:
        """A new sign-in; returns its token and the seconds that it lasts."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        await self._database.run("DELETE FROM session WHERE expires_at < %s", (now,))
        await self._database.run(
            "INSERT INTO session (token_sha256, account_id, created_at, expires_at) VALUES (%s, %s, %s, %s)",
            (_digest(token), account_id, now, now + self._lifetime),
        )
        return token, int(self._lifetime.total_seconds())

    async def find(self, token: str) -> Account | None:
        """Who a token signs in; None when it is unknown, has ended, or its account is disabled."""
        digest = _digest(token)
        known = self._found.get(digest)
        if known and time.monotonic() - known[0] < _FRESH_S:
            return known[1]
        row = await self._database.one(
            "SELECT account_id FROM session WHERE token_sha256 = %s AND expires_at > %s",
            (digest, self._clock.now()),
        )
        account = await accounts.find(self._database, row["account_id"]) if row else None
        self._found.pop(digest, None)
        if account:
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[digest] = (time.monotonic(), account)
        return account

    async def end(self, token: str) -> None:
        """Ends a sign-in."""
        digest = _digest(token)
        self._found.pop(digest, None)
        await self._database.run("DELETE FROM session WHERE token_sha256 = %s", (digest,))

    def forget(self) -> None:
        """Forgets what was looked up: areas have changed."""
        self._found.clear()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
