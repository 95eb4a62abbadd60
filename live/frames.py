"""The binary frames of `WS /live`; docs/live.md describes them. All numbers are little-endian."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np

VERSION = 1
SNAPSHOT, UPDATE = 1, 2
COUNTS_ONLY = 1 << 31
NO_HEADING = 255
STATES = ("moving", "standing", "silent", "off_duty")
GONE = 255

RECORD = np.dtype([("number", "<u4"), ("x", "<u2"), ("y", "<u2"), ("heading", "u1"), ("state", "u1")])
"""A worker within a cell: 10 bytes. x and y are 65,536ths of the cell from its north-west corner."""
_HEAD = struct.Struct("<BBHIdI")
_CELL = struct.Struct("<IHHI")

Key = tuple[int, int, int]
"""A cell of one area: area id (0 for none), column and row at `live.cells.ZOOM`."""


def message(kind: int, sequence: int, tick_ms: int, at_ms: float, cells: Iterable[bytes], count: int) -> bytes:
    """A message: kind, sequence number to acknowledge, the tick's length, the server's time, and cells."""
    return b"".join((_HEAD.pack(VERSION, kind, tick_ms, sequence, at_ms, count), *cells))


def cell(key: Key, records: bytes, count: int, *, delta: bool = False) -> bytes:
    """A cell with its workers: all of them, or with `delta` only those that changed (bit 30 of the count)."""
    return _CELL.pack(key[0], key[1], key[2], count | (1 << 30 if delta else 0)) + records


def count(key: Key, workers: int) -> bytes:
    """A cell of which only the number of workers is told (bit 31 of the count)."""
    return _CELL.pack(key[0], key[1], key[2], workers | COUNTS_ONLY)
