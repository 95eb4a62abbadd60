"""The pyramid of tiles in EPSG:3857 (XYZ), and which of them a place touches."""

from __future__ import annotations

from dataclasses import dataclass

from tiles.layers import BUFFER, EXTENT

HALF = 20037508.342789244  # half the width of EPSG:3857, in its metres
_DRAWN = (BUFFER + 6) / EXTENT  # how far beyond its box a tile draws, as a share of it: the buffer, and what is rounded

Extent = tuple[float, float, float, float]
"""(west, south, east, north) in EPSG:3857."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the XYZ pyramid in EPSG:3857."""

    z: int
    x: int
    y: int
    shift: tuple[float, float] = (0.0, 0.0)
    """By how much what it shows is moved east and north, in metres of EPSG:3857 (tiles/public.py)."""

    def exists(self) -> bool:
        """Whether column and row lie inside the pyramid."""
        columns: int = 2**self.z
        return 0 <= self.x < columns and 0 <= self.y < columns

    def block(self) -> tuple[Tile, ...]:
        """The four tiles that a tile of the zoom above is divided into, this one among them; alone at zoom 0."""
        if self.z == 0:
            return (self,)
        x, y = self.x & ~1, self.y & ~1
        return tuple(Tile(self.z, x + dx, y + dy, self.shift) for dy in (0, 1) for dx in (0, 1))

    def box(self) -> dict[str, float]:
        """The tile's box, the same widened by the buffer (`reach_*`), and the size of one tile unit, in 3857."""
        size = 2 * HALF / 2**self.z
        west, north = self.x * size - HALF - self.shift[0], HALF - self.y * size - self.shift[1]
        margin = size * BUFFER / EXTENT
        return {
            "west": west,
            "south": north - size,
            "east": west + size,
            "north": north,
            "reach_west": west - margin,
            "reach_south": north - size - margin,
            "reach_east": west + size + margin,
            "reach_north": north + margin,
            "unit": size / EXTENT,
        }


def touched(extent: Extent, zoom: int) -> tuple[int, int, int, int]:
    """The tiles of a zoom that draw something of an extent: first and last column, first and last row."""
    west, south, east, north = extent
    size = 2 * HALF / 2**zoom
    last = 2**zoom - 1
    return (
        max(0, int((west + HALF) / size - _DRAWN)),
        min(last, int((east + HALF) / size + _DRAWN)),
        max(0, int((HALF - north) / size - _DRAWN)),
        min(last, int((HALF - south) / size + _DRAWN)),
    )
