"""The sorter of a running service: the model of this installation, and what people corrected since it was learned."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import structlog

from gis.db import Database
from gis.issues import training
from gis.issues.sorting import Sorter
from gis.service import Service

log = structlog.get_logger("issues.sorting")
_LOOK_S = 10.0
_MOST_CORRECTIONS = 5000
CORRECTIONS = (
    "SELECT DISTINCT ON (i.id) i.text, e.details ->> 'class' AS class FROM issue_event e"
    " JOIN issue i ON i.id = e.issue_id WHERE e.action = 'reclassify' AND e.details ->> 'class' IS NOT NULL"
    " ORDER BY i.id DESC, e.id DESC LIMIT %s"
)


async def corrections(database: Database) -> list[tuple[str, str]]:
    """(text, class) of what people corrected, the newest issues first."""
    rows = await database.all(CORRECTIONS, (_MOST_CORRECTIONS,))
    return [(row["text"], row["class"]) for row in rows]


class Learned:
    """Loads the model, has it learned first where there is none, and takes up one that was learned elsewhere."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._file = training.model_file(service.settings.data_dir)
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
        if not await asyncio.to_thread(self._file.exists):
            await learn_apart(self._file, await corrections(self._service.database))
        version = (await asyncio.to_thread(self._file.stat)).st_mtime_ns
        if known is None or version != self._version:
            known, self._version = await asyncio.to_thread(Sorter.load, self._file), version
        for text, code in reversed(await corrections(self._service.database)):
            known.correct(text, code)
        return known

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
