"""Placing oblong footprints on a parcel, in a frame turned so that rows run along x."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, Polygon

Interval = tuple[float, float]


class Turned:
    """A frame turned by `angle` about a point: `into` it and `back` out of it."""

    def __init__(self, angle: float, about: tuple[float, float]) -> None:
        self._about = np.array(about)
        self._cos, self._sin = math.cos(angle), math.sin(angle)

    def _rotate(self, xy: NDArray[np.float64], sin: float) -> NDArray[np.float64]:
        x, y = xy[:, 0], xy[:, 1]
        return np.column_stack((x * self._cos - y * sin, x * sin + y * self._cos))

    def into(self, geometry: Geometry) -> Geometry:
        """A geometry of the plane, in this frame."""
        return shapely.transform(geometry, lambda xy: self._rotate(xy - self._about, -self._sin))

    def back(self, geometry: Geometry) -> Geometry:
        """A geometry of this frame, in the plane."""
        return shapely.transform(geometry, lambda xy: self._rotate(xy, self._sin) + self._about)

    def axis(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        """A line of this frame in the plane."""
        (a, b), (c, d) = self._rotate(np.array([[x0, y0], [x1, y1]]), self._sin) + self._about
        return float(a), float(b), float(c), float(d)


def swapped(geometry: Geometry) -> Geometry:
    """A geometry with x and y exchanged, so that a column can be filled like a row."""
    return shapely.transform(geometry, lambda xy: xy[:, ::-1])


def free_intervals(zone: Geometry, y0: float, y1: float, least: float = 0.0) -> list[Interval]:
    """The x-intervals in which the whole strip y0…y1 lies inside `zone`, none shorter than `least`."""
    if zone.is_empty:
        return []
    west, _, east, _ = zone.bounds
    blocked = shapely.difference(shapely.box(west - 1, y0, east + 1, y1), zone)
    taken = sorted((p.bounds[0], p.bounds[2]) for p in shapely.get_parts(blocked) if p.area > 1e-6)
    found, at = [], west
    for start, end in taken:
        if start - at >= least:
            found.append((at, start))
        at = max(at, end)
    if east - at >= least:
        found.append((at, east))
    return [(a, b) for a, b in found if b - a > 0.5]


def minus(interval: Interval, start: float, end: float) -> list[Interval]:
    """An interval without what lies between `start` and `end`."""
    a, b = interval
    if end <= a or start >= b:
        return [interval]
    return [part for part in ((a, start), (end, b)) if part[1] - part[0] > 0.5]


def fill(interval: Interval, lengths: Sequence[float], gap: float, most_gap: float) -> list[Interval]:
    """Fills an interval with footprints of the given lengths, in their order, as many as fit.

    What is left over widens the gaps up to `most_gap`; the row stands in the middle of the rest.
    """
    room = interval[1] - interval[0]
    chosen: list[float] = []
    for length in lengths:
        if sum(chosen) + length + gap * len(chosen) > room:
            break
        chosen.append(length)
    if not chosen:
        return []
    left = room - sum(chosen)
    between = min(most_gap, left / (len(chosen) - 1)) if len(chosen) > 1 else 0.0
    at = interval[0] + (left - between * (len(chosen) - 1)) / 2
    spots = []
    for length in chosen:
        spots.append((at, at + length))
        at += length + between
    return spots


def slab(x0: float, y0: float, x1: float, y1: float, units: int, notch: float) -> Polygon:
    """A slab with a recess on the north between its stairwells and shallow bays on the south."""
    if units < 1 or notch <= 0:
        return shapely.box(x0, y0, x1, y1)
    ring: list[tuple[float, float]] = []
    width = (x1 - x0) / units
    for k in range(units):
        a, b = x0 + k * width, x0 + (k + 1) * width
        if k:
            ring += [(a - width * 0.12, y0), (a - width * 0.12, y0 + notch), (a + width * 0.12, y0 + notch)]
            ring.append((a + width * 0.12, y0))
        else:
            ring.append((a, y0))
        if k == units - 1:
            ring.append((b, y0))
    for k in range(units - 1, -1, -1):
        a, b = x0 + k * width, x0 + (k + 1) * width
        middle = (a + b) / 2
        if k == units - 1:
            ring.append((b, y1))
        ring += [(middle + width * 0.16, y1), (middle + width * 0.16, y1 - notch)]
        ring += [(middle - width * 0.16, y1 - notch), (middle - width * 0.16, y1)]
        if k == 0:
            ring.append((a, y1))
    return Polygon(ring)


def ellipse(x: float, y: float, a: float, b: float, corners: int = 24) -> Polygon:
    """An ellipse about (x, y)."""
    t = np.arange(corners) * 2 * math.pi / corners
    return Polygon(np.column_stack((x + a * np.cos(t), y + b * np.sin(t))))


def running_track(x: float, y: float, width: float, length: float) -> Polygon:
    """A running track's outline, its long axis north to south."""
    straight = shapely.LineString([(x, y - (length - width) / 2), (x, y + (length - width) / 2)])
    return shapely.buffer(straight, width / 2, quad_segs=8)


def smooth(points: np.ndarray, pieces: int = 10) -> np.ndarray:
    """A Catmull-Rom curve through points of shape (n, 2); the first and last only give direction."""
    t = np.linspace(0, 1, pieces, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*parts, points[-2:-1]])
