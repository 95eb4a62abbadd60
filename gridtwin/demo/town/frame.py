"""Where the town lies: chance, the bent street lattice, and metres to degrees.

Everything is planned on a lattice (u, v) of arterials, about 860 m by 830 m a cell, then bent into
the plane (x east, y north, metres from the centre) and written as lon, lat with 7 decimals. The bend
is one smooth field for the whole city, so neighbouring streets meet without a seam. It is gentle in
the built-up part and stronger in the country, and straight along the expressway.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

Points = NDArray[np.float64]

CENTRE = (118.09, 36.855)
COLUMNS, ROWS = 11, 9
STEPS = 32  # a cell of the lattice is planned in 32 × 32 steps of about 26 m, all whole numbers
CELL_U, CELL_V = 860.0, 830.0
URBAN_CENTRE = (3.1, 2.9)
EXPRESSWAY_ROW = 7
TURN = math.radians(-3.0)
_ORIGIN_UV = (5.1 * CELL_U, 3.9 * CELL_V)

_A, _E2 = 6378137.0, 0.00669437999014
_SIN2 = math.sin(math.radians(CENTRE[1])) ** 2
METRES_PER_DEGREE = (
    math.radians(1) * _A / math.sqrt(1 - _E2 * _SIN2) * math.cos(math.radians(CENTRE[1])),
    math.radians(1) * _A * (1 - _E2) / (1 - _E2 * _SIN2) ** 1.5,
)


def chance(seed: int, *topic: object) -> random.Random:
    """A stream of chance of its own for every topic: a change in one leaves the others as they are."""
    return random.Random(":".join(map(str, (seed, *topic))))  # noqa: S311 - a town to look at, no secret


def _smoothstep(low: float, high: float, value: Points) -> Points:
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share))


class Frame:
    """The lattice of one seed and its way into the plane."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        draw = chance(seed, "bend")
        self._phases = [draw.uniform(0, 1) for _ in range(8)]

    @lru_cache(maxsize=4096)  # noqa: B019 - a Frame lives as long as its town
    def u(self, column: int) -> float:
        """The position of lattice line `column` (running north) in metres."""
        return round(CELL_U * column + chance(self.seed, "u", column).uniform(-60, 60), 3)

    @lru_cache(maxsize=4096)  # noqa: B019 - as above
    def v(self, row: int) -> float:
        """The position of lattice line `row` (running east) in metres."""
        return round(CELL_V * row + chance(self.seed, "v", row).uniform(-55, 55), 3)

    def from_steps(self, steps: Points) -> Points:
        """Whole steps of the lattice (32 a cell) to (u, v) in metres."""
        cell = np.floor(steps / STEPS).astype(int)
        share = steps / STEPS - cell
        low, high = np.empty(steps.shape), np.empty(steps.shape)
        for axis, line in ((0, self.u), (1, self.v)):
            numbers, where = np.unique(cell[:, axis], return_inverse=True)
            low[:, axis] = np.array([line(int(n)) for n in numbers])[where]
            high[:, axis] = np.array([line(int(n) + 1) for n in numbers])[where]
        return np.asarray(low + (high - low) * share)

    def _rural(self, uv: Points) -> Points:
        du = (uv[:, 0] / CELL_U - URBAN_CENTRE[0] + COLUMNS / 2) % COLUMNS - COLUMNS / 2
        dv = (uv[:, 1] / CELL_V - URBAN_CENTRE[1] + ROWS / 2) % ROWS - ROWS / 2
        expressway = np.abs((uv[:, 1] / CELL_V - EXPRESSWAY_ROW + ROWS / 2) % ROWS - ROWS / 2)
        far = _smoothstep(2.2, 3.7, np.hypot(du / 1.25, dv))
        return np.asarray(far * _smoothstep(0.1, 0.8, expressway))

    def to_plane(self, uv: Points) -> Points:
        """(u, v) of the lattice to (x, y) in metres."""
        u, v = uv[:, 0], uv[:, 1]
        p = self._phases
        tau = 2 * np.pi
        rural = self._rural(uv)
        dx = 140 * np.sin(tau * (v / 6100 + u / 17000 + p[0])) + 30 * np.sin(tau * (v / 3700 - u / 5900 + p[1]))
        dy = 80 * np.sin(tau * (u / 8300 - v / 15000 + p[2])) + 22 * np.sin(tau * (u / 3300 + v / 6100 + p[3]))
        dx = dx + rural * (
            85 * np.sin(tau * (v / 1900 + u / 4300 + p[4])) + 38 * np.sin(tau * (v / 1010 - u / 1700 + p[5]))
        )
        dy = dy + rural * (
            80 * np.sin(tau * (u / 2100 - v / 4700 + p[6])) + 36 * np.sin(tau * (u / 1070 + v / 1500 + p[7]))
        )
        du, dv = u - _ORIGIN_UV[0], v - _ORIGIN_UV[1]
        cos, sin = math.cos(TURN), math.sin(TURN)
        return np.column_stack((du * cos - dv * sin + dx, du * sin + dv * cos + dy))

    def bent(self, geometry: Geometry) -> Geometry:
        """A geometry in steps of the lattice, in the plane; every vertex stays a vertex."""
        return shapely.transform(geometry, lambda steps: self.to_plane(self.from_steps(steps)))

    def angle_at(self, steps: tuple[float, float]) -> float:
        """The direction of the lattice's own 'east', in radians, at a place given in steps."""
        ends = np.array([[steps[0] - 2.0, steps[1]], [steps[0] + 2.0, steps[1]]])
        west, east = self.to_plane(self.from_steps(ends))
        return math.atan2(east[1] - west[1], east[0] - west[0])


def to_lonlat(xy: Points) -> Points:
    """(x, y) in metres to (lon, lat), rounded to 7 decimals (about 1 cm)."""
    return np.round(np.asarray(xy) / METRES_PER_DEGREE + CENTRE, 7)


def geographic(geometry: Geometry) -> Geometry:
    """A geometry of the plane in lon, lat. Shared vertices stay shared, because equals round equally."""
    return shapely.transform(geometry, to_lonlat)


def all_geographic(geometries: Sequence[Geometry]) -> list[Geometry]:
    """Many geometries of the plane in lon, lat."""
    return list(shapely.transform(np.array(geometries, dtype=object), to_lonlat))
