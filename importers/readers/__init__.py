"""Files of planners, opened: each reader gives a `Source`."""

from __future__ import annotations

import re
import shutil
import weakref
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from gis import crs as systems
from gis.errors import UnreadableFile
from importers.readers.archives import unpack
from importers.readers.delimited import open_delimited
from importers.readers.drawings import DrawingSource
from importers.readers.kml import KmlSource, is_named_abroad
from importers.readers.ndjson import NdjsonSource
from importers.readers.ogr import OgrSource
from importers.readers.osm import OsmSource
from importers.readers.shapefile import ShapefileSource
from importers.readers.sheets import open_xls, open_xlsx
from importers.readers.source import Batch, ColumnsGrew, SeveralLayers, Source, open_plain, unreadable

__all__ = ["SUFFIXES", "Batch", "ColumnsGrew", "SeveralLayers", "Source", "open_source"]

log = structlog.get_logger("import")

_NEWLINE_DELIMITED = (".geojsonl", ".geojsons", ".ndjson", ".jsonl", ".ndgeojson")
_DELIMITED = (".csv", ".tsv", ".txt")
_KEYHOLE = (".kml", ".kmz")
_DRIVERS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".topojson": "TopoJSON",
    ".gpkg": "GPKG",
    ".fgb": "FlatGeobuf",
    ".gdb": "OpenFileGDB",
}
_SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qpj")
_CLOSED = (".dwg", ".dwt", ".dws")
_START = 65_536  # bytes of a GeoJSON in which its `crs` stands, if it has one
_NAMED_CRS = re.compile(rb'"crs"\s*:\s*\{[^{}]*"properties"\s*:\s*\{\s*"name"\s*:\s*"([^"]{1,100})"')
SUFFIXES = (
    *(".shp", ".zip", ".xlsx", ".xlsm", ".xls", ".dxf", ".pbf", ".osm"),
    *_NEWLINE_DELIMITED,
    *_DELIMITED,
    *_DRIVERS,
    *_KEYHOLE,
)


def open_source(
    path: Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    kind: str | None = None,
    wanted: str | None = None,
) -> Source:
    """Opens a file for reading, by its suffix and its first bytes. Raises UnreadableFile, SeveralLayers.

    `kind` says what is looked for in an OpenStreetMap extract, `wanted` (polygon, line, point) in a drawing.
    """
    try:
        return _Guarded(_open(path, layer, encoding, kind, wanted))  # type: ignore[return-value]
    except _MEANT:
        raise
    except Exception as stumbled:
        raise _damaged(path, stumbled) from stumbled


_MEANT = (UnreadableFile, SeveralLayers, ColumnsGrew, MemoryError)


def _damaged(path: Path, stumbled: Exception) -> UnreadableFile:
    """Readers are written for whole files: whatever else one stumbles over is the file's fault."""
    log.info("reader.stumbled", file=path.name, exc_info=stumbled)
    return unreadable(path, "damaged", why=f"{type(stumbled).__name__}: {stumbled}")


class _Guarded:
    """A source whose reader may stumble over anything at any row."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The batches of the source."""
        try:
            yield from self._source.batches(columns)
        except _MEANT:
            raise
        except Exception as stumbled:
            raise _damaged(self._source.path, stumbled) from stumbled


def _open(path: Path, layer: str | None, encoding: str | None, kind: str | None, wanted: str | None) -> Source:
    if not path.exists():
        raise unreadable(path, "absent")
    name = path.name.lower()
    packed = name.endswith(".gz")
    suffix = Path(name.removesuffix(".gz")).suffix
    if path.is_dir() and suffix != ".gdb":
        raise unreadable(path, "folder")
    if path.is_file() and path.stat().st_size == 0:
        raise unreadable(path, "empty")
    if suffix in _CLOSED:
        raise unreadable(path, "dwg")
    if suffix in _SHAPEFILE_PARTS:
        raise unreadable(path, "part")
    if suffix in _NEWLINE_DELIMITED or (suffix in (".json", ".geojson") and _is_newline_delimited(path)):
        return NdjsonSource(path)
    if suffix in _DELIMITED:
        return open_delimited(path, encoding)
    if suffix in (".xlsx", ".xlsm"):
        return open_xlsx(path, layer)
    if suffix == ".xls":
        return open_xls(path, layer)
    if suffix == ".zip":
        return _open_archive(path, layer=layer, encoding=encoding, kind=kind, wanted=wanted)
    if suffix == ".shp":
        return ShapefileSource(path, encoding=encoding)
    if suffix == ".dxf":
        return DrawingSource(path, layer=layer, wanted=wanted, encoding=encoding)
    if suffix in (".pbf", ".osm"):
        return OsmSource(path, kind or "buildings")
    if suffix in _KEYHOLE and not packed:
        if is_named_abroad(path):
            return _open_archive(path, layer=layer, encoding=encoding, kind=kind, wanted=wanted)
        return KmlSource(path, layer=layer)
    if suffix not in _DRIVERS:
        raise unreadable(path, "type", suffix=suffix or path.name, known=", ".join(SUFFIXES))
    driver = "TopoJSON" if suffix == ".json" and _is_topology(path) else _DRIVERS[suffix]
    address = f"/vsigzip/{path.absolute()}" if packed else str(path.absolute())
    source = OgrSource(path, address, driver, layer=layer)
    if driver == "GeoJSON" and (named := _offset_crs(path)) is not None:
        source.crs = named
    return source


def _offset_crs(path: Path) -> str | None:
    """GCJ-02 or BD-09 where a GeoJSON names it as its `crs`; GDAL knows neither and would take it for WGS 84."""
    try:
        with open_plain(path) as file:
            start = file.read(_START)
    except (OSError, EOFError, zlib.error):
        return None
    named = _NAMED_CRS.search(start)
    if named is None:
        return None
    try:
        found = systems.parse(named.group(1).decode("utf-8", "replace"))
    except systems.UnknownCrs:
        return None
    return found.name if found.is_offset else None


class _Unpacked:
    """A source inside an archive: the unpacked files are deleted when it is gone."""

    def __init__(self, source: Source, folder: Path) -> None:
        self._source = source
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)


def _open_archive(
    path: Path, *, layer: str | None, encoding: str | None, kind: str | None, wanted: str | None
) -> Source:
    folder = unpack(path)
    try:
        part, layer = _part(path, folder, layer)
        if part.suffix.lower() == ".shp":
            source: Source = ShapefileSource(part, encoding=encoding, told_as=path)
        elif part.suffix.lower() == ".zip":
            raise unreadable(path, "archive-nested")
        else:
            source = open_source(part, layer=layer, encoding=encoding, kind=kind, wanted=wanted)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _Unpacked(source, folder)  # type: ignore[return-value]


def _part(path: Path, folder: Path, layer: str | None) -> tuple[Path, str | None]:
    """The one file of an archive that is meant, and what of the wanted layer is left to choose in it."""
    bases = [part for part in sorted(folder.rglob("*.gdb")) if part.is_dir()]
    found = bases + [
        part
        for part in sorted(folder.rglob("*"))
        if part.is_file() and part.suffix.lower() in SUFFIXES and not any(part.is_relative_to(base) for base in bases)
    ]
    if any(part.suffix.lower() == ".shp" for part in found):
        found = [part for part in found if part.suffix.lower() not in (".txt", ".csv")]
    if not found:
        drawings = any(part.suffix.lower() in _CLOSED for part in folder.rglob("*"))
        raise unreadable(path, "dwg" if drawings else "archive-other")
    if len(found) == 1:
        return found[0], None if found[0].suffix.lower() == ".shp" else layer
    chosen = [part for part in found if layer in (part.stem, part.name)]
    if len(chosen) != 1:
        raise SeveralLayers([part.name for part in found])
    return chosen[0], None


def _is_topology(path: Path) -> bool:
    with path.open("rb") as file:
        return b'"Topology"' in file.read(4096)


def _is_newline_delimited(path: Path) -> bool:
    """Whether the first line is a whole feature and a second one follows."""
    try:
        with open_plain(path) as file:
            first = file.readline(16 * 1024 * 1024).strip(b"\x1e\xef\xbb\xbf \t\r\n")
            if not first.startswith(b"{") or not file.read(1):
                return False
        return isinstance(feature := msgspec.json.decode(first), dict) and feature.get("type") == "Feature"
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    except (OSError, EOFError, zlib.error) as broken:
        raise unreadable(path, broken) from broken
