"""One shape for what every phone says: a `Fix`, in SI units, UTC, (lon, lat) in EPSG:4326."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_HALF = 2**63
_WRAP = 2**64


class Fix(msgspec.Struct, gc=False):
    """Where a phone was at a moment, as far as it knows. What a phone doesn't say is None.

    `key` and the time as sent identify it together with its worker, so that a fix that is sent again is the same fix.
    """

    at: int | None
    """Microseconds since 1970-01-01 UTC; None when what was sent can't be read as a time."""
    key: int
    """64 bits, signed: the sender's own id hashed, or else the position as sent."""
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None
    """Metres."""
    speed: float | None = None
    """Metres a second."""
    heading: float | None = None
    """Degrees clockwise from north, 0 … 360."""
    altitude: float | None = None
    """Metres."""
    battery: float | None = None
    """0 … 1."""
    sent: object = None
    """The time as it was sent, whatever it is; written down when it can't be used as it is."""
    attributes: dict[str, Any] | None = None
    """Everything else that the phone said."""
    mocked: bool = False
    """Whether the phone says that the position was made up by another app."""
    flags: int = 0
    """Bits of `live.judging.Flag`."""


def key_of(source_id: str | None, lon: float | None, lat: float | None, rest: object = None) -> int:
    """The key of a fix: its sender's id, or else its position to a centimetre, or else whatever else it says."""
    if source_id is not None:
        return _hashed(b"i" + source_id.encode("utf-8", "replace"))
    if lon is not None and lat is not None:
        return key_of_place(lon, lat, rest)
    return _hashed(b"r" + repr((lon, lat, rest)).encode("utf-8", "replace"))


def key_of_place(lon: float, lat: float, rest: object = None) -> int:
    """The key of a fix whose sender gives it no id."""
    if -1000 < lon < 1000 and -1000 < lat < 1000:
        # two integers of 1e-7 degrees side by side; exact, and much cheaper than a hash
        wide = ((round(lon * 1e7) & 0xFFFFFFFF) << 32) | (round(lat * 1e7) & 0xFFFFFFFF)
        return wide if wide < _HALF else wide - _WRAP
    return _hashed(b"r" + repr((lon, lat, rest)).encode("utf-8", "replace"))


def _hashed(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), signed=True)
