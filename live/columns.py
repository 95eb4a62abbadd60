"""A group of fixes as columns: what numpy judges at once, and what PostgreSQL takes in as arrays."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from live.fix import Fix
from live.formats.values import plain

UNREADABLE = -(2**63)
"""The time of a fix whose time can't be read; for PostgreSQL it is −infinity."""
EPOCH_US = 946_684_800_000_000  # PostgreSQL counts from 2000
_INT4, _INT8, _FLOAT4, _FLOAT8, _TEXT, _TIME, _JSONB = 23, 20, 700, 701, 25, 1184, 3802
_NULL = b"\xff\xff\xff\xff"
_head = struct.Struct(">iiiii").pack
_length = struct.Struct(">i").pack
_json = msgspec.json.Encoder(enc_hook=repr)
_MEASURES = ("altitude", "accuracy", "speed", "heading", "battery")


class Array:
    """A one-dimensional array in PostgreSQL's binary format, ready to be sent."""

    __slots__ = ("content", "count")

    def __init__(self, element: int, count: int, elements: bytes, *, nulls: bool = False) -> None:
        self.count = count
        self.content = _head(1, int(nulls), element, count, 1) + elements


class Columns:
    """Fixes side by side, in the units of `live.fix.Fix`; NaN and UNREADABLE where a fix has None."""

    def __init__(self, fixes: Sequence[Fix]) -> None:
        self.fixes = fixes
        self.at: NDArray[np.int64] = np.array([UNREADABLE if fix.at is None else fix.at for fix in fixes], np.int64)
        self.lon = _reals([fix.lon for fix in fixes])
        self.lat = _reals([fix.lat for fix in fixes])
        self.accuracy = _reals([fix.accuracy for fix in fixes])
        self.flags: NDArray[np.int32] = np.zeros(len(fixes), np.int32)
        """As judged."""
        self.mocked: NDArray[np.bool_] = np.array([fix.mocked for fix in fixes], np.bool_)


def _reals(found: list[float | None]) -> NDArray[np.float64]:
    return np.array(found, np.float64)  # None becomes NaN


def arrays(
    columns: Columns,
    workers: Sequence[bytes],
    areas: Sequence[int],
    received: NDArray[np.int64],
    which: list[int] | None,
    *,
    stray: bool,
) -> list[Array]:
    """The parameters of fixes.sql for some of the fixes, or for all; strays keep the time as it was sent.

    `workers` are texts as `word` packs them and `areas` ids or 0, one a fix; `received` is µs since 1970.
    """
    fixes, at, lon, lat, flags = columns.fixes, columns.at, columns.lon, columns.lat, columns.flags
    if which is not None:
        fixes = [fixes[index] for index in which]
        workers = [workers[index] for index in which]
        areas = [areas[index] for index in which]
        at, lon, lat, flags, received = at[which], lon[which], lat[which], flags[which], received[which]
    count = len(fixes)
    nothing = _NULL * count
    return [
        Array(_TEXT, count, b"".join(workers)),
        Array(_TEXT, count, b"".join([word(_as_sent(fix)) for fix in fixes]) if stray else nothing, nulls=not stray),
        _numbers(_TIME, ">i8", np.where(at == UNREADABLE, UNREADABLE, at - EPOCH_US)),
        _numbers(_INT8, ">i8", [fix.key for fix in fixes]),
        _numbers(_TIME, ">i8", received - EPOCH_US),
        _numbers(_INT8, ">i8", areas),
        _numbers(_FLOAT8, ">f8", lon),
        _numbers(_FLOAT8, ">f8", lat),
        *(_numbers(_FLOAT4, ">f4", _reals([getattr(fix, name) for fix in fixes])) for name in _MEASURES),
        _numbers(_INT4, ">i4", flags),
        _documents(fixes),
    ]


def word(text: str) -> bytes:
    """A text as an element of an array."""
    encoded = text.encode()
    return _length(len(encoded)) + encoded


def _numbers(element: int, kind: str, values: Any) -> Array:
    made = np.empty(len(values), np.dtype([("length", ">i4"), ("value", kind)]))
    made["length"] = np.dtype(kind).itemsize
    made["value"] = values
    return Array(element, len(values), made.tobytes())


def _as_sent(fix: Fix) -> str:
    return "" if fix.sent is None else plain(str(fix.sent))[:100]


def _documents(fixes: Sequence[Fix]) -> Array:
    if not any([fix.attributes for fix in fixes]):  # noqa: C419 - a list is faster
        return Array(_JSONB, len(fixes), _NULL * len(fixes), nulls=True)
    elements = [_NULL if fix.attributes is None else _document(fix.attributes) for fix in fixes]
    return Array(_JSONB, len(fixes), b"".join(elements), nulls=True)


def _document(said: dict[str, object]) -> bytes:
    try:
        text = _json.encode(said)
    except (ValueError, RecursionError):
        text = _json.encode({"sent": repr(said)[:10_000].encode("utf-8", "replace").decode()})
    if b"\\u0000" in text:  # jsonb takes no NUL
        text = _json.encode(_without_nul(msgspec.json.decode(text)))
    # the binary form of jsonb is a version number and the text
    return _length(len(text) + 1) + b"\x01" + text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(each) for name, each in value.items()}
    return value
