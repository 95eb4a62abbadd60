"""`make pictures`, or `python -m pictures NAME …`: takes the pictures of the documentation and of the READMEs."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pictures import views
from pictures.camera import Camera, camera

PICTURES: dict[str, Callable[[Camera], None]] = {
    "street-day": lambda by: views.street(by, "street-day"),
    "street-night-3d": lambda by: views.street(by, "street-night-3d"),
    "estate": lambda by: views.street(by, "estate"),
    "walls": views.walls,
    "tokyo": views.tokyo,
    "cambridge": views.cambridge,
    "zooms": views.zooms,
}
_ALL: list[Callable[[Camera], None]] = [
    lambda by: views.street(by, "all"),
    views.walls,
    views.tokyo,
    views.cambridge,
    views.zooms,
]


def main(wanted: list[str]) -> int:
    """Takes the named pictures, all by default; 64 for a name that isn't one. Skips what has no data here."""
    unknown = [name for name in wanted if name not in PICTURES]
    if unknown:
        print(f"There is no picture {', '.join(unknown)}; there are {', '.join(PICTURES)}.", file=sys.stderr)
        return 64
    with camera() as by:
        for take in [PICTURES[name] for name in wanted] or _ALL:
            try:
                take(by)
            except views.NotHere as missing:
                print(f"  skipped: the real data is not at {missing}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
