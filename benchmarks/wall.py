"""What a wall costs its PC: CPU time of a frame in the renderer while workers move, and the first useful picture.

The pages are the real ones, of a real demo. The workers' frames are made here by the service's own encoder and handed
to the page's connection, 100 ms apart and each after its acknowledgement, because 100,000 phones on this machine would
measure the phones. Software rendering costs apart: the map is drawn with pixelRatio 0.1, and what counts is the CPU
time of the renderer's process, all threads, not that of the process that draws.
"""

from __future__ import annotations

import math
import statistics
import time
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Browser, Page, WebSocketRoute

from benchmarks.walls.browser import THERE, Profile, Renderer, chromium, sign_in
from live import frames
from pictures.service import PASSWORD, twin

_TICK_MS, _EVERY_S = 100, 5
_SECONDS, _WARM_S = 8.0, 3.0
_LIMITS_MS = {10_000: 5.0, 100_000: 8.0}
_FIRST_S, _ROUNDS = 2.0, 5
_VIEW = "map=12.70/36.8540/118.0950"
_NEAR = "map=13.70/36.8540/118.0950"
_BOX = (118.03, 36.82, 118.16, 36.89)  # west, south, east, north
_ZOOM = 14
_WATCH = """(() => {
  const told = () => ['residents', 'on_duty'].every((field) => document.querySelector(`[data-field="${field}"]`));
  const look = () => {
    const map = window.gridtwin && window.gridtwin.map;
    if (!map) return setTimeout(look, 5);
    const note = () => {
      if (told() && map.getLayer('area-line') && map.queryRenderedFeatures({layers: ['area-line']}).length)
        window.useful ??= performance.now();
    };
    map.on('render', note);
  };
  look();
})()"""
_FRAMES = "() => { window.drawn = 0; gridtwin.map.on('render', () => window.drawn++); }"


class Crowd:
    """Workers who walk at random within a box; each has a new place every five seconds."""

    def __init__(self, size: int, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        west, south, east, north = _BOX
        self._lon = self._random.uniform(west, east, size)
        self._lat = self._random.uniform(south, north, size)
        self._number = np.arange(1, size + 1)
        self._turn = self._sequence = 0
        self._groups = 1000 * _EVERY_S // _TICK_MS

    def whole(self) -> bytes:
        """The snapshot."""
        return self._message(frames.SNAPSHOT, np.arange(len(self._number)))

    def step(self) -> bytes:
        """A fiftieth of them, a tick later."""
        who = np.arange(self._turn % self._groups, len(self._number), self._groups)
        self._turn += 1
        self._lon[who] += self._random.normal(0, 6e-5, len(who))
        self._lat[who] += self._random.normal(0, 5e-5, len(who))
        return self._message(frames.UPDATE, who)

    def _message(self, kind: int, who: np.ndarray[Any, Any]) -> bytes:
        x = (self._lon[who] + 180) / 360 * 2**_ZOOM
        y = (1 - np.arcsinh(np.tan(np.radians(self._lat[who]))) / math.pi) / 2 * 2**_ZOOM
        column, row = x.astype(np.int64), y.astype(np.int64)
        inside = [((part - whole) * frames.UNITS).astype(np.int64) for part, whole in ((x, column), (y, row))]
        heading = self._random.integers(0, 255, len(who))
        records = frames.record(self._number[who], heading, *inside, np.zeros(len(who), np.int64))
        key = column * 2**_ZOOM + row
        order = np.argsort(key, kind="stable")
        edges = np.flatnonzero(np.diff(key[order], prepend=-1))
        cells = [
            frames.cell(
                (1, int(column[part[0]]), int(row[part[0]])),
                records[part].tobytes(),
                len(part),
                delta=kind == frames.UPDATE,
            )
            for part in np.split(order, edges[1:])
        ]
        self._sequence += 1
        return frames.message(kind, self._sequence, _TICK_MS, time.time() * 1e3, cells, len(cells))


class _Phones:
    """The page's live connection: it gets the crowd's frames."""

    def __init__(self, page: Page, crowd: Crowd) -> None:
        self._crowd = crowd
        self._route: WebSocketRoute | None = None
        self._acknowledged = True
        page.route_web_socket("**/live*", self._opened)

    def _opened(self, route: WebSocketRoute) -> None:
        self._route = route
        route.on_message(self._heard)
        route.send(self._crowd.whole())

    def _heard(self, message: str | bytes) -> None:
        self._acknowledged = self._acknowledged or "ack" in str(message)

    def tick(self) -> bool:
        """Sends the next frame if the last was taken."""
        if self._route is None or not self._acknowledged:
            return False
        self._acknowledged = False
        self._route.send(self._crowd.step())
        return True


def _walk(page: Page, phones: _Phones, seconds: float) -> int:
    """Lets them walk; returns how many frames of data the page took."""
    until = time.monotonic() + seconds
    taken = 0
    while time.monotonic() < until:
        taken += phones.tick()
        page.wait_for_timeout(_TICK_MS)
    return taken


class Cost(NamedTuple):
    """Of a drawn frame, in ms: CPU of the renderer with all its threads and all that a page does meanwhile; of that the
    main thread's drawing, and its taking of the data of that time. Frames drawn, and frames of data taken."""

    all: float
    drawing: float
    taking: float
    drawn: int
    taken: int


def frame_cost(browser: Browser, url: str, size: int, view: str) -> Cost:
    """What a frame costs while a crowd of that size walks."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, device_scale_factor=0.1)
    page = context.new_page()
    try:
        sign_in(page, url, "command", PASSWORD)
        phones = _Phones(page, Crowd(size))
        page.goto(f"{url}/wall#{view}")
        page.evaluate(THERE)
        renderer = Renderer(browser, page)
        _walk(page, phones, _WARM_S)
        page.evaluate(_FRAMES)
        began, drawn = renderer.cpu(), int(page.evaluate("() => window.drawn"))
        taken = _walk(page, phones, _SECONDS)
        spent = renderer.cpu() - began
        drawn = max(1, int(page.evaluate("() => window.drawn")) - drawn)
        page.evaluate("() => { window.drawn = 0; }")
        with Profile(page) as profile:
            _walk(page, phones, _SECONDS)
        again = max(1, int(page.evaluate("() => window.drawn")))
        ms = [profile.seconds(function) / again * 1e3 for function in ("_render", "onmessage")]
        return Cost(spent / drawn * 1e3, ms[0], ms[1], drawn, taken)
    finally:
        context.close()


def first_picture(browser: Browser, url: str) -> tuple[float, float]:
    """Seconds from the address to a useful wall, its numbers and the areas of its map, and to its whole map with all
    names; 1080p, nothing kept by the browser."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    page = context.new_page()
    try:
        sign_in(page, url, "command", PASSWORD)
        page.add_init_script(_WATCH)
        began = time.perf_counter()
        page.goto(f"{url}/wall", wait_until="commit")
        page.evaluate(THERE)
        whole = time.perf_counter() - began
        return float(page.evaluate("() => window.useful")) / 1e3, whole
    finally:
        context.close()


def main() -> bool:
    """Prints the table; whether the limits were kept."""
    kept = []
    with twin() as demo, demo.serving("--demo") as url, chromium() as browser:
        print("a frame, pixelRatio 0.1, 1920 × 1080     renderer   drawing    data   limit")
        for size, view in ((10_000, _VIEW), (100_000, _VIEW), (10_000, _NEAR)):
            cost, limit = frame_cost(browser, url, size, view), _LIMITS_MS[size]
            kept.append(cost.all <= limit)
            told = f"{cost.all:8.2f}  {cost.drawing:8.2f}  {cost.taking:6.2f}  {limit:4.1f} ms"
            what = f"{size:7,} workers{', with their trails' if view == _NEAR else ''}"
            print(f"{what:40} {told}  ({cost.drawn} drawn, {cost.taken} of data in {_SECONDS:.0f} s)", flush=True)
        shots = [first_picture(browser, url) for _ in range(_ROUNDS + 1)][1:]
        useful, whole = (statistics.median(took) for took in zip(*shots, strict=True))
        kept.append(useful <= _FIRST_S)
        print(
            f"numbers and areas, median of {_ROUNDS}  {useful:5.2f} s, at most {_FIRST_S} s; whole map {whole:5.2f} s"
        )
    return all(kept)


if __name__ == "__main__":
    main()
