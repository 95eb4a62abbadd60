"""Whether the time of a refusal tells if an account exists: wrong passwords of accounts, and names that nobody bears.

A guesser would compare times. Refusals of both kinds take turns, in an order made by chance, at a service of its own.
What a guesser gains is the share of pairs in which the known name took longer (Mann-Whitney's U over the number of
pairs): 0.5 is chance. Three standard errors of it without any difference are printed beside it, and are the limit.
"""

from __future__ import annotations

import math
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psycopg

from gis.access.accounts import create, hash_password
from gis.access.roles import Role
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local

_EACH = 200
_NAMES = 20
_WRONG = "this is not the password"


def _serve(dsn: str, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ, "GRIDTWIN_DATABASE_URL": dsn, "GRIDTWIN_DATA_DIR": str(folder), "GRIDTWIN_PORT": str(port),
    }  # fmt: skip
    process = subprocess.Popen([str(Path(sys.executable).parent / "gridtwin"), "serve"], env=environment)
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return process, url
        except httpx.TransportError:
            if process.poll() is not None:
                raise
        time.sleep(0.2)


def _measure(url: str, dsn: str) -> dict[str, list[float]]:
    """Milliseconds of refusals, of `known` and of `unknown` names."""
    chance = random.Random(1)
    taken: dict[str, list[float]] = {"known": [], "unknown": []}
    order = ["known", "unknown"] * _EACH
    chance.shuffle(order)
    with httpx.Client(base_url=url, timeout=60) as guesser, psycopg.connect(dsn, autocommit=True) as db:
        for turn, kind in enumerate(order):
            db.execute("DELETE FROM sign_in_failure")  # else a guesser has to wait, which this doesn't measure
            name = f"{kind[:2]}{chance.randrange(_NAMES):04}"
            began = time.perf_counter()
            answer = guesser.post("/api/session", json={"username": name, "password": _WRONG})
            ms = (time.perf_counter() - began) * 1000
            assert answer.status_code == 401, answer.text
            if turn >= 20:  # the first warm up
                taken[kind].append(ms)
    return taken


def gain(first: list[float], second: list[float]) -> tuple[float, float]:
    """(share of pairs in which the first took longer, its standard error when there is no difference)."""
    ranked = sorted([(ms, 1) for ms in first] + [(ms, 0) for ms in second])
    ranks = sum(rank for rank, (_, own) in enumerate(ranked, 1) if own)
    n, m = len(first), len(second)
    return (ranks - n * (n + 1) / 2) / (n * m), math.sqrt((n + m + 1) / (12 * n * m))


def main() -> bool:
    """Prints what a guesser gains; whether that is nothing."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        with local.database(settings) as dsn:
            upgrade(dsn)
            with psycopg.connect(dsn, autocommit=True) as db:
                for number in range(_NAMES):
                    create(db, f"kn{number:04}", hash_password(f"right {number}"), Role.VIEWER)
            process, url = _serve(dsn, Path(folder) / "service")
            try:
                taken = _measure(url, dsn)
            finally:
                process.terminate()
                process.wait(30)
        local.discard(settings)
    known, unknown = taken["known"], taken["unknown"]
    share, error = gain(known, unknown)
    print("Refused sign-ins                          n  median ms    p90 ms")
    for said, times in (("account there, wrong password", known), ("no such account", unknown)):
        high = statistics.quantiles(times, n=10)[-1]
        print(f"{said:<36} {len(times):>6}{statistics.median(times):>11.2f}{high:>10.2f}")
    print(f"ratio of the medians: {statistics.median(known) / statistics.median(unknown):.3f}")
    print(f"a guesser who compares two answers is right in {share:.3f} of cases; chance is 0.5 ± {3 * error:.3f}")
    return abs(share - 0.5) <= 3 * error


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
