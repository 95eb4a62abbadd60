"""Estates by age: how high, how deep and how far apart their slabs stand, and how rows fill a parcel."""

from __future__ import annotations

import random
from dataclasses import dataclass

from shapely import Polygon

from gridtwin.demo.town.packing import free_intervals


@dataclass(frozen=True, slots=True)
class Style:
    """How estates of one age are built. Lengths in metres."""

    levels: tuple[int, int]
    storey: float
    depth: float
    unit: float
    units: tuple[int, ...]
    per_floor: tuple[int, ...]
    gap: float
    most_gap: float
    sun: float
    years: tuple[int, int]
    notch: float
    floor_range: tuple[int, int]
    garden: float
    fewer: tuple[int, ...]


STYLES = {
    "walkup": Style((5, 6), 2.9, 11.6, 15.0, (3, 4, 4, 5), (2,), 9.0, 17.0, 1.3, (1987, 2003), 1.0, (4, 7), 0.0, (0,)),
    "midrise": Style(
        (11, 16),
        2.95,
        13.2,
        19.0,
        (3, 3, 4),
        (2, 2, 2, 3),
        16.0,
        36.0,
        1.2,
        (2004, 2014),
        1.6,
        (7, 18),
        24.0,
        (0, 0, 0, 1),
    ),
    "tower": Style(
        (24, 30), 2.95, 16.5, 29.0, (1, 1, 2), (4,), 36.0, 70.0, 1.2, (2013, 2023), 2.4, (22, 33), 30.0, (0, 0, 1, 2)
    ),
}


def row_places(south: float, north: float, depth: float, pitch: float, most: float) -> list[float]:
    """Where rows begin, from the south; slack widens the rows up to the pitch `most`."""
    count = int((north - south - depth) // pitch) + 1
    if count < 1 or north - south < depth:
        return []
    if count == 1:
        return [south + (north - south - depth) * 0.6]
    wide = min(most, (north - south - depth) / (count - 1))
    start = south + (north - south - depth - wide * (count - 1)) / 2
    return [start + k * wide for k in range(count)]


def usable(zone: Polygon, style: Style) -> tuple[float, float]:
    """From where to where rows can stand: a parcel's slanting ends are too narrow for one."""
    west, south, east, north = zone.bounds
    steps = [south + 2.5 * k for k in range(int((north - south - style.depth) / 2.5) + 1)]
    room = [sum(b - a for a, b in free_intervals(zone, y, y + style.depth, style.unit)) for y in steps]
    wide = [y for y, free in zip(steps, room, strict=True) if free > 0.62 * (east - west)]
    return (wide[0], wide[-1] + style.depth) if wide else (south, north)


def stairwells(style: Style, room: float, draw: random.Random) -> list[int]:
    """How many stairwells each slab of a row has, so that the row fills its room."""
    chosen: list[int] = []
    usual = draw.choice(style.units)
    while True:
        left = room - sum(u * style.unit + style.gap for u in chosen)
        fitting = [u for u in (*style.units, min(style.units) - 1 or 1) if u * style.unit <= left]
        if not fitting or len(chosen) > 12:
            return chosen
        alike = style.sun > 1.25 and usual in fitting
        chosen.append(usual if alike else draw.choice([u for u in fitting if u in style.units] or fitting))


def best_levels(style: Style, room: float, draw: random.Random) -> int:
    """As high as the sun rule lets rows stand that share the parcel's depth well."""

    def dwellings(levels: int) -> float:
        rows = int((room - style.depth) // (style.depth + style.sun * levels * style.storey + 1.0)) + 1
        return rows * levels * draw.uniform(0.88, 1.0)

    return max(range(style.levels[0], style.levels[1] + 1), key=dwellings)
