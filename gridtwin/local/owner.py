"""As whom the embedded server runs, and running its programs as that user.

PostgreSQL refuses to run as root, and nothing that parses foreign bytes should: as root, the server
is the system user `postgres`, or whoever owns the data folder.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gis.errors import DataDirUnusable, PostgresMissing
from gis.messages import Both


@dataclass(frozen=True)
class Owner:
    """The user of the embedded server; never root."""

    uid: int
    gid: int
    name: str

    def run(self, arguments: Sequence[str], *, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a program as this user, in a session of its own, so that Ctrl-C in the terminal misses it.

        Nothing of the caller's environment reaches it (PGDATA or PGHOST would mislead it), and its messages
        are in English. stdout and stderr come back together in `stdout`.
        """
        return subprocess.run(
            list(arguments),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            start_new_session=True,
            user=self.uid if self._other else None,
            group=self.gid if self._other else None,
            extra_groups=[] if self._other else None,
        )

    def start(self, arguments: Sequence[str], log: Path) -> int:
        """Like `run`, for a program that leaves a server behind: its output goes to `log`, not to a pipe."""
        with open_owned(log, self, truncate=True) as output:
            done = subprocess.run(
                list(arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                cwd="/",
                env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                start_new_session=True,
                user=self.uid if self._other else None,
                group=self.gid if self._other else None,
                extra_groups=[] if self._other else None,
            )
        return done.returncode

    def reaches(self, folder: Path) -> bool:
        """Whether this user may pass through a folder; asked of the kernel, since access lists count too."""
        return self.run(["test", "-x", str(folder)]).returncode == 0

    @property
    def _other(self) -> bool:
        return os.geteuid() != self.uid


def owner_of(data_dir: Path, database: Path) -> Owner:
    """Whose server a data folder gets.

    Anyone but root: oneself. Root: the owner of an existing database or of the folder, so that a folder made
    by an ordinary user stays usable to that user; `postgres` where that would be root.
    Raises DataDirUnusable when the database belongs to somebody else, PostgresMissing when there is no
    system user for it.
    """
    made_by = [folder.stat().st_uid for folder in (database, data_dir) if folder.exists()]
    mine = os.geteuid()
    if mine != 0:
        if database.exists() and made_by[0] != mine:
            raise DataDirUnusable(
                path=database,
                why=Both(
                    f"它属于用户 {_name(made_by[0])}，请以该用户身份运行。",
                    f"it belongs to the user {_name(made_by[0])}; run as that user.",
                ),
            )
        return _owner(mine)
    for uid in made_by:
        if uid != 0:
            return _owner(uid)
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError as unknown:
        raise PostgresMissing() from unknown
    return Owner(entry.pw_uid, entry.pw_gid, entry.pw_name)


def open_owned(path: Path, owner: Owner, *, truncate: bool = False) -> BinaryIO:
    """Opens a private (0600) file of this user for appending; links are not followed."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags | (os.O_TRUNC if truncate else 0), 0o600)
    if os.geteuid() == 0:
        os.fchown(descriptor, owner.uid, owner.gid)
    return os.fdopen(descriptor, "a+b")


def _owner(uid: int) -> Owner:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # containers run under numbers without a name
        return Owner(uid, os.getegid() if uid == os.geteuid() else uid, str(uid))
    return Owner(uid, entry.pw_gid, entry.pw_name)


def _name(uid: int) -> str:
    return _owner(uid).name
