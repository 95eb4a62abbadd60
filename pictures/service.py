"""A service of its own for each town that is pictured: a fresh data folder, the command line, the program."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ACCOUNT, PASSWORD = "command", "correct horse battery"


class Twin:
    """A data folder, and what the command line does with it."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._command = str(Path(sys.executable).parent / "gridtwin")
        self._folder = folder
        self._environment = {
            **os.environ,
            "GRIDTWIN_DATA_DIR": str(folder / "data"),
            "GRIDTWIN_DATABASE_URL": "",
            "GRIDTWIN_PORT": str(port),
            "GRIDTWIN_DEMO_PASSWORD": PASSWORD,
            "GRIDTWIN_PASSWORD": PASSWORD,
        }

    def run(self, *words: str) -> None:
        """Runs a command of gridtwin; raises CalledProcessError with what it said when it refuses."""
        subprocess.run([self._command, *words], env=self._environment, check=True, stdout=subprocess.DEVNULL)

    def add(self, kind: str, file: Path, *options: str) -> None:
        """Imports a file as a planner would."""
        print(f"  import {kind} {file.name}", flush=True)
        self.run("import", kind, str(file), *options)

    @contextlib.contextmanager
    def serving(self, *options: str) -> Iterator[str]:
        """The program while it serves; yields its URL."""
        log = self._folder / "output.txt"
        with log.open("w") as output:
            process = subprocess.Popen(
                [self._command, "up", *options], env=self._environment, stdout=output, stderr=output
            )
            try:
                while not self._ready():
                    if process.poll() is not None:
                        raise RuntimeError(log.read_text(encoding="utf-8"))
                    time.sleep(0.3)
                yield self.url
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(60)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@contextlib.contextmanager
def twin() -> Iterator[Twin]:
    """An empty twin; its folder and its database go at the end."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-pictures-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        made = Twin(Path(folder))
        try:
            yield made
        finally:
            made.run("stop")
