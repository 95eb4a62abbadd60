"""Newline-delimited GeoJSON, also gzipped: read in one pass, without building a tree of the file.

GDAL reads it too, but twice (the first pass finds the columns), in three times the time.
"""

from __future__ import annotations

import gzip
import itertools
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely

from importers.encodings import Guess
from importers.readers.source import BATCH_ROWS, Batch, ColumnsGrew, Remark, open_plain, unreadable

_FIRST_LOOK = 2_000  # lines whose property names are taken for the columns
_LONGEST_LINE = 256 * 1024 * 1024  # bytes; a "line" beyond it is no line


class _Geometry(msgspec.Struct):
    type: str
    coordinates: msgspec.Raw = msgspec.Raw(b"")


class _Feature(msgspec.Struct):
    type: str
    properties: dict[str, Any] | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")
    id: str | int | float | None = None


_Position = tuple[float, float]
_feature = msgspec.json.Decoder(_Feature)
_geometry = msgspec.json.Decoder(_Geometry)
_point = msgspec.json.Decoder(_Position)
_line = msgspec.json.Decoder(list[_Position])
_polygon = msgspec.json.Decoder(list[list[_Position]])
_multipolygon = msgspec.json.Decoder(list[list[list[_Position]]])


def _ring(positions: list[_Position]) -> bytes:
    count = len(positions)
    return struct.pack(f"<I{2 * count}d", count, *itertools.chain.from_iterable(positions))


def _polygon_wkb(rings: list[list[_Position]]) -> bytes:
    return struct.pack("<BII", 1, 3, len(rings)) + b"".join(map(_ring, rings))


def _multipolygon_wkb(polygons: list[list[list[_Position]]]) -> bytes:
    return struct.pack("<BII", 1, 6, len(polygons)) + b"".join(map(_polygon_wkb, polygons))


_WKB: dict[str, Callable[[msgspec.Raw], bytes]] = {
    "Point": lambda raw: struct.pack("<BIdd", 1, 1, *_point.decode(raw)),
    "LineString": lambda raw: struct.pack("<BI", 1, 2) + _ring(_line.decode(raw)),
    "Polygon": lambda raw: _polygon_wkb(_polygon.decode(raw)),
    "MultiPolygon": lambda raw: _multipolygon_wkb(_multipolygon.decode(raw)),
}


def _wkb(raw: msgspec.Raw) -> bytes | None:
    """The WKB of a GeoJSON geometry; raises ValueError when it is none."""
    text = bytes(raw)
    if text.strip() == b"null":
        return None
    try:
        geometry = _geometry.decode(text)
        writer = _WKB.get(geometry.type)
        if writer is not None:
            return writer(geometry.coordinates)
    except (msgspec.MsgspecError, struct.error):
        pass  # heights, or something odd: GEOS says what
    try:
        return bytes(shapely.to_wkb(shapely.from_geojson(text), output_dimension=2))
    except shapely.errors.GEOSException as broken:
        raise ValueError(str(broken)) from broken


class NdjsonSource:
    """A newline-delimited GeoJSON file. Its CRS is EPSG:4326, as RFC 7946 has it."""

    format = "GeoJSONSeq"
    crs: str | None = "EPSG:4326"
    has_geometry = True
    rows: int | None = None
    encoding: str | None = "UTF-8"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encodings: list[Guess] = []
        self.remarks: list[Remark] = []
        self.layer = path.name.split(".")[0]
        names: dict[str, None] = {}
        for _, feature in itertools.islice(self._features(), _FIRST_LOOK):
            names.update(dict.fromkeys(feature.properties or ()))
        self.columns = list(names)

    def _lines(self) -> Iterator[bytes]:
        try:
            with open_plain(self.path) as file:
                while line := file.readline(_LONGEST_LINE):
                    yield line
        except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
            raise unreadable(self.path, "gzip", why=broken) from broken
        except OSError as broken:
            raise unreadable(self.path, "damaged", why=broken.strerror or broken) from broken

    def _features(self) -> Iterator[tuple[int, _Feature]]:
        for number, line in enumerate(self._lines(), start=1):
            text = line.strip(b"\x1e\xef\xbb\xbf \t\r\n")
            if not text:
                continue
            try:
                feature = _feature.decode(text)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as broken:
                raise unreadable(self.path, "line", line=number, why=broken) from broken
            if feature.type != "Feature":
                raise unreadable(self.path, "line-type", line=number, found=repr(feature.type[:40]))
            yield number, feature

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The rows in batches; raises ColumnsGrew when a late feature has properties of a new name."""
        known = set(self.columns)
        first = 1
        features = self._features()
        while chunk := list(itertools.islice(features, BATCH_ROWS)):
            properties = [feature.properties or {} for _, feature in chunk]
            late = set().union(*properties) - known
            if late:
                self.columns += sorted(late)
                raise ColumnsGrew
            geometry = np.empty(len(chunk), dtype=object)
            broken: dict[int, str] = {}
            for index, (_, feature) in enumerate(chunk):
                try:
                    geometry[index] = _wkb(feature.geometry)
                except ValueError as error:
                    broken[index] = " ".join(str(error).split())[:200]
            values = {name: [row.get(name) for row in properties] for name in columns}
            yield Batch(first, len(chunk), values, geometry, broken)
            first += len(chunk)
