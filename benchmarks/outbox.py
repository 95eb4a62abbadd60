"""What noting every change costs: a bulk update of all rows with the outbox's triggers and without them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psycopg

from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local

_ROWS = 200_000
_LIMIT = 1.6
_FILL = """
INSERT INTO building (name, height, geom)
SELECT 'b' || i, i %% 90, ST_MakeEnvelope(118 + (i %% 500) * 0.0004, 36.7 + (i / 500) * 0.0004,
  118.0002 + (i %% 500) * 0.0004, 36.7002 + (i / 500) * 0.0004, 4326)
FROM generate_series(0, %s) i
"""


def _seconds(connection: psycopg.Connection, statement: str, rounds: int = 3) -> float:
    best = float("inf")
    for _ in range(rounds):
        connection.execute("VACUUM building")
        began = time.perf_counter()
        connection.execute(statement)
        best = min(best, time.perf_counter() - began)
    return best


def main() -> bool:
    """Prints the table; whether the limit was kept."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        with local.database(settings) as dsn:
            upgrade(dsn)
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("SET gridtwin.placed = 'on'")
                connection.execute(_FILL, (_ROWS - 1,))
                connection.execute("TRUNCATE outbox")
                noted = _seconds(connection, "UPDATE building SET height = height + 1", 1)
                row = connection.execute("SELECT count(*), sum(rows) FROM outbox").fetchone()
                noted = min(noted, _seconds(connection, "UPDATE building SET height = height + 1", 2))
                connection.execute("ALTER TABLE building DISABLE TRIGGER USER")
                bare = _seconds(connection, "UPDATE building SET height = height + 1")
        local.discard(settings)
    cells, rows = row or (0, 0)
    print(f"Bulk update of {_ROWS:,} buildings                        seconds   ratio")
    print(f"without triggers                                       {bare:7.2f}   1.00")
    print(f"with the outbox ({cells} rows for {rows:,} changes)       {noted:7.2f}   {noted / bare:4.2f}")
    print(f"limit: {_LIMIT} x the bare update")
    return noted / bare <= _LIMIT


if __name__ == "__main__":
    main()
