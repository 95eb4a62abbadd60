"""Fixtures of the tests of the embedded database: data folders, and programs that hold it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gis.settings import Settings
from gridtwin.local import database, discard

HOLD = """
import sys
from gis.settings import Settings
from gridtwin.local import database
with database(Settings(data_dir=sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Callable[[str], Settings]]:
    """Makes settings with a data folder that any user can reach; its database goes when the test ends."""
    top = Path(tempfile.mkdtemp(prefix="gridtwin-test-", dir="/var/tmp"))
    top.chmod(0o711)
    made: list[Settings] = []

    def make(name: str = "data") -> Settings:
        made.append(Settings(data_dir=top / name, database_url=None))
        return made[-1]

    yield make
    for settings in made:
        if settings.data_dir.exists():
            discard(settings)
    shutil.rmtree(top)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Settings, str]]:
    """One running database for tests that only look at it, with its URL."""
    top = Path(tempfile.mkdtemp(prefix="gridtwin-test-", dir="/var/tmp"))
    top.chmod(0o711)
    settings = Settings(data_dir=top / "data", database_url=None)
    with database(settings) as url:
        yield settings, url
    discard(settings)
    shutil.rmtree(top)


@pytest.fixture
def settings(folder: Callable[[str], Settings]) -> Settings:
    """Settings with an empty data folder."""
    return folder("data")


@pytest.fixture
def hold() -> Iterator[Callable[[Settings], subprocess.Popen[str]]]:
    """Starts a program that uses the database until its stdin is closed; its first line is the DSN."""
    started: list[subprocess.Popen[str]] = []

    def start(settings: Settings) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", HOLD, str(settings.data_dir)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for program in started:
        with program:
            if program.stdin is not None and not program.stdin.closed:
                program.stdin.close()
            program.wait(timeout=60)
