"""`python -m benchmarks.soak --hours 12`: a wall that stands for hours while everything around it goes wrong.

10,000 workers move, their phones sending to a real service. Every round the service is restarted, the network is cut,
and the graphics context is lost. What is asked: the renderer's memory within 10 % of the first hour's (of the first
round of a shorter run), no console error but those of the cuts themselves, and a wall that is live again by itself.
`--minutes 10` is the same in short.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from benchmarks.phones import sending
from benchmarks.phones.place import PASSWORD, PORT, Place, employ, place, until_ready
from benchmarks.walls.browser import THERE, Renderer, chromium, sign_in

_WORKERS, _EVERY_S = 10_000, 30
_URL = f"http://127.0.0.1:{PORT}"
_VIEW = "map=12.70/36.0100/118.1000"
_WITHIN = 1.10
_BACK_MS = 120_000
_LOSE = """() => new Promise((done) => {
  const lost = gridtwin.map.getCanvas().getContext('webgl2').getExtension('WEBGL_lose_context');
  gridtwin.map.once('webglcontextrestored', () => done(true));
  gridtwin.map.once('webglcontextlost', () => setTimeout(() => lost.restoreContext(), 500));
  lost.loseContext();
})"""
_CUT = ("net::ERR_", "WebSocket connection", "Failed to load resource", "Failed to fetch")
"""What a browser writes by itself when a request finds nobody; only counted away from the cuts."""


class _Walkers(threading.Thread):
    """Phones that send a fix each half minute; while the service is away they wait."""

    def __init__(self, tokens: list[str]) -> None:
        super().__init__(daemon=True)
        self._tokens = tokens
        self.ended = threading.Event()
        self.sent = 0

    def run(self) -> None:
        """Sends until it is ended."""
        sending.run(self._all())

    async def _all(self) -> None:
        share = len(self._tokens) // 8
        await asyncio.gather(*(self._some(range(k * share, (k + 1) * share)) for k in range(8)))

    async def _some(self, phones: range) -> None:
        lap = 0
        while not self.ended.is_set():
            lap += 1
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
                reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
                with contextlib.closing(writer):
                    for phone in phones:
                        if self.ended.is_set():
                            return
                        began = time.monotonic()
                        writer.write(self._request(phone, lap))
                        await self._answer(reader)
                        self.sent += 1
                        await asyncio.sleep(max(0.0, _EVERY_S / len(phones) - (time.monotonic() - began)))
            await asyncio.sleep(0.5)

    def _request(self, phone: int, lap: int) -> bytes:
        lon = 118 + phone // 1000 % 20 * 0.02 + phone % 40 * 5e-4 + lap % 50 * 1e-5
        lat = 36 + phone % 1000 // 40 * 8e-4 + lap % 30 * 1e-5
        return sending.request(self._tokens[phone], [sending.fix(lon, lat, time.time())])

    @staticmethod
    async def _answer(reader: asyncio.StreamReader) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)


@dataclass
class _Watch:
    """What the page complained of, and whether a cut was under way."""

    cutting: bool = False
    complaints: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        """Notes an error that no cut explains."""
        if message.type == "error" and not (self.cutting and any(word in message.text for word in _CUT)):
            self.complaints.append(message.text[:300])


def _live(page: Page) -> None:
    expect(page.locator(".wl-live")).to_have_attribute("data-live", "true", timeout=_BACK_MS)
    page.evaluate(THERE)


@contextlib.contextmanager
def _cut(page: Page, watch: _Watch) -> Iterator[None]:
    watch.cutting = True
    try:
        yield
        _live(page)
        page.wait_for_timeout(12_000)  # what was asked during the cut has been tried again
    finally:
        watch.cutting = False


def _round(page: Page, where: Place, process: list[subprocess.Popen[bytes]], watch: _Watch, until: float) -> None:
    """One of each misfortune, then quiet until the round is over."""
    with _cut(page, watch):
        process[0].terminate()
        process[0].wait(60)
        expect(page.locator(".wl-live")).to_have_attribute("data-live", "false", timeout=_BACK_MS)
        process[0] = where.start()
        until_ready()
    with _cut(page, watch):
        page.context.set_offline(True)
        expect(page.locator(".wl-live")).to_have_attribute("data-live", "false", timeout=_BACK_MS)
        page.context.set_offline(False)
    page.evaluate(_LOSE)
    _live(page)
    while time.monotonic() < until:
        page.wait_for_timeout(1000)


def _stand(browser: Browser, where: Place, tokens: list[str], seconds: float, rounds: int) -> bool:
    process: list[subprocess.Popen[bytes]] = [where.start()]
    until_ready()
    walkers = _Walkers(tokens)
    walkers.start()
    watch = _Watch()
    context = browser.new_context(viewport={"width": 1280, "height": 720}, device_scale_factor=0.1)
    page = context.new_page()
    page.on("console", watch.heard)
    page.on("pageerror", lambda error: watch.complaints.append(str(error)[:300]))
    try:
        sign_in(page, _URL, "admin", PASSWORD)
        page.goto(f"{_URL}/wall#{_VIEW}")
        _live(page)
        renderer = Renderer(browser, page)
        page.wait_for_timeout(min(60_000, seconds * 50))
        began = time.monotonic()
        told: list[float] = []
        print("  time    renderer MB   heap MB   fixes sent   live", flush=True)
        for turn in range(rounds):
            _round(page, where, process, watch, began + seconds * (turn + 1) / rounds)
            memory = statistics.median(_sample(page, renderer) for _ in range(5))
            told.append(memory)
            shown = page.locator(".wl-live").get_attribute("data-live")
            past = (time.monotonic() - began) / 60
            print(f"  {past:6.1f} min {memory:8.0f} {renderer.heap():10.1f} {walkers.sent:12,}   {shown}", flush=True)
        worst = max(told) / told[0]
        print(f"memory at most {worst * 100:.1f} % of the first round's (limit {_WITHIN * 100:.0f} %)")
        print(f"complaints beside the cuts: {len(watch.complaints)} (limit 0)", *watch.complaints[:10], sep="\n  ")
        return worst <= _WITHIN and not watch.complaints
    finally:
        walkers.ended.set()
        walkers.join(40)
        context.close()
        process[0].terminate()
        process[0].wait(60)


def _sample(page: Page, renderer: Renderer) -> float:
    page.wait_for_timeout(400)
    return renderer.memory()


def main(words: list[str]) -> int:
    """Stands; 0 when the wall stood well."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.split("\n")[0])
    how_long = parser.add_mutually_exclusive_group()
    how_long.add_argument("--hours", type=float, default=12.0, help="how long it stands (12)")
    how_long.add_argument("--minutes", type=float, help="the same in minutes")
    given = parser.parse_args(words)
    seconds = given.minutes * 60 if given.minutes else given.hours * 3600
    rounds = max(3, min(12, round(seconds / 150)))
    with place() as where, chromium() as browser:
        tokens = employ(where.dsn, _WORKERS, _WORKERS)
        with psycopg.connect(where.dsn, autocommit=True) as connection:
            connection.execute("UPDATE twin SET title = 'soak'")
        return 0 if _stand(browser, where, tokens, seconds, rounds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
