"""The first useful picture: from the address to a street's communities with their names, in a real browser.

Then it can be read and used; buildings, streets and all other names follow, and are timed as well. The service is warm,
the browser's store is empty. Beside it the same page with every layer hidden, which is what the browser takes for the
program, its two scripts and an empty map: the rest is ours. Without a GPU the browser draws in software.
"""

from __future__ import annotations

import statistics

from playwright.sync_api import Page

from pictures.camera import Camera, camera
from pictures.service import twin

_TURNS = 5
_MOST_S = 2.0
_SIZE = (1440, 900)
_HIDDEN = "hide=areas,grids,buildings,addresses,facilities,streets,ground,labels,issues,workers"
_NAMES = 10
"""So many communities' names, of 31, stand on the map by then."""
_WATCH = """
  const look = () => {
    const map = window.gridtwin && window.gridtwin.map;
    if (!map) return setTimeout(look, 5);
    const note = (name) => { if (!(name in marks)) marks[name] = performance.now(); };
    const marks = (window.marks = {});
    map.on('render', () => {
      if ('useful' in marks || !map.getLayer('label-community')) return;
      if (map.queryRenderedFeatures({layers: ['area-line']}).length) note('first');
      if (map.queryRenderedFeatures({layers: ['label-community']}).length >= NAMES) note('useful');
    });
    map.once('idle', () => note('whole'));
  };
  look();
""".replace("NAMES", str(_NAMES))


def _open(by: Camera, url: str, view: str) -> dict[str, float]:
    """Seconds from the address to the first areas on the map, to their names, and to all of it."""
    with by.looking(url, view, _SIZE, before=lambda page: page.add_init_script(_WATCH)) as page:
        return _marks(page)


def _marks(page: Page) -> dict[str, float]:
    page.wait_for_function("() => window.marks && 'whole' in window.marks")
    return {name: ms / 1000 for name, ms in page.evaluate("() => window.marks").items()}


def main() -> bool:
    """Prints the times; whether the picture was useful in time."""
    with camera() as by, twin() as demo, demo.serving("--demo") as url:
        _open(by, url, "")  # the service's tiles are rendered and kept from now on
        full = [_open(by, url, "") for _ in range(_TURNS)]
        empty = [_open(by, url, _HIDDEN) for _ in range(_TURNS)]
    print(f"the page at {_SIZE[0]} × {_SIZE[1]}, an empty store, {_TURNS} times     median s   slowest s")
    rows = {
        "an empty map (the browser's own work)": [one["whole"] for one in empty],
        "first areas of the street": [one["first"] for one in full],
        f"{_NAMES} communities with their names": [one["useful"] for one in full],
        "the whole street with its names": [one["whole"] for one in full],
    }
    for name, seconds in rows.items():
        print(f"{name:<48}{statistics.median(seconds):12.2f}{max(seconds):12.2f}")
    useful = statistics.median(one["useful"] for one in full)
    ratio = useful / statistics.median(rows["an empty map (the browser's own work)"])
    print(f"useful after {useful:.2f} s, at most {_MOST_S:.0f}; {ratio:.1f} times an empty map")
    return useful <= _MOST_S


if __name__ == "__main__":
    main()
