"""Fences on the ground in an index, and what a way does to them: enter, leave, dwell, cross.

Whoever is inside stays so until they are some metres outside, so that a receiver's noise at a border tells nothing.
Places are rounded to two metres; the same fixes give the same events, however they arrive.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from live.lasts import NEVER

ENTER, LEAVE, DWELL, CROSS, OUTSIDE, BACK = "enter", "leave", "dwell", "cross", "outside", "back"
GRID, ZONE, TARGET = "grid", "zone", "target"
_METRES = 111_195.0  # a degree of latitude
_ROUNDED_M = 2.0
_OUT_M = 15.0
_GRID_IN_M, _GRID_OUT_M = 8.0, 20.0
_TOGETHER = 8  # places in a row that are looked up in the index as one box
_LONG_M = 20.0  # shorter ways between two fixes can't cross anything worth telling
_ONE_WAY_US = 300_000_000  # between fixes farther apart in time nobody knows the way


class Fence(NamedTuple):
    """A fence: kind and id, a grid's code, its polygon (lon, lat), since when (µs), after how long a stay is told."""

    kind: str
    id: int
    code: str
    shape: shapely.Geometry
    since: int = 0
    dwell_s: int | None = None
    name: str = ""
    area_id: int | None = None


class Event(NamedTuple):
    """Something that happened at a fence; µs since 1970, degrees, how long somebody was inside."""

    at: int
    kind: str
    fence: Fence
    lon: float
    lat: float
    seconds: float | None = None


@dataclass
class Stay:
    """Where a worker is by day: the fences they are inside of, since when, and which stays have been told."""

    day: int
    inside: dict[tuple[str, int], int] = field(default_factory=dict)
    told: set[tuple[str, int]] = field(default_factory=set)
    outside: bool = False


class Fences:
    """An index of fences; made once for a set of them."""

    def __init__(self, fences: Sequence[Fence]) -> None:
        self.fences = list(fences)
        self.keys = [(fence.kind, fence.id) for fence in fences]
        self.of_key = {key: place for place, key in enumerate(self.keys)}
        self.of_grid = {fence.code: place for place, fence in enumerate(fences) if fence.kind == GRID}
        shapes = np.array([fence.shape for fence in fences], dtype=object)
        grids = np.array([fence.kind == GRID for fence in fences], np.bool_)
        middle = shapely.total_bounds(shapes)[[1, 3]].mean() if len(shapes) else 0.0
        self._scale = (_METRES * np.cos(np.radians(middle if np.isfinite(middle) else 0.0)), _METRES)
        flat = shapely.transform(shapes, self._flat) if len(shapes) else shapes
        self._inner = shapely.buffer(flat, np.where(grids, -_GRID_IN_M, 0.0), quad_segs=2)
        self._inner = np.where(shapely.is_empty(self._inner), flat, self._inner)
        self._outer = shapely.buffer(flat, np.where(grids, _GRID_OUT_M, _OUT_M), quad_segs=2)
        shapely.prepare(self._inner)
        shapely.prepare(self._outer)
        self._bounds = shapely.bounds(self._outer).reshape(-1, 4)
        self._tree = shapely.STRtree(self._outer)
        chance = np.random.default_rng(1)
        self._marks = chance.integers(1, 2**62, (2, max(1, len(self.fences))))
        self.dwelling = any(fence.dwell_s for fence in fences)

    def _flat(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        return places * self._scale

    def look(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], at: NDArray[np.int64], first: NDArray[np.bool_]
    ) -> Look:
        """Looks at ways, one after the other, each in the order of time; `first` marks where one begins."""
        places = np.round(self._flat(np.stack((lon, lat), 1)) / _ROUNDED_M) * _ROUNDED_M
        same = np.r_[False, (places[1:] == places[:-1]).all(1)] & ~first
        kept = np.flatnonzero(~same)
        point, fence = self._around(places[kept], first[kept])
        point = kept[point]
        within = shapely.intersects_xy(self._inner[fence], places[point, 0], places[point, 1])
        marks = np.zeros(len(lon), np.int64)
        np.add.at(marks, point, self._marks[0, fence] + np.where(within, self._marks[1, fence], 0))
        changed = np.zeros(len(lon), np.bool_)
        changed[kept] = np.r_[True, marks[kept][1:] != marks[kept][:-1]] | first[kept]
        crossed = self._crossed(places, at, first, point, fence)
        told = np.flatnonzero(changed[point])
        told = told[np.lexsort((fence[told], point[told]))]
        return Look(changed, point[told].tolist(), fence[told].tolist(), within[told].tolist(), crossed)

    def _around(
        self, places: NDArray[np.float64], first: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which places lie in which fences' surroundings; asks the index once for some places in a row."""
        if not len(places):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        numbers = np.arange(len(places))
        begins = np.maximum.accumulate(np.where(first, numbers, 0))
        starts = np.flatnonzero(first | ((numbers - begins) % _TOGETHER == 0))
        sizes = np.diff(starts, append=len(places))
        least, most = np.minimum.reduceat(places, starts), np.maximum.reduceat(places, starts)
        block, fence = self._tree.query(shapely.box(least[:, 0], least[:, 1], most[:, 0], most[:, 1]))
        each = sizes[block]
        point = np.repeat(starts[block] - np.cumsum(each) + each, each) + np.arange(each.sum())
        fence = np.repeat(fence, each)
        x, y, bounds = places[point, 0], places[point, 1], self._bounds[fence]
        near = (x >= bounds[:, 0]) & (y >= bounds[:, 1]) & (x <= bounds[:, 2]) & (y <= bounds[:, 3])
        point, fence = point[near], fence[near]
        inside = shapely.intersects_xy(self._outer[fence], x[near], y[near])
        return point[inside], fence[inside]

    def _crossed(
        self, places: NDArray[np.float64], at: NDArray[np.int64], first: NDArray[np.bool_], point: NDArray[np.int64],
        fence: NDArray[np.int64],
    ) -> list[tuple[int, int]]:  # fmt: skip
        """Fences that a way between two fixes crossed though neither lies in them: (place of the second, fence)."""
        far = np.hypot(*np.diff(places, axis=0).T) > _LONG_M
        ends = np.flatnonzero(far & ~first[1:] & (np.diff(at) <= _ONE_WAY_US)) + 1
        if not len(ends):
            return []
        ways = shapely.linestrings(np.stack((places[ends - 1], places[ends]), 1))
        way, met = self._tree.query(ways, predicate="intersects")
        size = len(self.fences)
        there = np.isin(ends[way] * size + met, point * size + fence)
        before = np.isin((ends[way] - 1) * size + met, point * size + fence)
        open_ = ~there & ~before
        way, met = way[open_], met[open_]
        real = shapely.intersects(self._inner[met], ways[way])
        return sorted(zip(ends[way[real]].tolist(), met[real].tolist(), strict=True))


class Look(NamedTuple):
    """What an index says about ways: where the set of fences changes, and there (fix, fence, well inside) by fix."""

    changed: NDArray[np.bool_]
    point: list[int]
    fence: list[int]
    within: list[bool]
    crossed: list[tuple[int, int]]

    def at(self, place: int) -> dict[int, bool]:
        """The fences around a fix where they changed, and whether it lies well inside."""
        first = bisect_left(self.point, place)
        last = bisect_left(self.point, place + 1, first)
        return dict(zip(self.fence[first:last], self.within[first:last], strict=True))


def follow(
    fences: Fences, look: Look, stay: Stay, own: int | None, span: tuple[int, int], known: bool,
    at: NDArray[np.int64], lon: NDArray[np.float64], lat: NDArray[np.float64],
) -> list[Event]:  # fmt: skip
    """The events of one worker's way from place `span[0]` to `span[1]`; changes `stay`.

    `own` is the place of the worker's grid. With `known` the first place is where the worker was before.
    """
    begin, end = span
    events: list[Event] = []

    def tell(place: int, kind: str, fence: Fence, seconds: float | None = None) -> None:
        if at[place] >= fence.since:
            events.append(Event(int(at[place]), kind, fence, float(lon[place]), float(lat[place]), seconds))

    changes = (np.flatnonzero(look.changed[begin:end]) + begin).tolist()
    for number, place in enumerate(changes):
        if not (known and place == begin):
            _step(fences, look.at(place), stay, own, place, tell, int(at[place]), fresh=not known and place == begin)
        if fences.dwelling:
            until = changes[number + 1] if number + 1 < len(changes) else end
            _stays(fences, stay, place, until, at, tell)
    for place, met in look.crossed[bisect_left(look.crossed, (begin + 1, 0)) : bisect_left(look.crossed, (end, 0))]:
        tell(place, CROSS, fences.fences[met])
    return events


def due(fences: Fences, stay: Stay) -> int:
    """When the next stay is to be told (µs since 1970), if nothing changes till then; NEVER for none."""
    times = [
        since + dwell_s * 1_000_000
        for key, since in stay.inside.items()
        if key not in stay.told
        and (of_key := fences.of_key.get(key)) is not None
        and (dwell_s := fences.fences[of_key].dwell_s)
    ]
    return min(times, default=NEVER)


def _step(
    fences: Fences, around: dict[int, bool], stay: Stay, own: int | None, place: int, tell: _Tell, at: int,
    *, fresh: bool,
) -> None:  # fmt: skip
    for key, since in list(stay.inside.items()):
        of_key = fences.of_key.get(key)
        if of_key is None or of_key not in around:
            del stay.inside[key]
            stay.told.discard(key)
            if of_key is not None:
                tell(place, LEAVE, fences.fences[of_key], (at - since) / 1e6)
    for met, within in around.items():
        key = fences.keys[met]
        if key not in stay.inside and (within or (fresh and met == own)):
            stay.inside[key] = at
            tell(place, ENTER, fences.fences[met])
    if own is not None:
        outside = fences.keys[own] not in stay.inside
        if outside != stay.outside:
            tell(place, OUTSIDE if outside else BACK, fences.fences[own])
        stay.outside = outside


def _stays(fences: Fences, stay: Stay, place: int, until: int, at: NDArray[np.int64], tell: _Tell) -> None:
    latest = at[until - 1]
    for key, since in stay.inside.items():
        fence = fences.fences[fences.of_key[key]] if key in fences.of_key else None
        if fence is None or not fence.dwell_s or key in stay.told or latest < since + fence.dwell_s * 1_000_000:
            continue
        first = place + int(np.searchsorted(at[place:until], since + fence.dwell_s * 1_000_000))
        if first < until:
            stay.told.add(key)
            tell(first, DWELL, fence, float(fence.dwell_s))


class _Tell(Protocol):
    """How an event is told: place, kind, fence, seconds."""

    def __call__(self, place: int, kind: str, fence: Fence, seconds: float | None = None) -> None: ...
