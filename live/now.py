"""How a fix changes where its worker is now. "Now" follows a watermark of event time and never goes back."""

from __future__ import annotations

from live.fix import Fix
from live.judging import DOUBTFUL, SECOND, Flag, distance_m
from live.whereabouts import MOVING, STANDING, Whereabouts

_CLOCK_TRUSTED_FOR = 300 * SECOND  # a phone that told the right time this recently has just made a mistake
_MOVED_M = 15.0
_MOVING_M_S = 0.7
# plain numbers: IntFlag's operators take microseconds each
_FUTURE, _JUMP, _OUT_OF_ORDER, _STILL = (
    int(flag) for flag in (Flag.FUTURE, Flag.JUMP, Flag.OUT_OF_ORDER, Flag.STANDING_STILL)
)
_FUTURE_ALONE = _FUTURE | _OUT_OF_ORDER | _STILL


def follow(last: Whereabouts | None, fix: Fix, received: int) -> Whereabouts | None:
    """What is known after a fix that has been judged: `last` itself, brought up to date, or the first that is known.

    `received` is µs since 1970. A fix from the future counts with the time it arrived, and only when no reliable
    fix has come for a while: a phone whose clock is ahead is still seen, and one wrong timestamp freezes nobody.
    """
    if fix.flags & DOUBTFUL:
        if fix.flags & _FUTURE and not fix.flags & ~_FUTURE_ALONE and _lost(last, received):
            return _at(last, fix, received, received, provisional=True)
        return _heard(last, fix, received)
    if fix.at is None or fix.lon is None or fix.lat is None:
        return last
    at = min(fix.at, received)
    if last is not None and last.provisional and at > last.at - _CLOCK_TRUSTED_FOR:
        return _at(last, fix, max(at, last.at), received, provisional=False)
    if last is not None and at < last.at:
        return _heard(last, fix, received)
    return _at(last, fix, at, received, provisional=False)


def _lost(last: Whereabouts | None, received: int) -> bool:
    return last is None or last.provisional or received - last.at > _CLOCK_TRUSTED_FOR


def _heard(last: Whereabouts | None, fix: Fix, received: int) -> Whereabouts | None:
    """The phone lives, but its position says nothing new."""
    if last is None:
        return None
    if fix.flags & DOUBTFUL == _JUMP and fix.at is not None and fix.lon is not None and fix.lat is not None:
        last.rumour = (fix.lon, fix.lat, fix.at)
    last.heard_at = max(last.heard_at, received)
    if fix.battery is not None and not fix.flags & _OUT_OF_ORDER:
        last.battery = fix.battery
    return last


def _at(last: Whereabouts | None, fix: Fix, at: int, received: int, *, provisional: bool) -> Whereabouts:
    if fix.lon is None or fix.lat is None:
        raise ValueError("a fix without coordinates is nowhere")
    if last is None:
        status = MOVING if _moves(None, fix) else STANDING
        place = (fix.lon, fix.lat)
        return Whereabouts(
            fix.lon, fix.lat, at, place, fix.heading, fix.speed, fix.accuracy, fix.battery, status, at, received,
            provisional,
        )  # fmt: skip
    still = fix.flags & _STILL != 0
    status = MOVING if not still and _moves(last, fix) else STANDING
    if status != last.status:
        last.status, last.since = status, at
    if not still:
        last.anchor = (fix.lon, fix.lat)
    last.lon, last.lat, last.at = fix.lon, fix.lat, at
    if fix.heading is not None:
        last.heading = fix.heading
    last.speed = fix.speed if fix.speed is not None else (0.0 if still else None)
    last.accuracy = fix.accuracy
    if fix.battery is not None:
        last.battery = fix.battery
    last.heard_at, last.provisional, last.rumour = received, provisional, None
    return last


def _moves(last: Whereabouts | None, fix: Fix) -> bool:
    if fix.speed is not None:
        return fix.speed >= _MOVING_M_S
    if last is None or fix.lon is None or fix.lat is None:
        return False
    return distance_m(*last.anchor, fix.lon, fix.lat) > _MOVED_M
