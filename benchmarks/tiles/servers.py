"""The servers that are compared, one at a time on one database: ours, Martin, TiPg, and nginx before ours.

Peers are found on PATH or by GRIDTWIN_BENCH_MARTIN and GRIDTWIN_BENCH_TIPG (the Python of an environment with tipg and
uvicorn); who is absent is left out, and the table says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx

from benchmarks.tiles import nginx
from benchmarks.tiles.trace import Asked
from benchmarks.tiles.twin import PASSWORD

_STARTING_S = 60.0


@dataclass(frozen=True)
class Server:
    """A server that answers: its address, what it is asked with, and the path of a tile."""

    name: str
    port: int
    headers: dict[str, str]
    path: Callable[[Asked], str]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def martin() -> str | None:
    """Martin's program, if there is one."""
    return os.environ.get("GRIDTWIN_BENCH_MARTIN") or shutil.which("martin")


def tipg() -> str | None:
    """The Python that has TiPg, if there is one."""
    return os.environ.get("GRIDTWIN_BENCH_TIPG")


@contextlib.contextmanager
def ours(dsn: str, *, cache_mb: int = 512, files: Path | None = None) -> Iterator[Server]:
    """The service as `gridtwin serve` runs it, with an empty cache."""
    port = free_port()
    environment = {
        **os.environ, "GRIDTWIN_DATABASE_URL": dsn, "GRIDTWIN_PORT": str(port),
        "GRIDTWIN_TILE_MEMORY_MB": str(cache_mb), "GRIDTWIN_TILE_FILES": str(files or ""),
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "gridtwin"), "serve"]
    with _running(command, environment, f"http://127.0.0.1:{port}/readyz"):
        asked = {"username": "bench", "password": PASSWORD}
        token = httpx.post(f"http://127.0.0.1:{port}/api/session", json=asked).json()["token"]
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        yield Server("gridtwin", port, headers, lambda t: f"/tiles/{t.layer}/{t.z}/{t.x}/{t.y}.pbf")


@contextlib.contextmanager
def behind_nginx(dsn: str) -> Iterator[Server]:
    """The service with nginx in front of it, which gives kept tiles by itself."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", dir="/dev/shm") as folder:
        Path(folder).chmod(0o711)
        with ours(dsn, files=Path(folder)) as server, nginx.in_front_of(server.port, Path(folder)) as port:
            yield Server("nginx in front of gridtwin", port, server.headers, server.path)


@contextlib.contextmanager
def plain(body: int) -> Iterator[Server]:
    """What uvicorn carries by itself: an ASGI application that does nothing but send so many bytes."""
    port = free_port()
    program = (
        "import sys, uvicorn\n"
        f"body = bytes({body})\n"
        "head = {'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', b'%d' % len(body))]}\n"
        "async def app(scope, receive, send):\n"
        "    await send(head)\n"
        "    await send({'type': 'http.response.body', 'body': body})\n"
        f"uvicorn.run(app, port={port}, loop='uvloop', http='httptools', lifespan='off', access_log=False,"
        " log_level='warning')\n"
    )
    with _running([sys.executable, "-c", program], dict(os.environ), f"http://127.0.0.1:{port}/"):
        yield Server("an empty ASGI application under uvicorn", port, {}, lambda _: "/")


@contextlib.contextmanager
def martin_on(dsn: str, column: str, *, cache_mb: int) -> Iterator[Server]:
    """Martin on the tables with shapes in 4326, or with its shapes in 3857 as ours are."""
    program, port = martin(), free_port()
    assert program
    tables = {
        name: {
            "schema": "peers" if column == "4326" else "public",
            "table": f"{name}_4326" if column == "4326" else {"buildings": "building", "areas": "area"}[name],
            "srid": int(column), "geometry_column": "geom" if column == "4326" else "geom_3857", "id_column": "id",
            "extent": 4096, "buffer": 64, "clip_geom": True, "geometry_type": "GEOMETRY", "minzoom": 0, "maxzoom": 22,
            "properties": properties,
        }
        for name, properties in (
            ("buildings", {"code": "text", "name": "text", "height": "float4", "levels": "int2", "use": "text",
                           "estate": "text", "units": "int2", "households": "int4"}),
            ("areas", {"code": "text", "name": "text", "level": "text"}),
        )
    }  # fmt: skip
    config = {
        "listen_addresses": f"127.0.0.1:{port}", "worker_processes": 2, "cache_size_mb": cache_mb,
        "postgres": {"connection_string": _tcp(dsn), "pool_size": 8, "auto_publish": False, "tables": tables},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "martin.yaml"
        file.write_text(json.dumps(config))
        command = [program, "--config", str(file)]
        with _running(command, {**os.environ, "RUST_LOG": "warn"}, f"http://127.0.0.1:{port}/health"):
            headers = {"Accept-Encoding": "identity"}
            yield Server(f"Martin, {column}", port, headers, lambda t: f"/{t.layer}/{t.z}/{t.x}/{t.y}")


@contextlib.contextmanager
def tipg_on(dsn: str) -> Iterator[Server]:
    """TiPg on the tables with shapes in 4326."""
    python, port = tipg(), free_port()
    assert python
    # it wants a host before the path, a socket's folder included
    user, _, place = _tcp(dsn).partition("@/")
    name, _, query = place.partition("?")
    parts = parse_qs(query)
    url = f"{user}@{quote(parts['host'][0], safe='')}:{parts['port'][0]}/{name}"
    environment = {
        **os.environ, "DATABASE_URL": url, "TIPG_DB_SCHEMAS": '["peers"]', "TIPG_TILE_BUFFER": "64",
        "TIPG_TILE_RESOLUTION": "4096", "TIPG_MAX_FEATURES_PER_TILE": "1000000", "DB_MAX_CONN_SIZE": "8",
    }  # fmt: skip
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning"]
    with _running(command, environment, f"http://127.0.0.1:{port}/healthz"):
        yield Server(
            "TiPg, 4326", port, {"Accept-Encoding": "identity"},
            lambda t: f"/collections/peers.{t.layer}_4326/tiles/WebMercatorQuad/{t.z}/{t.x}/{t.y}",
        )  # fmt: skip


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], ready: str) -> Iterator[None]:
    """A program that is stopped at the end; raises RuntimeError with its last words when it never answers."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            until = time.monotonic() + _STARTING_S
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(ready, timeout=2).status_code == 200:
                        break
                if process.poll() is not None or time.monotonic() > until:
                    said.seek(0)
                    raise RuntimeError(f"{command[0]} does not answer: {said.read()[-2000:].decode(errors='replace')}")
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _tcp(dsn: str) -> str:
    """The URL as other programs read it: a socket's folder stands in the query."""
    parts = urlsplit(dsn)
    host = parse_qs(parts.query).get("host", [unquote(parts.hostname or "127.0.0.1")])[0]
    port = parse_qs(parts.query).get("port", [str(parts.port or 5432)])[0]
    return f"postgresql://{parts.username}:{parts.password}@/{parts.path.lstrip('/')}?host={host}&port={port}"
