"""Reading single values as phones write them. What can't be understood is None, never an exception."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from live.fix import Fix, key_of

KNOT = 1852 / 3600  # metres a second
KMH = 1 / 3.6
EPOCH_MS_FROM = 2**31  # a number from here on counts milliseconds
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
MOST = 1e9
_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_800_000_000  # the years 1 to 9999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def number(value: object) -> float | None:
    """A finite number, written as one or as text."""
    if isinstance(value, str):
        text = value.strip()
        value = float(text) if len(text) < 40 and _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1e300 < value < 1e300 else None


def measure(value: object, scale: float = 1.0) -> float | None:
    """A quantity that is never below zero (−1 stands for unknown), times `scale`."""
    found = number(value)
    return found * scale if found is not None and 0 <= found < MOST else None


def height(value: object) -> float | None:
    """Metres above sea level, negative ones too."""
    found = number(value)
    return found if found is not None and abs(found) < MOST else None


def direction(value: object) -> float | None:
    """Degrees clockwise from north, 0 ≤ d < 360; below zero stands for unknown."""
    found = number(value)
    return found % 360.0 if found is not None and 0 <= found < MOST else None


def share(value: object, of: float = 1.0) -> float | None:
    """A share of the whole `of`, as 0 … 1."""
    found = number(value)
    return found / of if found is not None and 0 <= found <= of else None


def moment(value: object) -> int | None:
    """Microseconds since 1970 of a time: epoch seconds, epoch milliseconds (from 2^31 up), or ISO 8601.

    An ISO time without offset is UTC.
    """
    if isinstance(value, str) and (at := _iso(value)) is not None:
        return at
    seconds = number(value)
    if seconds is None:
        return None
    microseconds = seconds * (1e3 if abs(seconds) >= EPOCH_MS_FROM else 1e6)
    return round(microseconds) if _FIRST_US <= microseconds < _LAST_US else None


def _iso(text: str) -> int | None:
    if "-" not in text[1:] and "T" not in text:
        return None  # it is a number
    try:
        parsed = datetime.fromisoformat(text.strip())
        return ((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None


def yes(value: object) -> bool:
    """Whether a value says yes."""
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "1", "yes"))


def plain(text: str) -> str:
    """Text that a database takes: without NUL and without halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def fix(
    *,
    time: object,
    now: int,
    lon: object,
    lat: object,
    source_id: object = None,
    accuracy: float | None = None,
    speed: float | None = None,
    heading: float | None = None,
    altitude: float | None = None,
    battery: float | None = None,
    mocked: bool = False,
    rest: dict[str, Any] | None = None,
) -> Fix:
    """A fix of what a phone sent: `time`, `lon`, `lat`, `source_id` raw, the others already in the units of `Fix`.

    A time that is absent (None or empty) is `now`. What isn't a coordinate is kept among the attributes.
    """
    absent = time is None or time == ""
    at = now if absent else moment(time)
    east, north = number(lon), number(lat)
    given = None if source_id is None or source_id == "" else str(source_id)
    key = key_of(given, east, north, rest)
    kept = dict(rest) if rest else {}
    if east is None or north is None or not math.isfinite(east + north):
        for name, said in (("lon", lon), ("lat", lat)):
            if said is not None:
                kept[name] = said
        east = north = None
    if given is not None:
        kept["id"] = given
    return Fix(
        at=at,
        key=key,
        lon=east,
        lat=north,
        accuracy=accuracy,
        speed=speed,
        heading=heading,
        altitude=altitude,
        battery=battery,
        sent=None if absent else time,
        attributes=kept or None,
        mocked=mocked,
    )
