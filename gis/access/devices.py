"""Devices: phones that may send fixes for one worker, found by their token fast enough for every request.

What was found is kept. At most twice a second one query asks which devices have changed since, so that a revoked
token is refused within a second, by whatever program it was revoked, and 300,000 phones cost no look-up each.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from gis.clock import Clock
from gis.db import Database, Row
from gis.errors import DatabaseAway, Overloaded
from gis.tasks import end

App = Literal["gridtwin", "traccar", "owntracks", "overland"]
DeviceCrs = Literal["EPSG:4326", "GCJ-02", "BD-09"]
APPS: tuple[App, ...] = get_args(App)

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # what people mistake for another is left out: 0 o, 1 i l
_LENGTH = 27  # 133 bits
_FRESH_S = 0.5
_SEEN_S = 5.0  # how long "last seen" is collected before it is written
_MOST_UNKNOWN = 50_000

_CHANGED = """
SELECT v.version AS now, v.cleared, d.id, d.worker_id, d.app, d.crs, d.token_sha256, d.revoked_at IS NULL AS valid
FROM device_version v LEFT JOIN device d ON d.version > %(seen)s
"""
_FOUND = """
SELECT id, worker_id, app, crs, token_sha256 FROM device
WHERE token_sha256 = ANY(%s) AND revoked_at IS NULL
"""
_SEEN = """
UPDATE device SET last_seen_at = greatest(last_seen_at, %(at)s), enrolled_at = coalesce(enrolled_at, %(at)s)
WHERE id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Device:
    """A phone that may send fixes for one worker, in the coordinate system `crs` that its positions come in."""

    id: int
    worker_id: str
    app: App
    crs: DeviceCrs


def new_token() -> str:
    """A token that people can type: 27 lower-case letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def is_token(text: str) -> bool:
    """Whether a text has the form of a device's token; sign-ins have another."""
    return len(text) == _LENGTH and text.isascii() and text.isalnum()


def identifier(device_id: int, token: str) -> str:
    """What Traccar Client and others send as `id`: the device with its secret part."""
    return f"{device_id}-{token}"


class Devices:
    """Finds devices by what apps send, and notes when they were last seen."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[bytes, Device] = {}
        self._tokens: dict[int, bytes] = {}
        self._unknown: set[bytes] = set()
        self._asked: dict[bytes, asyncio.Future[Device | None]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._version = -1
        self._looked = 0.0
        self._looking = asyncio.Lock()
        self._seen: set[int] = set()
        self._writing: asyncio.Task[None] | None = None

    # Finding -------------------------------------------------------------------------------------------------

    async def find(self, token: str) -> Device | None:
        """The device of a token, or of `<device>-<token>` and `<worker>-<token>`; None when unknown or revoked.

        Raises DatabaseAway or Overloaded when it can't be told.
        """
        prefix, dash, secret = token.rpartition("-")
        if not is_token(secret):
            return None
        if time.monotonic() - self._looked >= _FRESH_S:
            await self._look()
        digest = hashlib.sha256(secret.encode()).digest()
        device = self._known.get(digest) or await self._look_up(digest)
        if device is None or (dash and not _names(device, prefix)):
            return None
        if device.id not in self._seen:
            self._note(device.id)
        return device

    async def find_basic(self, username: str, password: str) -> Device | None:
        """The device of HTTP basic authentication: the worker's or the device's id, and the token."""
        device = await self.find(password)
        return device if device and _names(device, username) else None

    async def _look(self) -> None:
        """Takes in what has changed since the last look; whoever comes meanwhile waits for it."""
        async with self._looking:
            began = time.monotonic()
            if began - self._looked < _FRESH_S:
                return
            if self._version < 0:
                row = await self._database.one("SELECT version FROM device_version")
                self._version = row["version"] if row else 0
            else:
                self._take_in(await self._database.all(_CHANGED, {"seen": self._version}))
            self._looked = began

    def _take_in(self, rows: Sequence[Row]) -> None:
        if not rows or rows[0]["now"] == self._version:
            return
        self._unknown.clear()
        if rows[0]["cleared"] > self._version:
            self._known.clear()
            self._tokens.clear()
        for row in rows:
            if row["id"] is None:
                continue
            before = self._tokens.pop(row["id"], None)
            if before is not None:  # only what somebody asked for is kept
                del self._known[before]
                if row["valid"]:
                    self._keep(bytes(row["token_sha256"]), row)
        self._version = rows[0]["now"]

    async def _look_up(self, digest: bytes) -> Device | None:
        """Asks the database, together with whoever else asks: after a restart every phone is new."""
        if digest in self._unknown:
            return None
        asked = self._asked.get(digest)
        if asked is None:
            asked = self._asked[digest] = asyncio.get_running_loop().create_future()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(asked)  # others may wait for the same answer

    async def _ask(self) -> None:
        """Answers those who wait, and those who come meanwhile."""
        while self._asked:
            await asyncio.sleep(0)  # what arrived with this turn of the loop goes along
            asked, self._asked = self._asked, {}
            version = self._version
            try:
                rows = await self._database.all(_FOUND, (list(asked),))
            except Exception as failed:
                for waiting in asked.values():
                    waiting.set_exception(failed)
                    waiting.exception()  # somebody may have left
                continue
            found = {bytes(row["token_sha256"]): row for row in rows}
            # when something changed meanwhile this answer may be older than that: it is given, but not kept
            keep = version == self._version
            for digest, waiting in asked.items():
                waiting.set_result(self._told(digest, found.get(digest), keep=keep))

    def _told(self, digest: bytes, row: Row | None, *, keep: bool) -> Device | None:
        if row is not None:
            return self._keep(digest, row) if keep else _device(row)
        if keep:
            if len(self._unknown) >= _MOST_UNKNOWN:
                self._unknown.clear()
            self._unknown.add(digest)
        return None

    def _keep(self, digest: bytes, row: Row) -> Device:
        device = _device(row)
        self._known[digest] = device
        self._tokens[device.id] = digest
        return device

    # Last seen -----------------------------------------------------------------------------------------------

    def _note(self, device_id: int) -> None:
        self._seen.add(device_id)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    async def _write_soon(self) -> None:
        await asyncio.sleep(_SEEN_S)
        with contextlib.suppress(DatabaseAway, Overloaded):  # it is told again with the next fix
            await self.write_seen()

    async def write_seen(self) -> None:
        """Writes down who was seen since the last time."""
        ids, self._seen = list(self._seen), set()
        if ids:
            await self._database.run(_SEEN, {"ids": ids, "at": self._clock.now()})

    async def close(self) -> None:
        """Writes what is still to be written."""
        if self._asking:
            await end((self._asking,))
        if self._writing:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        with contextlib.suppress(DatabaseAway, Overloaded):
            await self.write_seen()

    def forget(self) -> None:
        """Looks again with the next request: a device was changed here."""
        self._looked = 0.0


def _device(row: Row) -> Device:
    return Device(row["id"], row["worker_id"], row["app"], row["crs"])


def _names(device: Device, text: str) -> bool:
    """Whether a text is the device's or its worker's id."""
    given = text.encode()
    matches: list[Any] = [hmac.compare_digest(given, own.encode()) for own in (str(device.id), device.worker_id)]
    return any(matches)
