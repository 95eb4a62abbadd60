"""Judged fixes as rows of PostgreSQL's binary COPY."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from live.fix import Fix

COLUMNS = (
    "worker, at, key, received_at, area_id, geom, altitude, accuracy, speed, heading, battery, flags, attributes, sent"
)
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_US = 946_684_800_000_000  # PostgreSQL counts from 2000
_COUNT = struct.pack(">h", 14)
_NULL = b"\xff\xff\xff\xff"
_TIMES = struct.Struct(">iqiqiq").pack
_POINT = struct.Struct("<dd").pack
_POINT_HEAD = struct.pack(">i", 25) + b"\x01" + struct.pack("<II", 0x20000001, 4326)
_REAL = struct.Struct(">if").pack
_FLAGS = struct.Struct(">ii").pack
_LENGTH = struct.Struct(">i").pack
_OLDEST, _NEWEST = -(2**59), 2**61
_json = msgspec.json.Encoder(enc_hook=repr)


def head(worker: str) -> bytes:
    """How the rows of a worker begin."""
    text = worker.encode()
    return _COUNT + _LENGTH(len(text)) + text


def area(area_id: int | None) -> bytes:
    """A worker's area within the row."""
    return _NULL if area_id is None else struct.pack(">iq", 8, area_id)


def row(head: bytes, area: bytes, fix: Fix, received: int, *, stray: bool) -> bytes:
    """One row; `received` is µs since 1970. A stray fix keeps the time as it was sent, the others don't."""
    at = fix.at
    if at is None:  # only strays have none
        times = _NULL + struct.pack(">iqiq", 8, fix.key, 8, received - EPOCH_US)
    else:
        times = _TIMES(8, at - EPOCH_US, 8, fix.key, 8, received - EPOCH_US)
    return b"".join(
        (
            head,
            times,
            area,
            _NULL if fix.lon is None or fix.lat is None else _POINT_HEAD + _POINT(fix.lon, fix.lat),
            _NULL if fix.altitude is None else _REAL(4, fix.altitude),
            _NULL if fix.accuracy is None else _REAL(4, fix.accuracy),
            _NULL if fix.speed is None else _REAL(4, fix.speed),
            _NULL if fix.heading is None else _REAL(4, fix.heading),
            _NULL if fix.battery is None else _REAL(4, fix.battery),
            _FLAGS(4, fix.flags),
            _NULL if fix.attributes is None else _attributes(fix.attributes),
            _text(fix.sent or "") if stray else _NULL,
        )
    )


def _attributes(said: dict[str, object]) -> bytes:
    try:
        text = _json.encode(said)
    except (ValueError, RecursionError):
        text = _json.encode({"sent": repr(said)[:10_000].encode("utf-8", "replace").decode()})
    if b"\\u0000" in text:  # jsonb takes no NUL
        text = _json.encode(_without_nul(msgspec.json.decode(text)))
    # the binary form of jsonb is a version number and the text
    return _LENGTH(len(text) + 1) + b"\x01" + text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(each) for name, each in value.items()}
    return value


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _LENGTH(len(encoded)) + encoded
