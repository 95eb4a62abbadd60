"""House numbers: which road a compound is entered from, and its number there."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Point

from gridtwin.demo.town.model import Street


class Roadside:
    """Gives out numbers along the named roads, odd on one side and even on the other, none twice."""

    def __init__(self, streets: list[Street]) -> None:
        self._streets = [s for s in streets if s.kind in ("arterial", "secondary", "local") and s.name]
        self._tree = shapely.STRtree(np.array([s.shape for s in self._streets], dtype=object))
        self._given: set[tuple[str, int]] = set()

    def number(self, place: Point) -> tuple[str, str]:
        """The nearest named road to a place, and a number on it such as 125号."""
        street = self._streets[int(self._tree.nearest(place))]
        along = street.shape.project(place)
        a, b = street.shape.interpolate(max(0.0, along - 5)), street.shape.interpolate(along + 5)
        left = (b.x - a.x) * (place.y - a.y) - (b.y - a.y) * (place.x - a.x) > 0
        number = int(along / 12) * 2 + (1 if left else 2)
        while (street.name, number) in self._given:
            number += 2
        self._given.add((street.name, number))
        return street.name, f"{number}号"
