"""Judging a fix: an ordered list of small rules that flag and never delete.

Some rules look at a fix by itself and the moment it arrived, and judge a whole group at once; the others look at what
is known of its worker, fix after fix.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntFlag
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from live.columns import Columns
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
_MOST_NOISE_M = 50.0
_NULL_ISLAND_DEG = 0.001
_CERTAINLY_NEAR_DEG = 0.004  # less than the shortest jump, whatever the direction
_CERTAINLY_MOVED_DEG = 0.0005  # more than the most noise
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


class Moment(NamedTuple):
    """When fixes arrived, and the earliest time that is kept; µs since 1970."""

    now: int
    earliest: int


# Rules about a fix by itself: of a whole group at once ----------------------------------------------------------


def has_no_coordinates(fixes: Columns, moment: Moment) -> NDArray[np.bool_]:
    """Neither longitude nor latitude, or none on the globe: a heartbeat, as a rule."""
    # a comparison with NaN is false
    on_the_globe: NDArray[np.bool_] = (abs(fixes.lon) <= 180.0) & (abs(fixes.lat) <= 90.0)
    return ~on_the_globe


def is_zero(fixes: Columns, moment: Moment) -> NDArray[np.bool_]:
    """At (0, 0): the receiver had no position."""
    return (abs(fixes.lon) < _NULL_ISLAND_DEG) & (abs(fixes.lat) < _NULL_ISLAND_DEG)


def is_from_the_future(fixes: Columns, moment: Moment) -> NDArray[np.bool_]:
    """Later than the moment it arrived, by more than clocks differ."""
    return fixes.at > moment.now + FUTURE_AFTER


def is_from_the_past(fixes: Columns, moment: Moment) -> NDArray[np.bool_]:
    """Before retention, or a time that can't be read."""
    return fixes.at < moment.earliest


def is_inaccurate(fixes: Columns, moment: Moment) -> NDArray[np.bool_]:
    """The phone itself says that it is not sure."""
    return fixes.accuracy > _INACCURATE_M


def is_mocked(fixes: Columns, moment: Moment) -> NDArray[np.bool_]:
    """The phone says that another app made the position up."""
    return fixes.mocked


# Rules about a fix after what is known of its worker: one after the other ---------------------------------------


def repeats_the_last(fix: Fix, last: Whereabouts) -> bool:
    """Time and place of the last one, under another id."""
    return fix.at == last.at and fix.lon == last.lon and fix.lat == last.lat


def is_out_of_order(fix: Fix, last: Whereabouts) -> bool:
    """Older than what is known: it arrived late."""
    return fix.at is not None and fix.at < last.at


def jumps_too_far(fix: Fix, last: Whereabouts) -> bool:
    """Farther from the last one than anybody could have got, unless the one before jumped to the same place."""
    if fix.at is None or fix.lon is None or fix.lat is None:
        return False
    if abs(fix.lon - last.lon) + abs(fix.lat - last.lat) < _CERTAINLY_NEAR_DEG:
        return False
    if not _too_far(fix.lon, fix.lat, fix.at, last.lon, last.lat, last.at):
        return False
    rumour = last.rumour
    return rumour is None or fix.at <= rumour[2] or _too_far(fix.lon, fix.lat, fix.at, *rumour)


def _too_far(lon: float, lat: float, at: int, other_lon: float, other_lat: float, then: int) -> bool:
    metres = distance_m(other_lon, other_lat, lon, lat)
    return metres > _SHORTEST_JUMP_M and metres * SECOND > _FASTEST_M_S * abs(at - then)


def stands_still(fix: Fix, last: Whereabouts) -> bool:
    """Within the receiver's noise of where the worker stood before."""
    if fix.lon is None or fix.lat is None or (fix.speed is not None and fix.speed > _STILL_M_S):
        return False
    east, north = last.anchor
    if abs(fix.lat - north) > _CERTAINLY_MOVED_DEG:
        return False
    return distance_m(east, north, fix.lon, fix.lat) <= max(_STILL_M, min(fix.accuracy or 0.0, _MOST_NOISE_M))


BY_ITSELF: tuple[tuple[Flag, Callable[[Columns, Moment], NDArray[np.bool_]]], ...] = (
    (Flag.NO_COORDINATES, has_no_coordinates),
    (Flag.ZERO, is_zero),
    (Flag.FUTURE, is_from_the_future),
    (Flag.PAST, is_from_the_past),
    (Flag.INACCURATE, is_inaccurate),
    (Flag.MOCKED, is_mocked),
)
AFTER_THE_LAST: tuple[tuple[int, Callable[[Fix, Whereabouts], bool]], ...] = (
    (int(Flag.DUPLICATE), repeats_the_last),
    (int(Flag.OUT_OF_ORDER), is_out_of_order),
    (int(Flag.JUMP), jumps_too_far),
    (int(Flag.STANDING_STILL), stands_still),
)


def judge_alone(fixes: Columns, moment: Moment) -> NDArray[np.int32]:
    """The flags that each fix of a group has by itself."""
    flags = np.zeros(len(fixes.fixes), np.int32)
    for flag, applies in BY_ITSELF:
        flags[applies(fixes, moment)] |= int(flag)
    return flags


def judge_after(fix: Fix, last: Whereabouts) -> int:
    """The flags of a fix that come from what its worker's reliable fixes said before."""
    flags = 0
    for flag, applies in AFTER_THE_LAST:
        if applies(fix, last):
            flags |= flag
    return flags
