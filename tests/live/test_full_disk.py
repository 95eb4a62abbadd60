"""A disk that really fills up under a service that phones send to, and that is given room again."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from benchmarks.phones.place import PORT, employ, place

BATCH = 2_000


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 256 MB, where this user may mount one; the database's own user gets there, unlike to `tmp_path`."""
    disk = Path(tempfile.mkdtemp(prefix="gridtwin-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", "size=256m,mode=755", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        disk.rmdir()
        pytest.skip("nobody but root may mount a small disk")
    disk.chmod(0o755)
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
    disk.rmdir()


def fill(disk: Path) -> bool:
    """Takes what room there is left, what the database has given up since included."""
    space = os.statvfs(disk)
    if space.f_bavail:
        number = len(list(disk.glob("ballast.*")))
        with (disk / f"ballast.{number}").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize)
    return True


def batch(turn: int, now: float) -> list[dict[str, float]]:
    """Fixes 1 ms apart and a metre from each other, none like those of another turn."""
    return [
        {"lon": round(118 + k * 1e-6, 6), "lat": round(36.5 + turn * 1e-5, 6), "at": round(now * 1e3) + k}
        for k in range(BATCH)
    ]


def test_on_a_full_disk_phones_are_told_to_try_again_and_the_service_comes_back_alone(small_disk):
    accepted: list[int] = []
    began = time.time() - 3600
    with place(small_disk, PORT + 1) as where:  # beside another test
        (token,) = employ(where.dsn, 1, 1)
        with (
            where.service(),
            httpx.Client(
                base_url=f"http://127.0.0.1:{where.port}", headers={"Authorization": f"Bearer {token}"}, timeout=60
            ) as phone,
        ):

            def sent(turn: int) -> bool:
                answer = phone.post("/api/fixes", json={"fixes": batch(turn, began + turn * 3)})
                assert answer.status_code in (200, 503), answer.text
                if answer.status_code == 503:
                    assert int(answer.headers["Retry-After"]) > 0
                    return False
                assert answer.json()["accepted"] + answer.json()["duplicate"] == BATCH
                accepted.append(turn)
                return True

            assert sent(0)
            turn = next(turn for turn in range(1, 400) if fill(small_disk) and not sent(turn))
            assert not sent(turn), "and again, as long as there is no room"
            for ballast in small_disk.glob("ballast.*"):
                ballast.unlink()
            until = time.monotonic() + 120
            while not sent(turn):
                assert time.monotonic() < until, "the service didn't come back"
            assert sent(turn + 1)
        with psycopg.connect(where.dsn) as connection:
            stored = connection.execute(
                "SELECT round((ST_Y(geom) - 36.5) * 1e5)::int AS turn, count(*) FROM fix GROUP BY 1 ORDER BY 1"
            ).fetchall()
    assert stored == [(turn, BATCH) for turn in accepted], "whole requests, each of them once"
