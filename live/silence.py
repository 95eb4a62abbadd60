"""Why a phone is silent: guessed from where and how it was last heard, never known.

Phones' systems end apps in the background, mostly of somebody who stands still; in a tunnel, a cellar or behind a
hill several phones fall silent at one place, or the same place has swallowed others before, who brought their fixes
late; and batteries die.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from live.judging import SECOND
from live.whereabouts import Whereabouts

BATTERY, DEAD_ZONE, APP_KILLED = "battery", "dead_zone", "app_killed"
_EMPTY = 0.05
_TOGETHER = 180 * SECOND
_WEAK_M = 50.0
_MOST_PLACES = 20_000
_CELLS_A_DEGREE = 300  # cells of about 370 m
Cell = tuple[int, int]


def cell_of(lon: float, lat: float) -> Cell:
    """The neighbourhood of a point in degrees."""
    return int(lon * _CELLS_A_DEGREE), int(lat * _CELLS_A_DEGREE)


class DeadZones:
    """Places where phones were silent and afterwards brought what they had kept; learned while the service runs."""

    def __init__(self, silent_after: int) -> None:
        self._silent_after = silent_after
        self._seen: Counter[Cell] = Counter()

    def learn(self, before: Whereabouts, after: Whereabouts) -> None:
        """`after` came with a commit: was there a silence in the world that is none in the phone's own record?"""
        silent = after.heard_at - before.heard_at > self._silent_after
        kept_record = after.late_from is not None and after.late_from - before.at < self._silent_after
        if silent and kept_record:
            if len(self._seen) >= _MOST_PLACES:
                self._seen.clear()
            self._seen[cell_of(before.lon, before.lat)] += 1

    def swallowed(self, where: Whereabouts) -> bool:
        """Whether phones have been silent here before, and were alive."""
        return self._seen[cell_of(where.lon, where.lat)] > 0


def fell_silent_together(where: Whereabouts, neighbours: Iterable[Whereabouts]) -> bool:
    """Whether another phone was last heard at about the same time and place."""
    return any(each is not where and abs(each.heard_at - where.heard_at) < _TOGETHER for each in neighbours)


def had_weak_reception(where: Whereabouts) -> bool:
    """Whether the last position was vague while the worker moved: into a building or under ground."""
    return where.accuracy is not None and where.accuracy > _WEAK_M


def battery_was_empty(where: Whereabouts) -> bool:
    """Whether the battery was as good as empty."""
    return where.battery is not None and where.battery <= _EMPTY


def guess(where: Whereabouts, zones: DeadZones, neighbours: Iterable[Whereabouts]) -> str:
    """What a silence rather looks like: "battery", "dead_zone" or "app_killed"; `neighbours` are silent ones nearby."""
    if battery_was_empty(where):
        return BATTERY
    if zones.swallowed(where) or had_weak_reception(where) or fell_silent_together(where, neighbours):
        return DEAD_ZONE
    return APP_KILLED
