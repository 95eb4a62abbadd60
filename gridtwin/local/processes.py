"""Which processes belong to a cluster, and ending those that a crash left behind.

A process number in a file proves nothing: after a crash, or in a new container, it may belong to another
program. What proves it is that a process called postgres has the cluster as its working directory.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 5.0
"""Seconds that orphans get to notice their postmaster's death, and again to obey a signal."""


def postmaster(cluster: Path) -> int | None:
    """The process number of the cluster's running server; None when there is none."""
    lines = pid_file(cluster)
    if not lines or not lines[0].strip().lstrip("-").isdigit():
        return None
    pid = abs(int(lines[0]))
    return pid if _belongs(pid, cluster) and not _is_backend(pid) else None


def pid_file(cluster: Path) -> list[str]:
    """The lines of postmaster.pid: pid, folder, start, port, socket folder, address, memory, status."""
    try:
        return (cluster / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def members(cluster: Path) -> list[int]:
    """All processes of the cluster."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _belongs(pid, cluster)]


def end_orphans(cluster: Path) -> None:
    """Waits until the backends of a dead server are gone; those that don't go are ended.

    They still use its shared memory, so a new server could not start ("pre-existing shared memory block is
    still in use"). Call it only when `postmaster` is None and no other program may start one.
    """
    for demand in (signal.SIGQUIT, signal.SIGKILL):
        if _gone(cluster):
            return
        for pid in members(cluster):
            with suppress(ProcessLookupError):
                os.kill(pid, demand)
    _gone(cluster)


def _gone(cluster: Path) -> bool:
    until = time.monotonic() + PATIENCE
    while members(cluster):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _belongs(pid: int, cluster: Path) -> bool:
    process = Path("/proc") / str(pid)
    try:
        here, there = cluster.stat(), (process / "cwd").stat()
        return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino) and _is_postgres(process)
    except OSError:  # it ended meanwhile, is a zombie, or is somebody else's
        return False


def _is_postgres(process: Path) -> bool:
    return (process / "comm").read_text().strip() in {"postgres", "postmaster"}


def _is_backend(pid: int) -> bool:
    """Backends rewrite their command line ("postgres: user database …"); the postmaster keeps its own."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().startswith(b"postgres: ")
    except OSError:
        return False
