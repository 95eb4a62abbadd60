"""KML and KMZ: columns that GDAL makes for every file, but that nobody filled, are no columns."""

from __future__ import annotations

import zipfile
from pathlib import Path

from importers.readers.ogr import OgrSource
from importers.readers.source import unreadable

# GDAL gives every placemark these, and values for some of them where the file says nothing
_ALWAYS = frozenset(
    ("id", "Name", "description", "timestamp", "begin", "end", "altitudeMode",
     "tessellate", "extrude", "visibility", "drawOrder", "icon")
)  # fmt: skip
_SAYS_NOTHING = (None, "", -1, 0)


class KmlSource(OgrSource):
    """One layer of a .kml or .kmz. Raises UnreadableFile, SeveralLayers."""

    def __init__(self, path: Path, *, layer: str | None = None) -> None:
        super().__init__(path, _address(path), "LIBKML", layer=layer)
        doubtful = [name for name in self.columns if name in _ALWAYS]
        filled = {name for batch in self.batches(doubtful) for name in doubtful if not _bare(batch.columns[name])}
        self.columns = [name for name in self.columns if name not in _ALWAYS or name in filled]


def is_named_abroad(path: Path) -> bool:
    """Whether a .kmz has one .kml whose name GDAL can't find in the archive: one that isn't ASCII."""
    inside = _inside(path) if path.suffix.lower() == ".kmz" else []
    return len(inside) == 1 and not inside[0].isascii()


def _inside(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as packed:
            return [name for name in packed.namelist() if name.lower().endswith(".kml")]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as broken:
        raise unreadable(path, "archive-damaged", why=broken) from broken


def _bare(values: list[object]) -> bool:
    return all(value in _SAYS_NOTHING for value in values)


def _address(path: Path) -> str:
    """Where GDAL finds it; a .kmz with one .kml inside is read as that, else GDAL loses the typed columns."""
    if path.suffix.lower() != ".kmz":
        return str(path.absolute())
    inside = _inside(path)
    if len(inside) != 1 or ".." in inside[0]:
        return str(path.absolute())
    return f"/vsizip/{{{path.absolute()}}}/{inside[0]}"
