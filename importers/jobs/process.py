"""One child process from the parent's side: started, listened to, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import structlog

from gis.errors import GridtwinError, ReaderFailed
from gis.errors import named as named_error
from gis.messages import Both
from importers.jobs.child import ANSWER
from importers.jobs.order import WAY_TO_STOP, Order, Word

log = structlog.get_logger("imports")
_LONGEST_LINE = 1 << 20
_ENV = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "SSL_CERT_FILE", "HOME")
_WHY = {
    "memory": Both("文件需要的内存超过上限", "it needs more memory than it may take"),
    "time": Both("用时超过上限", "it took longer than it may"),
    "crash": Both("读取程序崩溃，文件可能已损坏", "the reader broke down; the file may be damaged"),
}


async def run(order: Order, told: Callable[[Word], None]) -> dict[str, Any]:
    """Runs one child to its end and returns its answer; a cancelled task kills it.

    Raises what the child raised, ReaderFailed when it broke off.
    """
    folder = Path(order.folder)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    environment = {name: os.environ[name] for name in _ENV if name in os.environ}
    with (folder / "log").open("wb") as errors:
        child = await asyncio.create_subprocess_exec(
            # -P: a file that was sent is not a module
            *(sys.executable, "-P", "-m", "importers.jobs.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=_LONGEST_LINE,
            env={**environment, "TMPDIR": str(scratch), "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,
        )
    last: Word | None = None
    try:
        async with asyncio.timeout(order.seconds):
            assert child.stdin is not None  # noqa: S101 - a pipe, as asked for
            assert child.stdout is not None  # noqa: S101 - a pipe, as asked for
            child.stdin.write(msgspec.json.encode(order) + b"\n")
            async for line in child.stdout:
                last = msgspec.json.decode(line, type=Word)
                told(last)
            await child.wait()
    except TimeoutError:
        raise ReaderFailed(why=_WHY["time"]) from None
    finally:
        await _end(child, order)
    return _answer(last, child.returncode, folder)


def _answer(last: Word | None, code: int | None, folder: Path) -> dict[str, Any]:
    if last is not None and last.done:
        answer: dict[str, Any] = msgspec.json.decode((folder / ANSWER).read_bytes())
        return answer
    said = (folder / "log").read_bytes()[-2000:].decode("utf-8", "replace")
    if last is not None and last.error and last.error not in _WHY:
        if last.error == GridtwinError.code:
            log.error("import.failed", folder=folder.name, said=said)
        values = {name: Both(*value) if isinstance(value, tuple) else value for name, value in last.values.items()}
        raise named_error(last.error)(**values)
    log.warning("import.broke-off", folder=folder.name, code=code, said=said)
    if code == -signal.SIGXCPU:
        raise ReaderFailed(why=_WHY["time"])
    starved = code == -signal.SIGKILL or (last is not None and last.error == "memory")
    starved = starved or any(words in said for words in ("MemoryError", "bad_alloc", "annot allocate"))
    raise ReaderFailed(why=_WHY["memory" if starved else "crash"])


async def _end(child: asyncio.subprocess.Process, order: Order) -> None:
    """Kills what still runs, its statements in the database too."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await asyncio.shield(child.wait())
        await asyncio.shield(asyncio.to_thread(_end_statements, order))
    if child.stdin is not None:
        child.stdin.close()


def _end_statements(order: Order) -> None:
    """A server notices late that a client is gone; until then its locks stay."""
    with contextlib.suppress(psycopg.Error), psycopg.connect(order.dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s",
            (f"{WAY_TO_STOP} {Path(order.folder).name}"[:63],),
        )
