"""Workers who walk: along the streets within their grids, with pauses. Nothing here knows how a phone sends."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import shapely

_STREETS = (Path(__file__).parent / "streets_of_grids.sql").read_text(encoding="utf-8")
_METRES = 111_195.0  # a degree of latitude
_WALK_M_S = (0.9, 1.6)
_PAUSE_S = (30.0, 240.0)
_PAUSE_AFTER_M = 400.0  # on average

Place = tuple[float, float]


@dataclass
class Streets:
    """The streets of a grid as a graph: each corner (lon, lat) and the corners that a street leads to."""

    corners: dict[Place, list[Place]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[list[Place]]) -> Streets:
        """The largest connected part of some lines."""
        corners: dict[Place, list[Place]] = {}
        for line in lines:
            rounded = [(round(lon, 7), round(lat, 7)) for lon, lat in line]
            for here, there in itertools.pairwise(rounded):
                if here != there:
                    corners.setdefault(here, []).append(there)
                    corners.setdefault(there, []).append(here)
        largest: set[Place] = set()
        seen: set[Place] = set()
        for corner in corners:
            if corner not in seen:
                part = _reachable(corners, corner)
                seen |= part
                largest = max(largest, part, key=len)
        return cls({corner: corners[corner] for corner in corners if corner in largest})


def _reachable(corners: dict[Place, list[Place]], start: Place) -> set[Place]:
    found, waiting = {start}, [start]
    while waiting:
        for there in corners[waiting.pop()]:
            if there not in found:
                found.add(there)
                waiting.append(there)
    return found


@dataclass(frozen=True)
class Step:
    """Where a walker is: (lon, lat) in degrees, metres a second, degrees clockwise from north."""

    lon: float
    lat: float
    speed: float
    heading: float


class Walker:
    """Walks from corner to corner, turns back only where a street ends, and stops now and then."""

    def __init__(self, worker: str, streets: Streets, seed: int) -> None:
        self.worker = worker
        self._corners = streets.corners
        self._chance = random.Random(f"{seed}/{worker}")  # noqa: S311 - a demo, and the same one each time
        self._from = self._chance.choice(sorted(self._corners))
        self._to = self._chance.choice(self._corners[self._from])
        self._gone = self._chance.random() * _length(self._from, self._to)
        self._speed = self._chance.uniform(*_WALK_M_S)
        self._pause = 0.0

    def walk(self, seconds: float) -> Step:
        """Goes on for some time and says where that leads."""
        paused = min(self._pause, seconds)
        self._pause -= paused
        self._gone += self._speed * (seconds - paused)
        while self._gone >= (length := _length(self._from, self._to)):
            self._gone -= length
            ways = [corner for corner in self._corners[self._to] if corner != self._from]
            self._from, self._to = self._to, self._chance.choice(ways or [self._from])
        if self._pause <= 0 and self._chance.random() < self._speed * seconds / _PAUSE_AFTER_M:
            self._pause = self._chance.uniform(*_PAUSE_S)
            self._speed = self._chance.uniform(*_WALK_M_S)
        share = self._gone / length if length else 0.0
        east = (self._to[0] - self._from[0]) * math.cos(math.radians(self._from[1]))
        north = self._to[1] - self._from[1]
        return Step(
            self._from[0] + share * (self._to[0] - self._from[0]),
            self._from[1] + share * (self._to[1] - self._from[1]),
            0.0 if paused >= seconds > 0 else self._speed,
            math.degrees(math.atan2(east, north)) % 360,
        )


def _length(here: Place, there: Place) -> float:
    east = (there[0] - here[0]) * math.cos(math.radians(here[1]))
    return max(0.1, _METRES * math.hypot(east, there[1] - here[1]))


def streets(connection: psycopg.Connection, most: int) -> list[tuple[str, Streets]]:
    """The streets of the grids of the first `most` workers, by number; a grid without streets is walked around."""
    found = []
    for worker, network in connection.execute(_STREETS, {"most": most}):
        shape = shapely.from_wkb(bytes(network))
        parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("LineString", "LinearRing")]
        own = Streets.of([[(float(x), float(y)) for x, y in part.coords] for part in parts])
        if own.corners:
            found.append((worker, own))
    return found


def read(connection: psycopg.Connection, most: int, *, seed: int = 1) -> list[Walker]:
    """A walker for each of the first `most` workers with a grid, by number."""
    return [Walker(worker, own, seed) for worker, own in streets(connection, most)]
