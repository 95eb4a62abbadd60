"""Which PostgreSQL is installed here, and what it can do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gis.errors import PostgisMissing, PostgresMissing
from gis.messages import Both

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep one folder a major version; nothing of it is on PATH."""

EXTENSIONS = ("postgis", "ltree", "pg_trgm", "btree_gist")
"""What the schema needs, in the order in which it is missed."""


@dataclass(frozen=True)
class Installation:
    """The programs of one major version of PostgreSQL."""

    bin: Path
    extensions: Path
    major: int
    lz4: bool

    def program(self, name: str) -> str:
        """The full path of a program, such as `pg_dump`."""
        return str(self.bin / name)

    def missing(self) -> tuple[str, ...]:
        """Those of the needed extensions whose control files are not installed."""
        return tuple(name for name in EXTENSIONS if not (self.extensions / f"{name}.control").is_file())


def installations() -> list[Installation]:
    """All PostgreSQL servers of this machine: complete ones first, newest first."""
    found = [one for folder in _folders() if (one := _described(folder)) is not None]
    return sorted(found, key=lambda one: (not one.missing(), one.major), reverse=True)


def installation(major: int | None = None) -> Installation:
    """The PostgreSQL to use: the newest that has every extension, or exactly `major` when one is given.

    Raises PostgresMissing and PostgisMissing, which name the package to install.
    """
    found = [one for one in installations() if major in (None, one.major)]
    if not found:
        raise PostgresMissing()
    best = found[0]
    for extension in best.missing():
        package = f"postgresql-{best.major}-postgis-3" if extension == "postgis" else f"postgresql-{best.major}"
        raise PostgisMissing(
            extension=extension,
            why=Both(
                f"PostgreSQL {best.major} 没有安装它；请运行 apt install {package}。",
                f"it is not installed for PostgreSQL {best.major}; run: apt install {package}.",
            ),
        )
    return best


def _folders() -> list[Path]:
    folders = list(DEBIAN.glob("*/bin"))
    for name in ("postgres", "pg_config"):
        program = shutil.which(name)
        if program is None:
            continue
        if name == "postgres":
            folders.append(Path(program).resolve().parent)
        else:
            folders.append(Path(_answer(program, "--bindir")))
    return list(dict.fromkeys(folders))


def _described(folder: Path) -> Installation | None:
    needed = ("postgres", "initdb", "pg_ctl")
    if not all(os.access(folder / name, os.X_OK) for name in needed):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _answer(str(folder / "postgres"), "--version"))
    if version is None:
        return None
    major = int(version[1])
    config = folder / "pg_config"
    described = os.access(config, os.X_OK)
    share = Path(_answer(str(config), "--sharedir")) if described else _share_beside(folder, major)
    lz4 = major >= 15 and described and "--with-lz4" in _answer(str(config), "--configure")
    return Installation(bin=folder, extensions=share / "extension", major=major, lz4=lz4)


def _share_beside(folder: Path, major: int) -> Path:
    if folder.is_relative_to(DEBIAN):
        return Path(f"/usr/share/postgresql/{major}")
    return folder.parent / "share" / "postgresql"


def _answer(program: str, option: str) -> str:
    try:
        done = subprocess.run([program, option], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
