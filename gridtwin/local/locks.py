"""Locks on files of the data folder. The kernel lets go of them when a program dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.errors import AlreadyServing, DataDirUnusable


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Waits until nobody else holds the lock, then holds it alone."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def as_only_server(path: Path) -> Iterator[None]:
    """Holds the lock alone or raises AlreadyServing with the holder's process number."""
    descriptor = _open(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "?"
            raise AlreadyServing(pid=holder, path=path.parent) from held
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


class Share:
    """One program's share in something that lasts as long as anybody has one."""

    def __init__(self, path: Path) -> None:
        self._descriptor = _open(path)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def is_last(self) -> bool:
        """Whether nobody else has a share. Ask only while holding the lock that newcomers need."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Gives the share up."""
        os.close(self._descriptor)


def _open(path: Path) -> int:
    """Opens a lock file, making it for whoever owns the folder, so that root leaves nothing in the way."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
    except OSError as fault:
        raise DataDirUnusable(path=path, why=f"{fault.strerror or fault}.") from fault
    return descriptor
