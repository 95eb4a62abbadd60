"""Kept tiles as files, so that nginx gives them by itself; as fresh and as private as the service gives them.

    FOLDER/1764039600.3           the tree, for that tenth of a second only
    FOLDER/tree.R/TOKEN           what the sign-in sees whose token begins so (22 of its 43 characters)
    FOLDER/tree.R/sees.R/LAYERS/Z_X_Y.zst

nginx takes the tenth of a second from its clock, the token from the request, the rest from the path; what isn't there
is asked of the service. A file goes when the cache drops its tile, before anybody is told of the change. The tree can
be reached only in tenths of a second that the service has promised, at most `_AHEAD_S` in advance and each time after
it has caught up with the database: when it hangs, dies or loses the database, nginx finds nothing from then on. Names
can't be guessed, the folders can't be listed, and a name isn't enough to sign in.

The folder is on a tmpfs: nginx makes an ETag of a file's time and length, so the time of each file says the hash of its
bytes, and both give the same ETag. Other file systems hold no such times.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gis import tasks
from gis.access.accounts import Account
from gis.access.roles import Permission
from gis.access.sessions import Sessions, digest
from gis.changes import Batch, Feed
from gis.errors import DatabaseAway, NotSignedIn, Overloaded
from tiles.cache import Kept, Subject
from tiles.layers import cache_control

log = structlog.get_logger("mirror")

_TICK_S = 0.1
_AHEAD_S = 0.3
_ANSWER_S = 0.2  # a database that takes longer is waited for without a promise
_SESSION_S = 600.0  # then a sign-in's way in is made anew, if it still asks
_SESSIONS = 2000
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_SHOWN = 22  # characters of a token that stand in the tree: nobody guesses them, nor the other 21 from them
_OURS = re.compile(r"\d+\.\d|tree\.[0-9a-f]+")
_CONTROL = b"private, no-cache"  # what nginx.conf says of every file
_SUFFIX = {"": "", "gzip": ".gz", "zstd": ".zst"}
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_FAR = 2**59 + 1  # a time that only a tmpfs can hold
_SEARCH = 0o711


@dataclass(eq=False, slots=True)
class _Laid:
    """The files of one tile."""

    paths: dict[tuple[str, str], Path]
    """By folder and ending."""
    read_at: int


class Mirror:
    """The files of one process; a second one on the same folder lays none."""

    def __init__(self, folder: Path, feed: Feed, sessions: Sessions) -> None:
        self._folder = folder
        self._feed = feed
        self._sessions = sessions
        self._lock: int | None = None
        self._running: asyncio.Task[None] | None = None
        self._tree: Path | None = None
        self._sees: dict[tuple[frozenset[int] | None, bool], str] = {}
        self._linked: dict[bytes, asyncio.Task[None]] = {}
        self._promised: set[str] = set()
        self._laid: dict[Kept, _Laid] = {}

    async def open(self) -> None:
        """Takes the folder and empties it of what a former process left; without one that fits, no files are laid."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(_SEARCH)
            self._lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.utime(self._lock, (0, _FAR))
            if os.fstat(self._lock).st_mtime_ns != _FAR * 10**9:
                raise OSError(errno.EINVAL, "it isn't on a tmpfs")
            for entry in self._folder.iterdir():
                if _OURS.fullmatch(entry.name):
                    entry.unlink() if entry.is_symlink() else shutil.rmtree(entry, ignore_errors=True)
            self._plant()
        except BlockingIOError:
            log.warning("mirror.taken", folder=str(self._folder), why="another process lays files there")
        except (OSError, OverflowError) as refused:
            log.error("mirror.unusable", folder=str(self._folder), why=getattr(refused, "strerror", str(refused)))
        if self._tree is None:
            self._release()
            return
        self._feed.subscribe(self._hear)
        self._running = asyncio.create_task(self._promise())

    async def close(self) -> None:
        """Takes everything away."""
        self._withdraw()
        if self._running:
            await tasks.end((self._running,))
            self._running = None
        self._withdraw()
        links = tuple(self._linked.values())
        self._uproot()
        await tasks.end(links)
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def at_work(self) -> bool:
        """Whether this process lays files."""
        return self._running is not None

    def lay(self, token: str, account: Account, subject: Subject, kept: Kept, accepted: str) -> None:
        """Lays a kept tile for a sign-in, in the content coding that it accepts; not for a question with `?`."""
        tree = self._tree
        if tree is None or kept.ended or not _TOKEN.fullmatch(token) or cache_control(subject.layers) != _CONTROL:
            return
        coding = kept.tile.coding(accepted)
        body = kept.tile.ready(coding)
        suffix = ".small" if kept.tile.small else _SUFFIX[coding]
        if body is None:
            return
        sees = (account.scope.areas, account.may(Permission.SEE_FINE))
        try:
            seen = self._sees.get(sees)
            if seen is None:
                seen = f"sees.{secrets.token_hex(16)}"
                _folder(tree / seen)
                self._sees[sees] = seen
            laid = self._laid.get(kept)
            if laid is None or (seen, suffix) not in laid.paths:
                tile = subject.tile
                path = tree / seen / ",".join(subject.layers) / f"{tile.z}_{tile.x}_{tile.y}{suffix}"
                self._write(kept, (seen, suffix), path, body, coding)
            self._let_in(token, account, sees)
        except OSError as full:
            log.warning("mirror.failed", why=full.strerror)

    def _write(self, kept: Kept, key: tuple[str, str], path: Path, body: bytes, coding: str) -> None:
        laid = self._laid.get(kept)
        if laid is None:
            laid = self._laid[kept] = _Laid({}, 0)
            kept.at_end = lambda: self._take_away(kept)
            kept.read = lambda: self._was_read(kept)
        unready = self._folder / ".unready"
        file = os.open(unready, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            os.fchmod(file, 0o644)
            os.write(file, body)
            os.utime(file, (0, kept.tile.tag(coding)))
        finally:
            os.close(file)
        laid.paths[key] = path
        try:
            unready.replace(path)
        except FileNotFoundError:
            _folder(path.parent)
            unready.replace(path)

    def _take_away(self, kept: Kept) -> None:
        laid = self._laid.pop(kept, None)
        if laid is not None:
            for path in laid.paths.values():
                with contextlib.suppress(OSError):
                    path.unlink()

    def _was_read(self, kept: Kept) -> bool:
        """Whether nginx has given it since this was last asked; a file system that notes no reading never says so."""
        laid = self._laid.get(kept)
        if laid is None:
            return False
        before = laid.read_at
        for path in laid.paths.values():
            with contextlib.suppress(OSError):
                laid.read_at = max(laid.read_at, path.stat().st_atime_ns)
        return laid.read_at > before

    def _let_in(self, token: str, account: Account, sees: tuple[frozenset[int] | None, bool]) -> None:
        key = digest(token)
        if key not in self._linked and len(self._linked) < _SESSIONS:
            self._linked[key] = asyncio.create_task(self._link(key, token, account, sees))

    async def _link(self, key: bytes, token: str, account: Account, sees: tuple[frozenset[int] | None, bool]) -> None:
        """The way in of a sign-in, for as long as it holds and sees the same."""
        way: Path | None = None
        try:
            async with self._sessions.watch(token) as watch:
                seen = self._sees.get(sees)
                if watch.account != account or seen is None or self._tree is None:
                    return
                way = self._tree / token[:_SHOWN]
                way.symlink_to(seen)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_SESSION_S):
                        await watch.ended.wait()
        except (NotSignedIn, DatabaseAway, Overloaded, OSError):
            pass
        finally:
            if way is not None:
                way.unlink(missing_ok=True)
            if self._linked.get(key) is asyncio.current_task():
                del self._linked[key]

    def _hear(self, batch: Batch) -> None:
        """Who sees what, and which plan a path means, may have changed: everybody's way in is made anew."""
        if batch.gap or any(change.layer in ("areas", "plans") for change in batch.changes):
            self._withdraw()
            self._uproot()
            self._plant()

    async def _promise(self) -> None:
        """Promises the next tenths of a second, again and again, as long as the database answers."""
        while True:
            began = time.time()
            if self._laid and await self._caught_up():
                self._renew(began)
            else:
                self._withdraw()
            await asyncio.sleep(_TICK_S)

    async def _caught_up(self) -> bool:
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await self._feed.caught_up()
        except TimeoutError:
            return False

    def _renew(self, began: float) -> None:
        tree = self._tree
        if tree is None:
            return
        first, last = int(began * 10), int((began + _AHEAD_S) * 10)
        names = {f"{tenth // 10}.{tenth % 10}" for tenth in range(first - 1, last + 1)}
        for name in names - self._promised:
            with contextlib.suppress(FileExistsError):
                (self._folder / name).symlink_to(tree.name)
            self._promised.add(name)
        for name in self._promised - names:
            (self._folder / name).unlink(missing_ok=True)
        self._promised = names

    def _withdraw(self) -> None:
        for name in self._promised:
            (self._folder / name).unlink(missing_ok=True)
        self._promised = set()

    def _plant(self) -> None:
        self._tree = self._folder / f"tree.{secrets.token_hex(16)}"
        _folder(self._tree)

    def _uproot(self) -> None:
        """Nobody finds a file of the tree any more; the files themselves go later."""
        tree, self._tree = self._tree, None
        for link in self._linked.values():
            link.cancel()
        self._linked.clear()
        self._sees.clear()
        for kept, laid in self._laid.items():
            laid.paths.clear()
            kept.at_end = kept.read = None
        self._laid.clear()
        if tree is not None:
            threading.Thread(target=shutil.rmtree, args=(tree,), kwargs={"ignore_errors": True}).start()


def _folder(path: Path) -> None:
    """Makes a folder that others may search but not list, whatever the umask."""
    path.mkdir()
    path.chmod(_SEARCH)


class AfterWriting:
    """Around the routes: what a request changed is heard before it is answered, so that its client sees it at once."""

    def __init__(self, app: ASGIApp, mirror: Mirror, feed: Feed) -> None:
        self._app = app
        self._mirror = mirror
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] != "http" or scope["method"] not in _WRITES or not self._mirror.at_work:
            await self._app(scope, receive, send)
            return

        async def later(message: Message) -> None:
            if message["type"] == "http.response.start":
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await self._feed.caught_up()
            await send(message)

        await self._app(scope, receive, later)
