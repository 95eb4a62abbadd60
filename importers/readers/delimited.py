"""CSV: rows of text, with longitude and latitude in two columns, or WKT in one, or no geometry."""

from __future__ import annotations

import csv
import io
import itertools
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.names import column_like
from importers.readers.source import BATCH_ROWS, Batch, open_plain, unreadable
from importers.values import number

EAST = ("lon", "lng", "longitude", "x", "经度", "东经", "经度坐标", "x坐标", "东坐标")
NORTH = ("lat", "latitude", "y", "纬度", "北纬", "纬度坐标", "y坐标", "北坐标")
WKT = ("wkt", "geometry", "geom", "the_geom", "几何", "wkt_geom")
_LONGEST_FIELD = 64 * 1024 * 1024  # bytes of one field: a polygon as WKT can be long


class DelimitedSource:
    """A CSV file, also gzipped. It can't say its CRS; its text is UTF-8 unless `encoding` says otherwise."""

    crs: str | None = None
    rows: int | None = None

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        self.layer = path.name.split(".")[0]
        self._encoding = encoding or "utf-8-sig"
        csv.field_size_limit(_LONGEST_FIELD)
        rows = self._rows()
        header = next(rows, None)
        if header is None:
            raise unreadable(path, "the file is empty")
        self.columns = [name.strip() for name in header]
        if len(set(self.columns)) < len(self.columns):
            twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
            raise unreadable(path, f"several columns have the same name: {', '.join(map(repr, twice))}")
        self.east = column_like(EAST, self.columns)
        self.north = column_like(NORTH, self.columns)
        self.wkt = column_like(WKT, self.columns)
        self.has_geometry = self.wkt is not None or (self.east is not None and self.north is not None)

    def _rows(self) -> Iterator[list[str]]:
        try:
            with open_plain(self.path) as file, io.TextIOWrapper(file, self._encoding, newline="") as text:
                sample = text.readline()
                delimiter = max(",;\t|", key=sample.count)
                yield from csv.reader(itertools.chain([sample], text), delimiter=delimiter)
        except UnicodeDecodeError as broken:
            why = f"its text is not {self._encoding}: try --encoding GB18030"
            raise unreadable(self.path, why) from broken
        except LookupError as broken:
            raise unreadable(self.path, f"the encoding {self._encoding!r} is unknown") from broken
        except (csv.Error, EOFError, zlib.error, OSError) as broken:
            raise unreadable(self.path, broken) from broken

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The rows in batches; rows without any text are passed over but counted."""
        rows = self._rows()
        next(rows, None)
        width = len(self.columns)
        places = [self.columns.index(name) for name in columns]
        first = 1
        while chunk := list(itertools.islice(rows, BATCH_ROWS)):
            padded = [row if len(row) >= width else row + [""] * (width - len(row)) for row in chunk]
            values = {name: [row[at] for row in padded] for name, at in zip(columns, places, strict=True)}
            geometry, broken = self._shapes(padded)
            yield Batch(first, len(chunk), values, geometry, broken)
            first += len(chunk)

    def _shapes(self, rows: list[list[str]]) -> tuple[NDArray[np.object_] | None, dict[int, str]]:
        if not self.has_geometry:
            return None, {}
        geometry = np.empty(len(rows), dtype=object)
        broken: dict[int, str] = {}
        if self.wkt is not None:
            at = self.columns.index(self.wkt)
            for index, row in enumerate(rows):
                if row[at].strip():
                    try:
                        geometry[index] = shapely.to_wkb(shapely.from_wkt(row[at]))
                    except shapely.errors.GEOSException as error:
                        broken[index] = " ".join(str(error).split())[:200]
            return geometry, broken
        east, north = self.columns.index(str(self.east)), self.columns.index(str(self.north))
        for index, row in enumerate(rows):
            if not row[east].strip() and not row[north].strip():
                continue
            try:
                x, y = number(row[east]), number(row[north])
                if x is None or y is None:
                    raise ValueError(f"{row[east]!r}, {row[north]!r}")
                geometry[index] = struct.pack("<BIdd", 1, 1, x, y)
            except ValueError:
                broken[index] = f"{row[east][:40]!r}, {row[north][:40]!r}"
        return geometry, broken
