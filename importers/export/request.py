"""What is asked of an export: the kind, the area, the form of the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gis.access.scope import EVERYWHERE, Scope
from gis.errors import BadRequest
from gis.messages import Both
from importers.kinds import Kind, kind_of

if TYPE_CHECKING:
    from gis.crs import Crs

FORMATS = {"gpkg": ".gpkg", "shp": ".zip", "geojson": ".geojson", "csv": ".csv", "xlsx": ".xlsx"}
"""The formats and the suffixes of their files; a Shapefile is sent as one archive."""

MEDIA_TYPES = {
    "gpkg": "application/geopackage+sqlite3",
    "shp": "application/zip",
    "geojson": "application/geo+json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BY_SUFFIX = {".gpkg": "gpkg", ".shp": "shp", ".zip": "shp", ".geojson": "geojson", ".json": "geojson", ".csv": "csv",
              ".xlsx": "xlsx"}  # fmt: skip
CRS_NAMES = ("EPSG:4326", "EPSG:4490", "EPSG:4548", "GCJ-02")
_ENCODED = ("shp", "csv")  # the formats whose text can be in another encoding than UTF-8
_ENCODINGS = {"UTF8": "UTF-8", "GBK": "GBK", "CP936": "GBK", "GB2312": "GBK", "GB18030": "GB18030"}


@dataclass(frozen=True)
class ExportRequest:
    """One layer into one file. `within` is an area's code; `scope` is what the one who asks may see."""

    kind: str
    file: Path
    format: str
    crs: str = "EPSG:4326"
    encoding: str = "UTF-8"
    within: str | None = None
    grid_kind: str = "community"
    scope: Scope = EVERYWHERE

    def checked_kind(self) -> Kind:
        """The kind; raises BadRequest for a wrong kind, format or encoding."""
        kind = kind_of(self.kind)
        if self.format not in FORMATS:
            known = ", ".join(FORMATS)
            raise BadRequest(what="format", why=Both(f"格式有：{known}", f"the formats are {known}"))
        self.codec()
        return kind

    def codec(self) -> str:
        """The text's encoding by Python's name; raises BadRequest for one that the format can't have."""
        plain = self.encoding.upper().replace("-", "").replace("_", "")
        if plain not in _ENCODINGS:
            raise BadRequest(what="encoding", why=Both("编码只有 UTF-8 和 GBK", "the encodings are UTF-8 and GBK"))
        chosen = _ENCODINGS[plain]
        if chosen != "UTF-8" and self.format not in _ENCODED:
            why = Both(
                f"{self.format} 总是 UTF-8；只有 Shapefile 和 CSV 可用 GBK",
                f"{self.format} is always UTF-8; only Shapefile and CSV can be GBK",
            )
            raise BadRequest(what="encoding", why=why)
        return chosen

    def system(self) -> Crs:
        """The coordinate system of the file; raises BadRequest."""
        from gis import crs as systems  # PROJ and numpy take their time to load

        try:
            return systems.parse(self.crs)
        except systems.UnknownCrs as unknown:
            known = ", ".join(CRS_NAMES)
            why = Both(f"不认识这个坐标系；可用：{known} 等", f"{unknown}; {known} and others are")
            raise BadRequest(what="crs", why=why) from unknown


def format_of(file: Path) -> str:
    """The format that a file's suffix names; raises BadRequest."""
    found = _BY_SUFFIX.get(file.suffix.lower())
    if found is None:
        known = ", ".join(FORMATS)
        why = Both(f"请用 --format 指定格式：{known}", f"say with --format which of {known} it is to be")
        raise BadRequest(what="format", why=why)
    return found
