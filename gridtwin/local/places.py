"""Where the embedded database lies: its folder, its socket, its locks.

    DATA_DIR/server.lock    held by the one server of this folder
    DATA_DIR/users.lock     held, shared, by every program that uses the embedded database
    DATA_DIR/start.lock     held while it is being started or stopped
    DATA_DIR/database/      everything of the embedded database, private to the server's user:
        cluster/ log/ socket/ password

Where the server's user can't pass through the data folder (root's home is closed), `database` is a link
to /var/lib/gridtwin/ID.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gis.errors import DataDirUnusable
from gis.messages import Both
from gridtwin.local.owner import Owner, open_owned, owner_of

ELSEWHERE = Path("/var/lib/gridtwin")
"""Where root's databases lie when the server's user can't reach the data folder."""

PORT = 5432
"""Part of the socket's name only: the server listens on no network address."""

LONGEST_SOCKET = 107
"""Bytes that a Unix socket's path may have (sun_path of unix(7) without its final zero)."""


@dataclass(frozen=True)
class Places:
    """The files and folders of one embedded database."""

    data_dir: Path
    home: Path
    owner: Owner

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory; it exists only once it is complete."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """The folder of the server's log files."""
        return self.home / "log"

    @property
    def start_log(self) -> Path:
        """What the server said before its log was open."""
        return self.home / "log" / "start.log"

    @property
    def password(self) -> Path:
        """The database role's random password (0600)."""
        return self.home / "password"


def prepare(data_dir: Path) -> Places:
    """Makes the data folder and the database's place in it. Raises DataDirUnusable."""
    make_data_dir(data_dir)
    database = data_dir / "database"
    try:
        owner = owner_of(data_dir, database)
        if not database.is_symlink() and not database.exists():
            _make_home(data_dir, database, owner)
        places = Places(data_dir, _resolved(data_dir, database), owner)
        for folder in (places.home, places.log):
            private_folder(folder, owner)
    except OSError as fault:
        raise _unusable(fault.filename or data_dir, fault) from fault
    return places


def existing(data_dir: Path) -> Places | None:
    """The database's place if there is one; makes nothing. Raises DataDirUnusable."""
    database = data_dir / "database"
    try:
        if not database.is_symlink() and not database.exists():
            return None
        return Places(data_dir, _resolved(data_dir, database), owner_of(data_dir, database))
    except OSError as fault:
        raise _unusable(fault.filename or data_dir, fault) from fault


def make_data_dir(data_dir: Path) -> None:
    """Makes the data folder. Root's may be passed through, not listed, so that the server's user can."""
    try:
        if not data_dir.is_dir():
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        with tempfile.TemporaryFile(dir=data_dir):
            pass
    except OSError as fault:
        raise _unusable(data_dir, fault) from fault


def socket_folder(places: Places) -> Path:
    """A folder for the socket, private to the server's user: beside the cluster, or a short one elsewhere.

    A path that is too long for a socket, or whose signs mean something in a connection URL (a comma
    separates hosts), gets a short folder. One that somebody else made there is refused.
    """
    beside = places.home / "socket"
    if _fits(beside):
        return private_folder(beside, places.owner)
    digest = hashlib.sha256(os.fsencode(places.home)).hexdigest()[:12]
    uid = places.owner.uid
    if os.geteuid() == 0 and Path("/run").is_dir():
        Path("/run/gridtwin").mkdir(exist_ok=True, mode=0o755)
        return private_folder(Path("/run/gridtwin") / digest, places.owner)
    session = Path(f"/run/user/{uid}")
    if session.is_dir() and session.stat().st_uid == uid:
        return private_folder(session / f"gridtwin-{digest}", places.owner)
    shared = Path(tempfile.gettempdir()).resolve()
    short = shared if _fits(shared / f"gridtwin-{uid}-{digest}") else Path("/tmp")  # noqa: S108 - ownership is checked
    return private_folder(short / f"gridtwin-{uid}-{digest}", places.owner)


def private_folder(folder: Path, owner: Owner) -> Path:
    """Makes a folder that only `owner` can enter, or checks that an existing one is such a folder.

    Raises DataDirUnusable when somebody else made it or it is a link.
    """
    try:
        folder.mkdir(mode=0o700)
        made = True
    except FileExistsError:
        made = False
    descriptor = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY) if made else None
    if descriptor is not None:
        try:
            if os.geteuid() == 0:
                os.chown(folder.name, owner.uid, owner.gid, dir_fd=descriptor, follow_symlinks=False)
        finally:
            os.close(descriptor)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid:
        raise DataDirUnusable(
            path=folder,
            why=Both(
                f"它不是用户 {owner.name} 的目录；请删除它后重试。",
                f"it is not a folder of the user {owner.name}; remove it and try again.",
            ),
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def _make_home(data_dir: Path, database: Path, owner: Owner) -> None:
    """Makes the folder of the database, in the data folder where the server's user can reach it."""
    if os.geteuid() != 0 or owner.reaches(data_dir):
        private_folder(database, owner)
        return
    ELSEWHERE.mkdir(parents=True, exist_ok=True, mode=0o755)
    home = private_folder(ELSEWHERE / secrets.token_hex(6), owner)
    _claim(home, data_dir, owner)
    database.symlink_to(home)


def _resolved(data_dir: Path, database: Path) -> Path:
    """The real folder behind `database`; a copied link, or one that leads nowhere, is refused."""
    if not database.is_symlink():
        return database
    home = database.resolve()
    if not home.is_dir():
        raise DataDirUnusable(
            path=database,
            why=Both(
                f"它指向的 {home} 不存在；请恢复该目录，或删除此链接以新建空数据库。",
                f"it leads to {home}, which is not there; restore that, or remove the link to begin empty.",
            ),
        )
    claim = home / "belongs-to"
    other = Path(os.fsdecode(claim.read_bytes())) if claim.is_file() else data_dir
    if other != data_dir:
        if (other / "database").resolve() == home and not other.samefile(data_dir):
            raise DataDirUnusable(
                path=data_dir,
                why=Both(
                    f"它是 {other} 的副本，两者共用 {home} 中的数据库；请改用 gridtwin backup 与 restore。",
                    f"it is a copy of {other}, and both lead to the database in {home}; "
                    "use `gridtwin backup` and `restore` instead.",
                ),
            )
        _claim(home, data_dir, owner_of(data_dir, database))
    return home


def _claim(home: Path, data_dir: Path, owner: Owner) -> None:
    with open_owned(home / "belongs-to", owner, truncate=True) as claim:
        claim.write(os.fsencode(data_dir))


def _fits(folder: Path) -> bool:
    socket = os.fsencode(folder / f".s.PGSQL.{PORT}")
    return len(socket) <= LONGEST_SOCKET and re.fullmatch(rb"[A-Za-z0-9/._-]+", socket) is not None


def _unusable(path: object, fault: OSError) -> DataDirUnusable:
    return DataDirUnusable(path=path, why=f"{fault.strerror or fault}.")
