"""Judging a fix: an ordered list of small rules that flag and never delete.

A rule looks at the fix, at what is known of its worker before it, and at the moment it arrived.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntFlag
from typing import NamedTuple

from live.fix import Fix
from live.whereabouts import Whereabouts

SECOND = 1_000_000  # microseconds
FUTURE_AFTER = 60 * SECOND
DAY = 86_400 * SECOND
_INACCURATE_M = 200.0
_FASTEST_M_S = 70.0  # 252 km/h
_SHORTEST_JUMP_M = 500.0
_STILL_M = 15.0
_STILL_M_S = 0.5
_NULL_ISLAND_DEG = 0.001
_METRES_A_DEGREE = 111_195.0


class Flag(IntFlag):
    """What is odd about a fix; stored with it, so the numbers stay."""

    NO_COORDINATES = 1
    ZERO = 2
    FUTURE = 4
    PAST = 8
    DUPLICATE = 16
    OUT_OF_ORDER = 32
    INACCURATE = 64
    JUMP = 128
    STANDING_STILL = 256
    MOCKED = 512


DOUBTFUL = int(
    Flag.NO_COORDINATES
    | Flag.ZERO
    | Flag.FUTURE
    | Flag.PAST
    | Flag.INACCURATE
    | Flag.JUMP
    | Flag.MOCKED
    | Flag.DUPLICATE
)
"""Flags of fixes that say nothing reliable about where the worker is: not in "now", nor in a cleaned track."""


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres between two points less than some hundred kilometres apart (equirectangular)."""
    east = (other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return _METRES_A_DEGREE * math.hypot(east, other_lat - lat)


def has_no_coordinates(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """Neither longitude nor latitude, or none on the globe: a heartbeat, as a rule."""
    return fix.lon is None or fix.lat is None or not (-180 <= fix.lon <= 180 and -90 <= fix.lat <= 90)


def is_zero(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """At (0, 0): the receiver had no position."""
    return (
        fix.lon is not None
        and fix.lat is not None
        and (abs(fix.lon) < _NULL_ISLAND_DEG and abs(fix.lat) < _NULL_ISLAND_DEG)
    )


def is_from_the_future(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """Later than the moment it arrived, by more than clocks differ."""
    return fix.at is not None and fix.at > now + FUTURE_AFTER


def is_from_the_past(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """A time that can't be read; times before retention are flagged where retention is known."""
    return fix.at is None


def repeats_the_last(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """Time and place of the last one, under another id."""
    return last is not None and fix.at == last.at and fix.lon == last.lon and fix.lat == last.lat


def is_out_of_order(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """Older than what is known: it arrived late."""
    return last is not None and fix.at is not None and fix.at < last.at


def is_inaccurate(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """The phone itself says that it is not sure."""
    return fix.accuracy is not None and fix.accuracy > _INACCURATE_M


def jumps_too_far(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """Farther from the last one than anybody could have got, unless the one before jumped to the same place."""
    if last is None or fix.at is None or fix.lon is None or fix.lat is None:
        return False
    if not _too_far(fix, fix.at, last.lon, last.lat, last.at):
        return False
    rumour = last.rumour
    return rumour is None or fix.at <= rumour[2] or _too_far(fix, fix.at, *rumour)


def _too_far(fix: Fix, at: int, lon: float, lat: float, then: int) -> bool:
    if fix.lon is None or fix.lat is None:
        return False
    metres = distance_m(lon, lat, fix.lon, fix.lat)
    return metres > _SHORTEST_JUMP_M and metres * SECOND > _FASTEST_M_S * abs(at - then)


def stands_still(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """Within the receiver's noise of where the worker stood before."""
    if last is None or fix.lon is None or fix.lat is None or (fix.speed or 0.0) > _STILL_M_S:
        return False
    return distance_m(*last.anchor, fix.lon, fix.lat) <= max(_STILL_M, min(fix.accuracy or 0.0, 50.0))


def is_mocked(fix: Fix, last: Whereabouts | None, now: int) -> bool:
    """The phone says that another app made the position up."""
    return fix.mocked


class Rule(NamedTuple):
    """A flag, and the predicate that sets it."""

    flag: int
    applies: Callable[[Fix, Whereabouts | None, int], bool]


RULES = (
    Rule(int(Flag.NO_COORDINATES), has_no_coordinates),
    Rule(int(Flag.ZERO), is_zero),
    Rule(int(Flag.FUTURE), is_from_the_future),
    Rule(int(Flag.PAST), is_from_the_past),
    Rule(int(Flag.DUPLICATE), repeats_the_last),
    Rule(int(Flag.OUT_OF_ORDER), is_out_of_order),
    Rule(int(Flag.INACCURATE), is_inaccurate),
    Rule(int(Flag.JUMP), jumps_too_far),
    Rule(int(Flag.STANDING_STILL), stands_still),
    Rule(int(Flag.MOCKED), is_mocked),
)


def judge(fix: Fix, last: Whereabouts | None, now: int) -> int:
    """The flags of a fix. `last` is what its worker's reliable fixes said before; `now` is when it arrived, in µs."""
    flags = 0
    for flag, applies in RULES:
        if applies(fix, last, now):
            flags |= flag
    return flags
