"""What the embedded server said when it failed, turned into one sentence."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from gis.errors import ClusterFailed, DataDirUnusable, DiskFull, GridtwinError
from gis.messages import Both

NEEDED_MB = 100
"""Free space without which the server isn't started: room for its log of changes and a checkpoint."""

_DECISIVE = re.compile(
    r"(?:FATAL|PANIC): +(.+)"
    r"|LOG: +((?:invalid value for parameter|unrecognized configuration parameter|syntax error in file).+)"
    r"|^(?:initdb|pg_ctl|postgres): (?:error|fatal): (.+)",
    re.MULTILINE,
)
_IN_PASSING = ("the database system is", "terminating", "configuration file")


def check_space(folder: Path) -> None:
    """Raises DiskFull when less than NEEDED_MB are free."""
    free = free_mb(folder)
    if free < NEEDED_MB:
        raise DiskFull(path=folder, free=free, needed=NEEDED_MB)


def free_mb(folder: Path) -> int:
    """Megabytes that the server's user can still write on a folder's disk."""
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize // (1 << 20)


class Said:
    """What is written to the log files of a folder from now on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._before = {path: path.stat().st_size for path in self._files()}

    def text(self) -> str:
        """Everything that was added, oldest file first."""
        return "".join(self._added())

    def _added(self) -> Iterator[str]:
        for path in self._files():
            size, before = path.stat().st_size, self._before.get(path, 0)
            with path.open("rb") as file:
                file.seek(before if size >= before else 0)
                yield file.read(1 << 20).decode(errors="replace")

    def _files(self) -> list[Path]:
        return sorted(self._log.glob("*.log"), key=lambda path: path.stat().st_mtime)


def reason(said: str) -> str:
    """The decisive line: the last fatal one that is not a mere consequence, else the last line."""
    found = [(match[1] or match[2] or match[3]).strip() for match in _DECISIVE.finditer(said)]
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for candidates in ([line for line in found if not line.startswith(_IN_PASSING)], found, lines):
        if candidates:
            return candidates[-1].rstrip(".") + "."
    return ""


def failure(said: str, home: Path, log: Path) -> GridtwinError:
    """The error for what a failed server said."""
    if "No space left on device" in said:
        return DiskFull(path=home, free=free_mb(home), needed=NEEDED_MB)
    why = reason(said) or Both("没有给出原因。", "it gave no reason.")
    return ClusterFailed(why=why, log=log)


def of_system(fault: OSError, home: Path) -> GridtwinError:
    """The error for what the operating system refused while the server was being prepared."""
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(path=home, free=free_mb(home), needed=NEEDED_MB)
    return DataDirUnusable(path=fault.filename or home, why=f"{fault.strerror or fault}.")
