"""A million issues: lists, filters and panels; and 50 reports a second, stored, sorted, and told to a wall.

Limits: 100 ms at p95 for every question; 500 ms at p99 from a report to the wall. Beside them an empty request, which
is what the machine can do at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import psycopg
from websockets.asyncio.client import connect

from gis.access.accounts import create, hash_password
from gis.access.roles import Role
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local

_PORT = 8937
_URL = f"http://127.0.0.1:{_PORT}"
MANY = int(os.environ.get("BENCH_ISSUES", "1000000"))
_RATE, _SECONDS = 50, int(os.environ.get("BENCH_SECONDS", "20"))
_FILL = """
INSERT INTO issue (text, source, class, confidence, candidates, state, reported_at, received_at, changed_at, closed_at,
  rating, area_id, geom, place, deadlines, handled_at, in_time, returns, building_id)
SELECT c.name_zh || '，' || n || '号楼前', (ARRAY['网格员','12345','居民','视频'])[1 + n %% 4], c.code, 0.9, '[]',
  CASE WHEN n %% 50 = 0 THEN '待处理' WHEN n %% 97 = 0 THEN '待核查' WHEN n %% 89 = 0 THEN '待评价' ELSE '已归档' END,
  t.at, t.at, t.at, t.at + interval '1 day', CASE WHEN n %% 50 = 0 OR n %% 97 = 0 OR n %% 89 = 0 THEN NULL
  ELSE (ARRAY['满意','满意','基本满意','不满意'])[1 + n %% 4] END, a.id,
  ST_SetSRID(ST_MakePoint(118 + random() * 0.2, 36 + random() * 0.1), 4326), a.name || n %% 5000 || '号',
  CASE WHEN n %% 50 = 0 THEN jsonb_build_object('handle', t.at + interval '2 days') ELSE '{}' END, t.at, n %% 13 <> 0,
  (n %% 29 = 0)::int, n %% 20000
FROM generate_series(%(first)s, %(last)s) n
JOIN (SELECT id, name, row_number() OVER (ORDER BY id) - 1 AS at, count(*) OVER () AS all FROM area
      WHERE level = 'community') a ON a.at = n %% a.all
JOIN (SELECT code, name_zh, row_number() OVER (ORDER BY code) - 1 AS at, count(*) OVER () AS all FROM issue_class) c
  ON c.at = (n * 7) %% c.all,
LATERAL (SELECT now() - n * interval '31 seconds' AS at) t
"""
_QUESTIONS = {
    "latest": "/api/issues?limit=100",
    "open": "/api/issues?state=待处理&limit=100",
    "overdue": "/api/issues?overdue=true&limit=100",
    "pressing": "/api/issues?pressing=true&limit=100",
    "class": "/api/issues?class=2107&limit=100",
    "group": "/api/issues?class=05&limit=100",
    "one community": "/api/issues?area=c3&limit=100",
    "one community, open, class": "/api/issues?area=c3&state=待处理&class=0102&limit=100",
    "box": "/api/issues?bbox=118.05,36.03,118.06,36.04&limit=100",
    "words": "/api/issues?q=4711号&limit=100",
    "since": "/api/issues?since=2026-01-01T00:00:00Z&limit=100",
    "panel, 30 days": "/api/issues/statistics",
    "panel, a community": "/api/issues/statistics?area=c3",
    "panel, a year": "/api/issues/statistics?from=2025-12-01&to=2026-11-30",
    "recurring": "/api/issues/recurring",
    "summary": "/api/areas/s/summary",
}


def _p(times: list[float], share: int) -> float:
    return quantiles(times, n=100)[share - 1] * 1000


def _street(db: psycopg.Connection) -> None:
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom) SELECT 'c' || n, n || '号社区', 'community', s.id,"
        " ('s.c' || n)::ltree, ST_MakeEnvelope(118 + n * 0.005, 36, 118.005 + n * 0.005, 36.1, 4326)"
        " FROM area s, generate_series(0, 39) n"
    )


def _questions(url: str, token: str) -> bool:
    kept = True
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:

        def measured(ask: Callable[[], Any], times: int = 25) -> list[float]:
            ask()
            found = []
            for _ in range(times):
                began = time.perf_counter()
                ask()
                found.append(time.perf_counter() - began)
            return found

        floor = measured(lambda: client.get("/healthz").raise_for_status())
        print(f"{'an empty request':<30} p95 {_p(floor, 95):7.1f} ms")
        for name, path in _QUESTIONS.items():
            times = measured(lambda path=path: client.get(path).raise_for_status())
            late = _p(times, 95) > 100
            kept = kept and not late
            print(f"{name:<30} p50 {_p(times, 50):7.1f} ms  p95 {_p(times, 95):7.1f} ms{'  LATE' if late else ''}")
    return kept


async def _reports(url: str, token: str) -> bool:
    """Sends reports at a rate; says how long each takes to be answered, and to be told on a wall."""
    sent: dict[int, float] = {}
    told: dict[int, float] = {}
    answered: list[float] = []
    head = {"Authorization": f"Bearer {token}"}
    texts = ["单元门口垃圾没人收", "路灯不亮了", "消防通道停满了车", "楼道里有人给电动车充电", "路上井盖没了"]

    async def watch(socket: Any) -> None:
        async for message in socket:
            if isinstance(message, str):
                now = time.perf_counter()
                for issue in json.loads(message).get("issues", []):
                    told.setdefault(issue["id"], now)

    async with (
        httpx.AsyncClient(base_url=url, headers=head, timeout=30) as client,
        connect(url.replace("http", "ws", 1) + "/live?of=issues&format=json", additional_headers=head) as socket,
    ):
        watching = asyncio.create_task(watch(socket))
        await client.post("/api/issues", json={"text": "先学会", "lon": 118.1, "lat": 36.05})

        async def one(number: int) -> None:
            began = time.perf_counter()
            body = {"text": texts[number % 5], "lon": 118.001 + number % 190 / 1000, "lat": 36.01 + number % 80 / 1000}
            answer = await client.post("/api/issues", json=body)
            answer.raise_for_status()
            sent[answer.json()["id"]] = began
            answered.append(time.perf_counter() - began)

        began, tasks = time.perf_counter(), []
        for number in range(_RATE * _SECONDS):
            await asyncio.sleep(max(0, began + number / _RATE - time.perf_counter()))
            tasks.append(asyncio.create_task(one(number)))
        await asyncio.gather(*tasks)
        took = time.perf_counter() - began
        for _ in range(50):
            if sent.keys() <= told.keys():
                break
            await asyncio.sleep(0.1)
        watching.cancel()
    seen = [told[number] - at for number, at in sent.items() if number in told]
    print(f"{len(sent)} reports in {took:.1f} s: {len(sent) / took:.0f} a second")
    print(f"{'answered':<30} p50 {_p(answered, 50):7.1f} ms  p99 {_p(answered, 99):7.1f} ms")
    print(f"{'on a wall':<30} p50 {_p(seen, 50):7.1f} ms  p99 {_p(seen, 99):7.1f} ms, {len(seen)} of {len(sent)} told")
    return len(seen) == len(sent) and _p(seen, 99) < 500


@contextlib.contextmanager
def _served() -> Iterator[tuple[str, str, str]]:
    """A service with a database of its own: (address, dsn, token of an administrator)."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        chosen = Settings(data_dir=Path(folder) / "data", database_url=None)
        environment = {**os.environ, "GRIDTWIN_DATA_DIR": str(chosen.data_dir), "GRIDTWIN_PORT": str(_PORT)}
        with local.database(chosen) as dsn:
            upgrade(dsn)
            with psycopg.connect(dsn, autocommit=True) as db:
                create(db, "bench", hash_password("bench-Pass-2026"), Role.ADMINISTRATOR)
            command = [str(Path(sys.executable).parent / "gridtwin"), "serve"]
            with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
                try:
                    _until_ready()
                    said = {"username": "bench", "password": "bench-Pass-2026"}
                    token = httpx.post(f"{_URL}/api/session", json=said).json()["token"]
                    yield _URL, dsn, token
                finally:
                    server.terminate()
        local.discard(chosen)


def _until_ready() -> None:
    for _ in range(600):
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{_URL}/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise TimeoutError("the service did not start")


def main() -> bool:
    """Prints the tables; False when a limit was missed."""
    with _served() as (url, dsn, token):
        with psycopg.connect(dsn, autocommit=True) as db:
            _street(db)
            quick = asyncio.run(_reports(url, token))
            began = time.perf_counter()
            for first in range(1, MANY + 1, 50_000):
                db.execute(_FILL, {"first": first, "last": min(first + 49_999, MANY)})
            db.execute("ANALYZE")
            print(f"{MANY:,} issues stored in {time.perf_counter() - began:.0f} s")
        kept = _questions(url, token)
        return asyncio.run(_reports(url, token)) and quick and kept
