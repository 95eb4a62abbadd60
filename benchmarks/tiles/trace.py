"""A trace of somebody who pans and zooms over Tokyo and over Cambridge, on a screen of 5 × 3 tiles."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

# lon, lat in the middle, how far they walk from it in degrees, the layer that is looked at, first and last zoom
_PLACES = (
    ((139.74, 35.68), 0.045, "buildings", 12, 18),
    ((-71.11, 42.375), 0.035, "areas", 11, 18),
)
_SHARE_OF_TOKYO = 0.85


@dataclass(frozen=True)
class Asked:
    """A tile of one layer."""

    layer: str
    z: int
    x: int
    y: int


def trace(count: int, seed: int = 1) -> list[Asked]:
    """The first `count` distinct tiles of a walk that is the same for the same seed, in the order of asking."""
    chance = random.Random(seed)
    seen: dict[Asked, None] = {}
    while len(seen) < count:
        (lon, lat), reach, layer, first, last = _PLACES[chance.random() > _SHARE_OF_TOKYO]
        zoom = chance.randint(first, last - 2)
        x = (lon + chance.uniform(-reach, reach) + 180) / 360
        y = _row(lat + chance.uniform(-reach, reach))
        for _ in range(12):
            for tile in _screen(layer, zoom, x, y):
                seen.setdefault(tile)
            step = chance.choice(("pan", "pan", "in", "in", "out"))
            if step == "pan":
                x += chance.uniform(-3, 3) / 2**zoom
                y += chance.uniform(-2, 2) / 2**zoom
            else:
                zoom = max(first, min(last, zoom + (1 if step == "in" else -1)))
    return list(seen)[:count]


def _screen(layer: str, zoom: int, x: float, y: float) -> list[Asked]:
    column, row = int(x * 2**zoom), int(y * 2**zoom)
    return [Asked(layer, zoom, column + dx, row + dy) for dy in (0, -1, 1) for dx in (0, -1, 1, -2, 2)]


def _row(lat: float) -> float:
    return (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
