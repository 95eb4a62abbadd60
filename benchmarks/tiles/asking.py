"""How servers are asked: one tile after the other for latency, many at once (wrk) for what they carry."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mapbox_vector_tile

from benchmarks.tiles.servers import Server
from benchmarks.tiles.trace import Asked

# a thread of wrk walks the same list from a place of its own
_WALK = """
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
local threads, at = 0, 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
function init() at = math.floor(#paths * id / 2) end
function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
function done(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format('{"requests":%d,"us":%d,"errors":%d,"p50":%d,"p99":%d}\\n', summary.requests,
    summary.duration, errors, latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Load:
    """What a server carried: requests a second without error, errors a second, latencies in ms."""

    good: float
    bad: float
    p50_ms: float
    p99_ms: float


def one_by_one(server: Server, tiles: Sequence[Asked], *, etags: dict[Asked, str] | None = None) -> list[float]:
    """Milliseconds of each answer over one connection; with `etags` the tiles are asked for conditionally.

    Raises AssertionError for an answer that is neither a tile nor its absence.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    taken = []
    for tile in tiles:
        headers = server.headers if etags is None else {**server.headers, "If-None-Match": etags[tile]}
        began = time.perf_counter()
        connection.request("GET", server.path(tile), headers=headers)
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status == (304 if etags else 200) or (answer.status == 204 and not etags), (answer.status, tile)
    connection.close()
    return taken


def etags_of(server: Server, tiles: Sequence[Asked]) -> dict[Asked, str]:
    """The ETag of each tile."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    found = {}
    for tile in tiles:
        connection.request("GET", server.path(tile), headers=server.headers)
        answer = connection.getresponse()
        answer.read()
        found[tile] = answer.getheader("etag") or ""
    connection.close()
    return found


def weights(server: Server, tiles: Sequence[Asked]) -> list[int]:
    """The bytes of each tile."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    found = []
    for tile in tiles:
        connection.request("GET", server.path(tile), headers=server.headers)
        found.append(len(connection.getresponse().read()))
    connection.close()
    return found


def features(server: Server, tile: Asked) -> dict[int, float]:
    """The features of a tile that reach into it, by id, with the share of the tile that their bounds cover."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", server.path(tile), headers=server.headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if not body:
        return {}
    found = {}
    for layer in mapbox_vector_tile.decode(body).values():
        for feature in layer["features"]:
            xs, ys = zip(*_corners(feature["geometry"]["coordinates"]), strict=True)
            if max(xs) < 8 or max(ys) < 8 or min(xs) > 4088 or min(ys) > 4088:  # at the edge rounding decides
                continue
            number = feature["properties"].get("id", feature.get("id"))
            found[int(number)] = (max(xs) - min(xs)) * (max(ys) - min(ys)) / 4096**2
    return found


def _corners(nested: list) -> list[tuple[float, float]]:  # type: ignore[type-arg]
    if nested and isinstance(nested[0], (int, float)):
        return [(nested[0], nested[1])]
    return [corner for part in nested for corner in _corners(part)]


def at_once(server: Server, tiles: Sequence[Asked], *, connections: int, seconds: int) -> Load:
    """What the server carries with so many connections that ask without a pause."""
    with tempfile.TemporaryDirectory() as folder:
        paths, script = Path(folder) / "paths", Path(folder) / "walk.lua"
        paths.write_text("\n".join(server.path(tile) for tile in tiles))
        script.write_text(_WALK)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script)]
        for name, value in server.headers.items():
            command += ["-H", f"{name}: {value}"]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{server.port}"], env={"BENCH_PATHS": str(paths), "PATH": "/usr/bin:/bin"},
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    spent = told["us"] / 1e6
    return Load(
        (told["requests"] - told["errors"]) / spent, told["errors"] / spent, told["p50"] / 1000, told["p99"] / 1000
    )


def has_wrk() -> bool:
    """Whether the load generator is installed (Debian's package wrk)."""
    return shutil.which("wrk") is not None
