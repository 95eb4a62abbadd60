"""Where uploads lie on the disk: a folder a server, which a later one deletes once its server is gone."""

from __future__ import annotations

import contextlib
import fcntl
import secrets
import shutil
from pathlib import Path
from typing import IO

from gis.errors import NoRoom

_SPARE_BYTES = 512 << 20  # the database needs room too


class Place:
    """`<data folder>/imports/<this server>/<upload>`; the kernel's lock says whether the server still runs."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "imports"
        self._own: Path | None = None
        self._lock: IO[bytes] | None = None

    def sweep(self) -> None:
        """Deletes what servers that are gone have left."""
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            if folder == self._own or not folder.is_dir():
                continue
            try:
                with (folder / "lock").open("ab") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            except OSError:
                pass  # its lock is gone: no server holds it
            shutil.rmtree(folder, ignore_errors=True)

    def new(self, expected_bytes: int) -> Path:
        """A new, empty folder for one upload; raises NoRoom when the disk can't take it."""
        if self._own is None:
            own = self._root / secrets.token_hex(6)
            own.mkdir(mode=0o700, parents=True)
            self._lock = (own / "lock").open("ab")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._own = own
        if shutil.disk_usage(self._own).free < expected_bytes + _SPARE_BYTES:
            raise NoRoom
        folder = self._own / f"u{secrets.token_hex(8)}"
        folder.mkdir(mode=0o700)
        (folder / "files").mkdir()
        return folder

    def leave(self) -> None:
        """Deletes everything of this server."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._own = None
        self.let_go()
        with contextlib.suppress(OSError):
            self._root.rmdir()

    def let_go(self) -> None:
        """Leaves everything where it is, for the next server to delete, as the end of the process does."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def discard(folder: Path) -> None:
    """Deletes one upload."""
    shutil.rmtree(folder, ignore_errors=True)
