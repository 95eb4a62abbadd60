"""Work on other people's files in a process of its own: a reader that crashes, hangs or eats memory takes only that.

The parent sends a function of a module and its arguments; the child sends progress, then the outcome. The child ends
with its parent, however that ends, and what it had begun in the database is rolled back.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import resource
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Generic, TypeVar

from gis.errors import ReaderFailed
from gis.messages import Both

T = TypeVar("T")
Told = Callable[[str, int, int | None], None]

MEMORY_BYTES = 4 << 30  # of data; the peak for a million rows is under 500 MB
_SILENT_S = 300.0  # while a file is read, a batch takes seconds at most
_PATIENT = ("check", "write")  # stages in which the database works, and the file can't harm any more
_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True)
class Elsewhere(Generic[T]):
    """A function by its name: its module, and what that loads, is needed only where it runs."""

    module: str
    name: str


def apart(
    work: Callable[..., T] | Elsewhere[T],
    *arguments: Any,
    progress: Told | None = None,
    silent_s: float = _SILENT_S,
) -> T:
    """The outcome of a function of a module, called in a child process; its exceptions are raised here.

    With `progress` the function is called with a `progress` of its own. Raises ReaderFailed when the child dies, or
    is silent for `silent_s` seconds while it reads.
    """
    ours, theirs = os.pipe()
    command = [sys.executable, "-m", "importers.child", str(theirs)]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[theirs]
    )
    os.close(theirs)
    try:
        with os.fdopen(ours, "rb", buffering=0) as answers:
            assert child.stdin is not None  # noqa: S101 - asked for above
            module, name = (
                (work.module, work.name) if isinstance(work, Elsewhere) else (work.__module__, work.__qualname__)
            )
            task = (module, name, arguments, progress is not None)
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(_framed(task))
                child.stdin.flush()
            return _outcome(child, answers, progress, silent_s)  # type: ignore[no-any-return]
    finally:
        child.kill()
        with contextlib.suppress(OSError):
            if child.stdin is not None:
                child.stdin.close()
        child.wait()


def _outcome(child: subprocess.Popen[bytes], answers: IO[bytes], progress: Told | None, silent_s: float) -> Any:
    stage = "read"
    while True:
        message = _received(answers, None if stage in _PATIENT else silent_s)
        if message is None:
            raise ReaderFailed(why=_death(child.wait()))
        kind, content = message
        if kind == "told":
            stage = content[0]
            if progress is not None:
                progress(*content)
        elif kind == "failed":
            raise content
        else:
            return content


def _death(code: int) -> Both:
    if code < 0:
        name = signal.Signals(-code).name
        return Both(f"读取程序崩溃（{name}）", f"the reader broke down ({name})")
    return Both(f"读取程序退出（{code}）", f"the reader ended by itself ({code})")


def _received(answers: IO[bytes], within_s: float | None) -> Any:
    """The next message; None when there will be none. Raises ReaderFailed when none comes in time."""
    head = _exactly(answers, _LENGTH.size, within_s)
    if head is None:
        return None
    body = _exactly(answers, _LENGTH.unpack(head)[0], within_s)
    return None if body is None else pickle.loads(body)  # noqa: S301 - our own child wrote it


def _exactly(answers: IO[bytes], count: int, within_s: float | None) -> bytes | None:
    until = None if within_s is None else time.monotonic() + within_s
    read = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(answers, selectors.EVENT_READ)
        while len(read) < count:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not selector.select(left):
                raise ReaderFailed(
                    why=Both(f"{within_s:.0f} 秒没有进展", f"the reader made no progress in {within_s:.0f} seconds")
                )
            block = answers.read(count - len(read))
            if not block:
                return None
            read += block
    return bytes(read)


def _framed(message: Any) -> bytes:
    body = pickle.dumps(message)
    return _LENGTH.pack(len(body)) + body


def _serve(answers: IO[bytes]) -> None:
    """What the child does: one task, then it ends."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    head = sys.stdin.buffer.read(_LENGTH.size)
    module, name, arguments, tells = pickle.loads(  # noqa: S301 - our own parent wrote it
        sys.stdin.buffer.read(_LENGTH.unpack(head)[0])
    )
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def say(kind: str, content: Any) -> None:
        answers.write(_framed((kind, content)))
        answers.flush()

    def told(stage: str, done: int, total: int | None) -> None:
        say("told", (stage, done, total))

    try:
        work = getattr(importlib.import_module(module), name)
        outcome = work(*arguments, progress=told) if tells else work(*arguments)
    except MemoryError:
        say("failed", ReaderFailed(why=Both("内存不足，文件过大或已损坏", "the file needs more memory than there is")))
    except BaseException as failed:
        try:
            pickle.loads(pickle.dumps(failed))  # noqa: S301 - only whether it can travel
        except Exception:
            failed = RuntimeError(repr(failed))
        say("failed", failed)
    else:
        say("done", outcome)


def _end_with_parent() -> None:
    """Waits for the parent's end of the pipe to close."""
    sys.stdin.buffer.read(1)
    os._exit(1)


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1]), "wb") as pipe:
        _serve(pipe)
