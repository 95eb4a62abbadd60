"""A service with a database of its own, and workers with phones in it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gis.access.accounts import create, hash_password
from gis.access.devices import new_token
from gis.access.roles import Role
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local

PORT = 8391
PASSWORD = "benchmark of the live layer"  # noqa: S105 - of a database that is deleted at the end

_GRIDS = """
INSERT INTO grid (plan_id, id, code, name, area_id, geom)
SELECT p.id, c.id, c.code, c.code, a.id,
  ST_MakeEnvelope(x, y, x + 0.0005, y + 0.0008, 4326)
FROM plan p, grid_code c CROSS JOIN LATERAL (SELECT substr(c.code, 2)::int AS i) n
JOIN area a ON a.code = 's' || i / 1000
CROSS JOIN LATERAL (SELECT 118 + i / 1000 % 20 * 0.02 + i % 40 * 0.0005 AS x,
  36 + i / 20000 * 0.02 + i % 1000 / 40 * 0.0008 AS y) AS corner
"""


@dataclass
class Place:
    """The database of a benchmark, and how to start the service on it."""

    dsn: str
    settings: Settings
    port: int = PORT

    @contextlib.contextmanager
    def service(self, **chosen: str) -> Iterator[subprocess.Popen[bytes]]:
        """The running service; `chosen` are settings."""
        process = self.start(**chosen)
        try:
            until_ready(self.port)
            yield process
        finally:
            process.terminate()
            process.wait(60)

    def start(self, **chosen: str) -> subprocess.Popen[bytes]:
        """Starts the service and doesn't wait for it."""
        command = [str(Path(sys.executable).parent / "gridtwin"), "serve"]
        own = {"GRIDTWIN_DATA_DIR": str(self.settings.data_dir), "GRIDTWIN_PORT": str(self.port), **chosen}
        return subprocess.Popen(command, env={**os.environ, **own}, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def place(within: Path | None = None, port: int = PORT) -> Iterator[Place]:
    """An embedded database in a temporary folder, migrated, with an administrator."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", dir=within, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        with local.database(settings) as dsn:
            upgrade(dsn)
            with psycopg.connect(dsn, autocommit=True) as connection:
                create(connection, "admin", hash_password(PASSWORD), Role.ADMINISTRATOR, areas=())
                connection.execute(
                    "INSERT INTO duty_hours (weekdays, starts, ends) VALUES ('{1,2,3,4,5,6,7}', '00:00', '00:00')"
                )
            yield Place(dsn, settings, port)
        local.discard(settings)


def until_ready(port: int = PORT) -> None:
    """Returns when the service answers."""
    for _ in range(6000):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz"):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.01)
    raise TimeoutError("the service did not start")


def employ(dsn: str, workers: int, phones: int) -> list[str]:
    """Makes workers w0 … and phones for the first of them, who have a grid, a thousand grids a community; returns the
    phones' tokens.
    """
    tokens = [new_token() for _ in range(phones)]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO area (code, name, level, path, geom)"
            " VALUES ('s', 's', 'street', 's', ST_MakeEnvelope(118, 36, 118.6, 36.6, 4326))"
        )
        connection.execute(
            "INSERT INTO area (code, name, level, parent_id, path, geom)"
            " SELECT 's' || i, 's' || i, 'community', id, ('s.s' || i)::ltree,"
            " ST_MakeEnvelope(118 + i %% 20 * 0.02, 36 + i / 20 * 0.02, 118.02 + i %% 20 * 0.02, 36.02 + i / 20 * 0.02,"
            " 4326) FROM area, generate_series(0, %s) i",
            ((phones - 1) // 1000,),
        )
        connection.execute(
            "INSERT INTO plan (kind, name, state, valid) VALUES ('community', 'p', 'published', '[2026-01-01,)')"
        )
        connection.execute(
            "INSERT INTO grid_code (kind, code) SELECT 'community', 'g' || i FROM generate_series(0, %s) i",
            (phones - 1,),
        )
        connection.execute(_GRIDS)
        connection.execute(
            "INSERT INTO worker (id, name, grid_id) SELECT 'w' || i, 'w' || i, c.id"
            " FROM generate_series(0, %s) i LEFT JOIN grid_code c ON c.code = 'g' || i ORDER BY i",
            (workers - 1,),
        )
        connection.execute("ANALYZE")
        rows = [(f"w{i}", hashlib.sha256(token.encode()).digest()) for i, token in enumerate(tokens)]
        connection.execute(
            "INSERT INTO device (worker_id, app, token_sha256, created_at, created_by)"
            " SELECT worker, 'gridtwin', token, now(), 'benchmark'"
            " FROM unnest(%s::text[], %s::bytea[]) n (worker, token)",
            ([row[0] for row in rows], [row[1] for row in rows]),
        )
    return tokens
