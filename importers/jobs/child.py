"""The child process: one task, with bounded memory and time, gone when its parent is.

`python -P -m importers.jobs.child` takes an Order on stdin and prints Words; the answer is a file in its folder.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo

from gis.errors import DatabaseAway, GridtwinError
from gis.messages import Both
from importers.jobs.order import WAY_TO_STOP, Order, Word, unpacked

ANSWER, FINDINGS = "answer.json", "findings.geojson"
_PAUSE_S = 0.2  # between two words about the progress
_LARGEST_FILE = 8 << 30  # bytes that one unpacked file may have


def main() -> None:
    """Reads the order, does it, says how it ended."""
    line = sys.stdin.buffer.readline()
    order = msgspec.json.decode(line, type=Order)
    _bound(order)
    say = _speaker()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = _work(order, say)
        (Path(order.folder) / ANSWER).write_bytes(msgspec.json.encode(answer))
        say(Word(done=True))
    except GridtwinError as error:
        values = {
            name: (value.zh, value.en) if isinstance(value, Both) else str(value)
            for name, value in error.values.items()
        }
        say(Word(error=error.code, values=values))
    except MemoryError:
        say(Word(error="memory"))
    except psycopg.OperationalError:
        traceback.print_exc()
        say(Word(error=DatabaseAway.code))
    except Exception:
        traceback.print_exc()
        say(Word(error="internal"))
    sys.stderr.flush()
    os._exit(0)  # a library's threads don't keep it


def _bound(order: Order) -> None:
    """Others come first, and nothing that a file makes a library do reaches beyond these limits."""
    os.nice(10)
    memory = order.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (order.seconds, order.seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _speaker() -> Callable[[Word], None]:
    """Words go to what was stdout; whatever libraries print goes to the log."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def say(word: Word) -> None:
        out.write(msgspec.json.encode(word) + b"\n")

    return say


def _end_with_parent() -> None:
    """The parent holds the other end of stdin: when it closes, nobody waits for an answer any more."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(1)


def _work(order: Order, say: Callable[[Word], None]) -> dict[str, Any]:
    from importers.inspect import inspect
    from importers.jobs import sample
    from importers.load import run
    from importers.undo import undo

    dsn = make_conninfo(order.dsn, application_name=f"{WAY_TO_STOP} {Path(order.folder).name}")
    if order.task == "undo":
        return _in_words(undo(dsn, order.number, by=order.by, yes=order.yes), None)
    request = unpacked(order.request)
    if order.task == "inspect":
        say(Word(stage="look"))
        with psycopg.connect(dsn, autocommit=True) as connection:
            found = inspect(request.file, encoding=request.encoding, connection=connection)
        sample.keep(Path(order.folder), request.file, found, request.encoding)
        return {language: found.as_json(language) for language in ("zh", "en")}
    said = 0.0

    def told(stage: str, done: int, total: int | None) -> None:
        nonlocal said
        if time.monotonic() - said >= _PAUSE_S or not done:
            said = time.monotonic()
            say(Word(stage=stage, rows=done, total=total))

    return _in_words(run(dsn, request, told), Path(order.folder))


def _in_words(report: Any, folder: Path | None) -> dict[str, Any]:
    """A report in both languages, and its findings for the map beside it."""
    if folder is not None:
        collections = {language: report.as_geojson(language) for language in ("zh", "en")}
        (folder / FINDINGS).write_bytes(msgspec.json.encode(collections))
    return {language: report.as_json(language) for language in ("zh", "en")}


if __name__ == "__main__":
    main()
