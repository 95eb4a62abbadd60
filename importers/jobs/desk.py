"""The desk of a server: which uploads there are, who they belong to, and what is being done to them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import structlog

from gis.access.accounts import Account
from gis.errors import GridtwinError, ImportBusy, NotFound, Overloaded
from gis.settings import Settings
from importers.jobs import process
from importers.jobs.order import Order, Task, Word, packed
from importers.jobs.place import Place, discard
from importers.request import ImportReport, ImportRequest

log = structlog.get_logger("imports")
_WAITING = 8  # tasks that wait for a process; one more is refused
_PER_ACCOUNT = 6  # uploads that are kept for one account; the oldest that rests goes first
_KEPT_S = 6 * 3600.0  # an upload that nobody asks for is deleted
_SWEEP_S = 300.0
Answer = dict[str, Any]


@dataclass
class Job:
    """An upload and the last task on it. `state` is waiting, running, done, failed or cancelled."""

    id: str
    account: int
    folder: Path
    file: Path = field(default_factory=Path)
    size: int = 0
    task: Task = "inspect"
    state: str = "waiting"
    stage: str = ""
    rows: int = 0
    total: int | None = None
    inspection: Answer | None = None
    encoding: str | None = None
    report: Answer | None = None
    """The answer of the last check or import, in both languages."""
    problem: GridtwinError | None = None
    touched: float = field(default_factory=time.monotonic)
    working: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a task waits or runs."""
        return self.state in ("waiting", "running") and self.working is not None

    def hear(self, word: Word) -> None:
        """Notes how far a child is."""
        if word.stage:
            self.stage, self.rows, self.total = word.stage, word.rows, word.total


class Desk:
    """Takes uploads and gives them, a few at a time, to child processes. One for a server; `open` before use."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        self._settings = settings
        self._dsn = dsn
        self._place = Place(settings.data_dir)
        self._slots = asyncio.Semaphore(settings.import_processes)
        self._waiting = 0
        self._jobs: dict[str, Job] = {}
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def largest(self) -> int:
        """Bytes that an upload may have."""
        return self._settings.import_max_mb << 20

    async def open(self) -> None:
        """Deletes what an earlier server left, and begins to delete what is forgotten."""
        await asyncio.to_thread(self._place.sweep)
        self._sweeper = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        """Ends all children and deletes all uploads."""
        tasks = [job.working for job in self._jobs.values() if job.working is not None]
        if self._sweeper is not None:
            tasks.append(self._sweeper)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._place.leave)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            for job in list(self._jobs.values()):
                if not job.is_busy and time.monotonic() - job.touched > _KEPT_S:
                    await self._drop(job)

    async def take(self, account: Account, expected_bytes: int) -> Job:
        """A place for a new upload; raises Overloaded or NoRoom."""
        if self._waiting >= _WAITING:
            raise Overloaded
        own = [job for job in self._jobs.values() if job.account == account.id]
        resting = sorted((job for job in own if job.working and not job.is_busy), key=lambda job: job.touched)
        if len(own) >= _PER_ACCOUNT:
            if not resting:
                raise Overloaded
            await self._drop(resting[0])
        folder = await asyncio.to_thread(self._place.new, expected_bytes)
        job = Job(folder.name, account.id, folder)
        self._jobs[job.id] = job
        return job

    def find(self, account: Account, job_id: str) -> Job:
        """The account's own upload; raises NotFound, for those of others too."""
        job = self._jobs.get(job_id)
        if job is None or job.account != account.id:
            raise NotFound(what=job_id[:40])
        job.touched = time.monotonic()
        return job

    def of(self, account: Account) -> list[Job]:
        """The account's uploads, oldest first."""
        return [job for job in self._jobs.values() if job.account == account.id and job.size]

    @property
    def is_full(self) -> bool:
        """Whether a new task would have to wait for others."""
        return self._slots.locked()

    def begin(self, job: Job, task: Task, request: ImportRequest) -> None:
        """Gives an upload to a child as soon as one is free; raises ImportBusy or Overloaded."""
        if job.is_busy:
            raise ImportBusy
        if self._slots.locked() and self._waiting >= _WAITING:
            raise Overloaded
        job.task, job.state, job.stage, job.rows, job.total, job.problem = task, "waiting", "", 0, None, None
        if task != "inspect":
            job.report = None
        order = self._order(task, job.folder, request=packed(request))
        job.working = asyncio.create_task(self._work(job, order, request))

    async def _work(self, job: Job, order: Order, request: ImportRequest) -> None:
        began = datetime.now(UTC)
        try:
            answer = await self._in_turn(order, job.hear, lambda: setattr(job, "state", "running"))
            if order.task == "inspect":
                job.inspection, job.encoding = answer, request.encoding
            else:
                job.report = answer
            job.state = "done"
        except asyncio.CancelledError:
            job.state = "cancelled"
        except GridtwinError as failed:
            job.state, job.problem = "failed", failed
        except Exception:
            log.exception("import.failed", job=job.id)
            job.state, job.problem = "failed", GridtwinError()
        finally:
            job.touched = time.monotonic()
        if order.task == "import" and job.state != "done":
            with contextlib.suppress(psycopg.Error):
                job.report = await asyncio.to_thread(_committed, self._dsn, request, began)
            if job.report is not None:  # it ended between the commit and its answer
                job.state, job.problem = "done", None

    async def undo(self, number: int, *, by: str, yes: bool) -> Answer:
        """Takes an import back and waits for it; raises Overloaded."""
        if self._slots.locked() and self._waiting >= _WAITING:
            raise Overloaded
        folder = await asyncio.to_thread(self._place.new, 0)
        try:
            return await self._in_turn(self._order("undo", folder, number=number, by=by, yes=yes), lambda word: None)
        finally:
            await asyncio.to_thread(discard, folder)

    def _order(self, task: Task, folder: Path, **rest: Any) -> Order:
        settings = self._settings
        memory, seconds = settings.import_memory_mb, settings.import_timeout_s
        return Order(task, self._dsn, str(folder), memory, seconds, **rest)

    async def _in_turn(
        self, order: Order, told: Callable[[Word], None], began: Callable[[], None] = lambda: None
    ) -> Answer:
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            began()
            return await process.run(order, told)
        finally:
            self._slots.release()

    async def cancel(self, job: Job) -> None:
        """Ends what is being done to an upload; the upload stays."""
        working = job.working
        if working is not None and not working.done():
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working

    async def drop(self, job: Job) -> None:
        """Ends what is being done to an upload and deletes it."""
        await self.cancel(job)
        await self._drop(job)

    async def _drop(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        await asyncio.to_thread(discard, job.folder)


def _committed(dsn: str, request: ImportRequest, since: datetime) -> Answer | None:
    """The counts of an import that was written although its child did not live to say so."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(
            "SELECT id, added, changed, removed, unchanged FROM import_run WHERE imported_by = %s AND file_name = %s"
            " AND imported_at >= %s ORDER BY id DESC LIMIT 1",
            (request.by, request.file.name, since),
        ).fetchone()
    if row is None:
        return None
    report = ImportReport(row[0], (), added=row[1], changed=row[2], removed=row[3], unchanged=row[4])
    return {language: report.as_json(language) for language in ("zh", "en")}


async def finished(job: Job, seconds: float) -> bool:
    """Waits for an upload's task, no longer than this; returns whether it ended."""
    if job.working is not None:
        await asyncio.wait([job.working], timeout=seconds)
    return not job.is_busy
