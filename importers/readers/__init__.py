"""Files of planners, opened: each reader gives a `Source`."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from gis.errors import UnreadableFile
from importers.readers.delimited import DelimitedSource
from importers.readers.ndjson import NdjsonSource
from importers.readers.ogr import OgrSource
from importers.readers.source import Batch, ColumnsGrew, SeveralLayers, Source, open_plain, unreadable

__all__ = ["Batch", "ColumnsGrew", "SeveralLayers", "Source", "open_source"]

_NEWLINE_DELIMITED = (".geojsonl", ".geojsons", ".ndjson", ".jsonl", ".ndgeojson")
_DELIMITED = (".csv", ".tsv", ".txt")
_DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG"}


def open_source(path: Path, *, layer: str | None = None, encoding: str | None = None) -> Source:
    """Opens a file for reading, by its suffix and its first bytes. Raises UnreadableFile, SeveralLayers."""
    if not path.exists():
        raise UnreadableFile(file=path.name, why="there is no such file")
    name = path.name.lower()
    packed = name.endswith(".gz")
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix in _NEWLINE_DELIMITED or (suffix in (".json", ".geojson") and _is_newline_delimited(path)):
        return NdjsonSource(path)
    if suffix in _DELIMITED:
        return DelimitedSource(path, encoding)
    if suffix not in _DRIVERS:
        raise UnreadableFile(file=path.name, why=f"files of the type {suffix or 'without suffix'} are not read")
    address = f"/vsigzip/{path.absolute()}" if packed else str(path.absolute())
    return OgrSource(path, address, _DRIVERS[suffix], layer=layer, encoding=encoding)


def _is_newline_delimited(path: Path) -> bool:
    """Whether the first line is a whole feature and a second one follows."""
    try:
        with open_plain(path) as file:
            first = file.readline(16 * 1024 * 1024).strip(b"\x1e\xef\xbb\xbf \t\r\n")
            if not first.startswith(b"{") or not file.read(1):
                return False
        return isinstance(feature := msgspec.json.decode(first), dict) and feature.get("type") == "Feature"
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    except (OSError, EOFError, zlib.error) as broken:
        raise unreadable(path, broken) from broken
