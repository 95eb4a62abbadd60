"""A million standard addresses from a CSV file: rows a second and peak memory, all checks and indexes included.

The limit beside it is PostgreSQL's own COPY of the same file, into a table without indexes: what reading and writing
alone take.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local

ROWS = int(os.environ.get("GRIDTWIN_BENCH_ROWS") or 1_000_000)
_ROWS_A_SECOND = 10_000
_MOST_MB = 500.0

_CHILD = """
import sys, time, json, resource
from pathlib import Path
from importers.load import run
from importers.request import ImportRequest
dsn, file = sys.argv[1:]
began = time.perf_counter()
report = run(dsn, ImportRequest("addresses", Path(file), crs="EPSG:4326", by="benchmark"))
seconds = time.perf_counter() - began
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, report.added]))
"""


def _write(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("编码,标准地址,街道,社区,道路,门牌号,小区,楼栋,单元,楼层,户室,人口,lon,lat\n")
        for number in range(ROWS):
            room, floor, unit = number % 4 + 1, number // 4 % 18 + 1, number // 72 % 3 + 1
            house, estate = number // 216 % 30 + 1, number // 6480
            lon, lat = 118.0 + (number // 216 % 400) / 4000 + unit / 20000, 36.8 + (number // 86400) / 400
            place = f"四宝山街道第{estate % 70}社区张辛路{estate}号花园{estate}小区"
            text = f"山东省淄博市高新区{place}{house}号楼{unit}单元{floor:02}{room:02}室"
            file.write(
                f"3703030080{number:09},{text},四宝山街道,第{estate % 70}社区,张辛路,{estate}号,花园{estate}小区,"
                f"{house}号楼,{unit}单元,{floor},{floor:02}{room:02},{number % 6},{lon:.7f},{lat:.7f}\n"
            )


def _areas(dsn: str) -> None:
    """Seventy communities, into which the addresses are placed."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO area (code, name, level, path, geom) SELECT 'c' || n, 'c', 'community', ('c' || n)::ltree,"
            " ST_MakeEnvelope(118 + n % 10 / 100.0, 36.8 + n / 10 / 200.0, 118.01 + n % 10 / 100.0,"
            " 36.805 + n / 10 / 200.0, 4326) FROM generate_series(0, 69) n"
        )


def _plain_copy(dsn: str, file: Path) -> float:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE plain (a text, b text, c text, d text, e text, f text, g text, h text, i text,"
                           " j text, k text, l text, m float8, n float8)")  # fmt: skip
        began = time.perf_counter()
        with connection.cursor().copy("COPY plain FROM STDIN (FORMAT csv, HEADER)") as copy, file.open("rb") as source:
            while block := source.read(1 << 20):
                copy.write(block)
        seconds = time.perf_counter() - began
        connection.execute("DROP TABLE plain; CHECKPOINT")
        return seconds


def main() -> bool:
    """Prints the table; whether the limits were kept."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        file = Path(folder) / "addresses.csv"
        _write(file)
        with local.database(settings) as dsn:
            upgrade(dsn)
            _areas(dsn)
            plain = _plain_copy(dsn, file)
            output = subprocess.run(
                [sys.executable, "-c", _CHILD, dsn, str(file)], check=True, capture_output=True, text=True
            ).stdout
            seconds, memory, added = json.loads(output)
            assert added == ROWS, added
        local.discard(settings)
    print(f"{ROWS:,} addresses from CSV ({file.name})                  seconds   rows/s   peak MB")
    print(f"COPY into a bare table                                 {plain:7.1f}  {ROWS / plain:9,.0f}")
    print(
        f"gridtwin import, all checks, placing, indexes, outbox  {seconds:7.1f}  {ROWS / seconds:9,.0f}  {memory:7.0f}"
    )
    print(f"limits: {_ROWS_A_SECOND:,} rows/s, {_MOST_MB:.0f} MB")
    return bool(ROWS / seconds >= _ROWS_A_SECOND and memory < _MOST_MB)


if __name__ == "__main__":
    main()
