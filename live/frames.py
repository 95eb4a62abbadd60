"""The binary frames of `WS /live`; docs/live.md describes them. All numbers are little-endian."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 2
SNAPSHOT, UPDATE = 1, 2
COUNTS_ONLY = 1 << 31
NO_HEADING = 255
STATES = ("moving", "standing", "silent", "off_duty")
OUTSIDE = 4
"""Added to moving and standing for whoever is outside their own grid."""
GONE = 15

UNITS = 16_384
"""Of a cell's side, by which a record says where in the cell a worker is: 15 cm at the equator, 12 cm at 36° north."""
RECORD = np.dtype([("who", "<u4"), ("where", "<u4")])
"""A worker within a cell, 8 bytes: `who` is the number (bits 0–23) and the heading (24–31), `where` is x (0–13) and
y (14–27) from the cell's north-west corner, and the state (28–31)."""
_HEAD = struct.Struct("<BBHIdI")
_CELL = struct.Struct("<IHHI")

Key = tuple[int, int, int]
"""A cell of one area: area id (0 for none), column and row at `live.cells.ZOOM`."""


def record(
    number: NDArray[np.int64], heading: NDArray[np.int64], x: NDArray[np.int64], y: NDArray[np.int64],
    state: NDArray[np.int64],
) -> NDArray[Any]:  # fmt: skip
    """Records of workers; x and y in units of their cells, heading in 255ths of a turn or NO_HEADING."""
    made = np.empty(len(number), RECORD)
    made["who"] = (number & 0xFFFFFF) | (heading << 24)
    made["where"] = x | (y << 14) | (state << 28)
    return made


def gone(record: bytes) -> bytes:
    """The record of a worker who left the cell."""
    return record[:-1] + bytes((record[-1] & 0x0F | GONE << 4,))


def message(kind: int, sequence: int, tick_ms: int, at_ms: float, cells: Iterable[bytes], count: int) -> bytes:
    """A message: kind, sequence number to acknowledge, the tick's length, the server's time, and cells."""
    return b"".join((_HEAD.pack(VERSION, kind, tick_ms, sequence, at_ms, count), *cells))


def cell(key: Key, records: bytes, count: int, *, delta: bool = False) -> bytes:
    """A cell with its workers: all of them, or with `delta` only those that changed (bit 30 of the count)."""
    return _CELL.pack(key[0], key[1], key[2], count | (1 << 30 if delta else 0)) + records


def count(key: Key, workers: int) -> bytes:
    """A cell of which only the number of workers is told (bit 31 of the count)."""
    return _CELL.pack(key[0], key[1], key[2], workers | COUNTS_ONLY)
