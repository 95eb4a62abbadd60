"""The sorter of a running service: the model of this installation, and what people corrected since it was learned."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import structlog

from gis.db import Database
from gis.issues import phrases
from gis.issues.sorting import Sorter
from gis.issues.transitions import DESK
from gis.service import Service

log = structlog.get_logger("issues.sorting")
_LOOK_S = 10.0
_MOST_CORRECTIONS = 5000
_ROLES = ", ".join(repr(role.value) for role in sorted(DESK))
CORRECTIONS = f"""
SELECT DISTINCT ON (i.id) i.text, e.details ->> 'class' AS class FROM issue_event e
JOIN issue i ON i.id = e.issue_id JOIN account a ON a.id = e.actor_id AND a.role IN ({_ROLES})
WHERE e.action = 'reclassify' AND e.details ->> 'class' IS NOT NULL
ORDER BY i.id DESC, e.id DESC LIMIT %s
"""  # noqa: S608 - roles of the program
"""What teaches: the desk's corrections. Who reported something may correct their own, for themselves."""


async def corrections(database: Database) -> list[tuple[str, str]]:
    """(text, class) of what people corrected, the newest issues first."""
    rows = await database.all(CORRECTIONS, (_MOST_CORRECTIONS,))
    return [(row["text"], row["class"]) for row in rows]


def model_name(folder: Path) -> Path:
    """The model of these phrases in a folder: another version of the program learns anew."""
    return folder / f"sorting-{phrases.digest()[:16]}.npz"


def cache_folder() -> Path:
    """Where what any installation of this user can share lies (XDG base directories)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "gridtwin"


class Learned:
    """Loads this installation's model (`gridtwin issues train`), else the one that knows the phrases only, which is
    learned once for all installations of a user; takes up one that is learned later."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._own = model_name(service.settings.data_dir)
        self._common = model_name(cache_folder())
        self._sorter: Sorter | None = None
        self._version = 0
        self._looked = 0.0
        self._learning = asyncio.Lock()

    async def sorter(self) -> Sorter:
        """The sorter, with the corrections that are known now."""
        if self._sorter is not None and time.monotonic() - self._looked < _LOOK_S:
            return self._sorter
        async with self._learning:
            if self._sorter is None or time.monotonic() - self._looked >= _LOOK_S:
                self._sorter = await self._current(self._sorter)
                self._looked = time.monotonic()
            return self._sorter

    async def _current(self, known: Sorter | None) -> Sorter:
        file = await asyncio.to_thread(self._there)
        if file is None:
            file = await self._learn()
        version = (await asyncio.to_thread(file.stat)).st_mtime_ns
        if known is None or version != self._version:
            known, self._version = await asyncio.to_thread(Sorter.load, file), version
        for text, code in reversed(await corrections(self._service.database)):
            known.correct(text, code)
        return known

    def _there(self) -> Path | None:
        return next((file for file in (self._own, self._common) if file.exists()), None)

    async def _learn(self) -> Path:
        try:
            await asyncio.to_thread(self._common.parent.mkdir, parents=True, exist_ok=True)
            await learn_apart(self._common, [])
        except (OSError, RuntimeError):  # a home that can't be written to
            await learn_apart(self._own, await corrections(self._service.database))
            return self._own
        return self._common

    async def correct(self, text: str, code: str) -> None:
        """Takes a correction in at once."""
        (await self.sorter()).correct(text, code)


async def learn_apart(file: Path, said: list[tuple[str, str]]) -> None:
    """Trains in a child process, which writes the model; raises RuntimeError when it fails."""
    began = time.monotonic()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gis.issues.training", str(file), stdin=asyncio.subprocess.PIPE
    )
    try:
        await child.communicate(json.dumps(said).encode())
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        raise RuntimeError("the model that sorts reports could not be learned")
    log.info("sorting.learned", corrections=len(said), seconds=round(time.monotonic() - began, 1))


def learned_of(here: Service) -> Learned:
    """The service's sorter, made at first use."""
    if here.sorter is None:
        here.sorter = Learned(here)
    assert isinstance(here.sorter, Learned)  # noqa: S101 - nobody else sets it
    return here.sorter
