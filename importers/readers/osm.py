"""OpenStreetMap extracts (.osm.pbf, .osm): buildings, facilities, streets and ground by their tags.

Tags: https://wiki.openstreetmap.org/wiki/Map_features. Codes are `way/123`, `relation/123` and `node/123`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from importers.encodings import Guess
from importers.readers.ogr import OgrSource
from importers.readers.source import Batch, Remark, unreadable

Tags = dict[str, str]

_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:m|米)?\s*")

_CATEGORIES = {
    ("amenity", "police"): "police", ("emergency", "fire_hydrant"): "hydrant", ("amenity", "clinic"): "clinic",
    ("amenity", "doctors"): "clinic", ("amenity", "hospital"): "hospital", ("amenity", "school"): "school",
    ("amenity", "kindergarten"): "kindergarten", ("amenity", "social_facility"): "elderly_care",
    ("amenity", "marketplace"): "market", ("leisure", "park"): "park", ("highway", "bus_stop"): "bus_stop",
    ("amenity", "charging_station"): "charging", ("amenity", "recycling"): "waste_sorting",
    ("leisure", "fitness_station"): "fitness", ("amenity", "toilets"): "toilet",
    ("man_made", "surveillance"): "camera", ("emergency", "defibrillator"): "aed",
    ("emergency", "assembly_point"): "shelter", ("amenity", "parking"): "parking",
    ("amenity", "community_centre"): "service_center", ("amenity", "townhall"): "service_center",
}  # fmt: skip
_GROUND = {
    ("natural", "water"): "water", ("waterway", "riverbank"): "water", ("landuse", "reservoir"): "water",
    ("landuse", "basin"): "water", ("leisure", "park"): "green", ("landuse", "grass"): "green",
    ("landuse", "forest"): "green", ("natural", "wood"): "green", ("landuse", "meadow"): "green",
    ("leisure", "garden"): "green", ("landuse", "recreation_ground"): "green", ("natural", "scrub"): "green",
    ("landuse", "village_green"): "green", ("landuse", "farmland"): "farmland",
}  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """What of an extract is read for a kind: GDAL's layers, the columns made from the tags, the shape wanted."""

    layers: tuple[str, ...]
    columns: tuple[str, ...]
    read: Callable[[Tags], Tags | None]


def _building(tags: Tags) -> Tags | None:
    if tags.get("building", "no") == "no":
        return None
    return {
        "use": tags["building"] if tags["building"] != "yes" else "",
        "height": _metres(tags.get("height", "")),
        "levels": _metres(tags.get("building:levels", "")).partition(".")[0],  # half floors are not counted
        "year": (tags.get("start_date", "") + "    ")[:4].strip() if tags.get("start_date", "")[:4].isdigit() else "",
        "street": tags.get("addr:street", ""),
        "housenumber": tags.get("addr:housenumber", ""),
    }


def _facility(tags: Tags) -> Tags | None:
    for (key, value), category in _CATEGORIES.items():
        if tags.get(key) == value:
            return {"category": category}
    return None


def _street(tags: Tags) -> Tags | None:
    if not tags.get("highway"):
        return None
    return {"class": tags["highway"], "width": _metres(tags.get("width", ""))}


def _ground(tags: Tags) -> Tags | None:
    for (key, value), kind in _GROUND.items():
        if tags.get(key) == value:
            return {"kind": kind}
    return None


def _metres(text: str) -> str:
    """The number of a tag such as `12`, `12.5 m`; anything else counts as not given."""
    found = _NUMBER.fullmatch(text)
    return found.group(1) if found else ""


_THEMES = {
    "buildings": Theme(("multipolygons",), ("use", "height", "levels", "year", "street", "housenumber"), _building),
    "facilities": Theme(("points", "multipolygons"), ("category",), _facility),
    "streets": Theme(("lines",), ("class", "width"), _street),
    "ground": Theme(("multipolygons",), ("kind",), _ground),
}


class OsmSource:
    """The part of an extract that makes one kind; areas, grids and addresses are not read from OpenStreetMap.

    Shapes that the extract's edge cut are left out, and invalid ones repaired, with a finding each: nobody who has
    an extract could mend them.
    """

    format = "OSM"
    crs: str | None = "EPSG:4326"
    rows: int | None = None
    has_geometry = True
    encoding: str | None = "UTF-8"
    lenient = True

    def __init__(self, path: Path, kind: str) -> None:
        if kind not in _THEMES:
            raise unreadable(path, "osm-kind", known=", ".join(_THEMES), kind=kind)
        self.path = path
        self.layer = kind
        self.encodings: list[Guess] = []
        self.remarks: list[Remark] = []
        self._theme = _THEMES[kind]
        self._parts = [OgrSource(path, str(path), "OSM", layer=layer) for layer in self._theme.layers]
        self.columns = ["code", "name", *self._theme.columns]
        if kind == "facilities":
            self.remarks.append(Remark("middle-of-polygon", "info", {}))

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """What the tags select, in batches; facilities that are polygons by a point on their surface."""
        first = 1
        for part in self._parts:
            for batch in part.batches(part.columns):
                chosen, values = self._select(part.layer, batch)
                if batch.geometry is None or not chosen:
                    continue
                shapes = batch.geometry[chosen]
                if self.layer == "facilities" and part.layer == "multipolygons":
                    shapes = shapely.to_wkb(shapely.point_on_surface(shapely.from_wkb(shapes, on_invalid="ignore")))
                yield Batch(
                    first, len(chosen), {name: values[name] for name in columns}, np.asarray(shapes, dtype=object)
                )
                first += len(chosen)

    def _select(self, layer: str, batch: Batch) -> tuple[list[int], dict[str, list[Any]]]:
        chosen: list[int] = []
        values: dict[str, list[Any]] = {name: [] for name in self.columns}
        for at in range(batch.rows):
            tags = {name: str(column[at]) for name, column in batch.columns.items() if column[at] is not None}
            code = _code(layer, tags)
            tags.update((_plain(key), _plain(value)) for key, value in _PAIR.findall(tags.pop("other_tags", "")))
            found = self._theme.read(tags)
            if found is None:
                continue
            chosen.append(at)
            values["code"].append(code)
            values["name"].append(tags.get("name"))
            for name in self._theme.columns:
                values[name].append(found.get(name) or None)
        return chosen, values


def _code(layer: str, tags: Tags) -> str:
    if layer == "points":
        return f"node/{tags['osm_id']}"
    if layer == "multipolygons" and "osm_id" in tags:
        return f"relation/{tags['osm_id']}"
    return f"way/{tags.get('osm_way_id') or tags['osm_id']}"


def _plain(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")
