"""`gridtwin serve` as an operator runs it: a process of its own, whose every word is kept."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True)
class Operated:
    """A service that runs, and the file that holds what it has said on stdout and stderr."""

    port: int
    said: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def operated(dsn: str, folder: Path, *flags: str, **chosen: str) -> Iterator[Operated]:
    """Serves a database; `chosen` are settings without their prefix, `flags` stand before the command."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = {"database_url": dsn, "data_dir": str(folder / "data"), "port": str(port), **chosen}
    environment = {**os.environ, **{f"GRIDTWIN_{name.upper()}": value for name, value in told.items()}}
    command = [str(Path(sys.executable).parent / "gridtwin"), *flags, "serve"]
    service = Operated(port, folder / "said.txt")
    with service.said.open("w") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            deadline = time.monotonic() + 60
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{service.url}/readyz").status_code == 200:
                        break
                assert process.poll() is None, service.said.read_text()
                assert time.monotonic() < deadline, service.said.read_text()
                time.sleep(0.1)
            yield service
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
