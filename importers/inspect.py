"""What a file is, before it is imported: layers, columns with samples, extent, CRS and encoding or their candidates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

from gis import crs as systems
from gis.errors import UnreadableFile
from importers import mapping, whereabouts
from importers.findings import Finding, Findings
from importers.history import file_sha256
from importers.kinds import KINDS
from importers.readers import SeveralLayers, Source, open_source
from importers.remembered import Remembered, recall
from importers.request import ImportRequest
from importers.values import text

_SAMPLES = 3
_LOOKED_AT = 20_000  # rows that are read for samples, types and the extent
_MAP = (40, 12)  # characters of the small map


@dataclass
class Column:
    """A column: what its values are, the first different ones, and how many of those looked at are empty."""

    name: str
    type: str = "empty"
    samples: list[str] = field(default_factory=list)
    empty: int = 0


@dataclass
class Layer:
    """A layer as it stands in the file; `extent` is west, south, east, north in its own numbers."""

    name: str
    rows: int | None
    looked_at: int
    geometry: dict[str, int]
    columns: list[Column]
    extent: tuple[float, float, float, float] | None
    crs: str | None
    crs_title: str | None
    candidates: list[whereabouts.Placed]
    encoding: str | None
    encodings: list[tuple[str, tuple[str, ...]]]
    kinds: dict[str, dict[str, str]]
    remembered: dict[str, Remembered]
    remarks: list[Finding]
    picture: list[str]
    bounds: tuple[float, float, float, float] | None

    def as_json(self, language: str) -> dict[str, Any]:
        """The layer for programs."""
        return {
            "name": self.name,
            "rows": self.rows,
            "looked_at": self.looked_at,
            "geometry": self.geometry,
            "columns": [vars(column) for column in self.columns],
            "extent": self.extent,
            "bounds": self.bounds,
            "crs": self.crs,
            "crs_title": self.crs_title,
            "crs_candidates": [
                {
                    "crs": one.candidate.crs.name,
                    "title": one.candidate.crs.title,
                    "swapped": one.candidate.swapped,
                    "reason": one.candidate.reason_zh if language == "zh" else one.candidate.reason_en,
                    "lon": round(one.candidate.lon, 7),
                    "lat": round(one.candidate.lat, 7),
                    "apart_m": round(one.apart_m, 1),
                    "on_areas": one.on_areas,
                }
                for one in self.candidates
            ],
            "encoding": self.encoding,
            "encoding_candidates": [{"encoding": name, "samples": list(samples)} for name, samples in self.encodings],
            "kinds": self.kinds,
            "remembered": {kind: memory.as_json() for kind, memory in self.remembered.items()},
            "remarks": [finding.as_json(language) for finding in self.remarks],
        }


@dataclass
class Inspection:
    """A file with its layers; `why` is set instead when it can't be read."""

    file: str
    sha256: str
    format: str | None
    layers: list[Layer]
    why: UnreadableFile | None = None

    def as_json(self, language: str) -> dict[str, Any]:
        """The inspection for programs."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "format": self.format,
            "layers": [layer.as_json(language) for layer in self.layers],
            "error": None if self.why is None else self.why.message(language),
        }


def inspect(
    file: Path, *, encoding: str | None = None, connection: psycopg.Connection[Any] | None = None
) -> Inspection:
    """Looks at every layer of a file. With a connection candidates are compared with the areas that are there."""
    found = Inspection(file.name, file_sha256(file).hex() if file.exists() else "", None, [])
    try:
        for layer in _layers(file, encoding):
            source = _open(file, layer, encoding)
            found.format = found.format or source.format
            found.layers.append(_look(source, connection, _as_it_comes(file, layer) if encoding else source))
    except UnreadableFile as unreadable:
        found.why = unreadable
    return found


def inspect_at(dsn: str, file: Path, encoding: str | None) -> Inspection:
    """`inspect` with a connection of its own, for a child process."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return inspect(file, encoding=encoding, connection=connection)


def _layers(file: Path, encoding: str | None) -> list[str | None]:
    if file.name.lower().endswith((".pbf", ".osm")):
        return ["buildings", "facilities", "streets", "ground"]
    try:
        open_source(file, encoding=encoding)
    except SeveralLayers as several:
        return list(several.layers)
    return [None]


def _open(file: Path, layer: str | None, encoding: str | None) -> Source:
    if file.name.lower().endswith((".pbf", ".osm")):
        return open_source(file, kind=layer)
    return open_source(file, layer=layer, encoding=encoding)


def _as_it_comes(file: Path, layer: str | None) -> Source | None:
    """The layer without a named encoding: a wrong word about it changes neither what the file could be nor what
    was said of it before. None when it can't be opened so."""
    try:
        return _open(file, layer, None)
    except UnreadableFile:
        return None


def _look(source: Source, connection: psycopg.Connection[Any] | None, as_it_comes: Source | None) -> Layer:
    columns = {name: Column(name) for name in source.columns}
    kinds_of_value: dict[str, Counter[str]] = {name: Counter() for name in source.columns}
    shapes_seen: Counter[str] = Counter()
    corners: list[Any] = []
    looked_at = 0
    for batch in source.batches(source.columns):
        for name, values in batch.columns.items():
            _note_values(columns[name], kinds_of_value[name], values)
        if batch.geometry is not None:
            shapes = shapely.from_wkb(batch.geometry, on_invalid="ignore")
            there = shapes[~shapely.is_missing(shapes)]
            shapes_seen.update(str(one.geom_type) for one in there)
            corners.append(shapely.get_coordinates(there))
        looked_at += batch.rows
        if looked_at >= _LOOKED_AT:
            break
    for name, column in columns.items():
        column.type = " or ".join(sorted(kinds_of_value[name])) or "empty"
    given = np.concatenate(corners) if corners else np.zeros((0, 2))
    given = given[np.isfinite(given).all(axis=1)]
    extent = tuple(float(x) for x in (*given.min(axis=0), *given.max(axis=0))) if len(given) else None
    placed = whereabouts.place(given, connection) if source.crs is None else []
    remarks = Findings()
    for remark in source.remarks:
        remarks.add(remark.check, remark.severity, **remark.values)  # type: ignore[arg-type]
    known, title, bounds = _known_crs(source.crs, given)
    return Layer(
        name=source.layer,
        rows=source.rows if source.rows is not None else (looked_at if looked_at < _LOOKED_AT else None),
        looked_at=looked_at,
        geometry=dict(shapes_seen),
        columns=list(columns.values()),
        extent=extent,  # type: ignore[arg-type]
        crs=known,
        crs_title=title,
        candidates=placed,
        encoding=source.encoding,
        encodings=[(guess.encoding, guess.samples) for guess in (as_it_comes or source).encodings],
        kinds=_fitting_kinds(source),
        remembered=_remembered(as_it_comes or source, connection),
        remarks=list(remarks),
        picture=_picture(given),
        bounds=bounds,
    )


def _note_values(column: Column, types: Counter[str], values: list[Any]) -> None:
    for value in values:
        shown = text(value)
        if shown is None:
            column.empty += 1
            continue
        types[_type(value)] += 1
        if len(column.samples) < _SAMPLES and shown[:60] not in column.samples:
            column.samples.append(shown[:60])


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else type(value).__name__


def _known_crs(
    named: str | None, given: Any
) -> tuple[str | None, str | None, tuple[float, float, float, float] | None]:
    """The file's own coordinate system, in words, and the extent in longitude and latitude."""
    if named is None:
        return None, None, None
    try:
        crs = systems.parse(named)
    except systems.UnknownCrs:
        return named[:200], None, None
    if not len(given):
        return crs.name, crs.title, None
    there = systems.to_storage(given, crs)
    there = there[np.isfinite(there).all(axis=1)]
    if not len(there):
        return crs.name, crs.title, None
    (west, south), (east, north) = there.min(axis=0), there.max(axis=0)
    return crs.name, crs.title, (float(west), float(south), float(east), float(north))


def _fitting_kinds(source: Source) -> dict[str, dict[str, str]]:
    """For each kind the fields that would find their column by name, best first; those with none are left out."""
    found = {
        name: mapping.match(kind, source, ImportRequest(name, Path()), Findings()).columns
        for name, kind in KINDS.items()
    }
    ordered = sorted(found.items(), key=lambda pair: -len(pair[1]))
    return {name: columns for name, columns in ordered if columns}


def _remembered(source: Source, connection: psycopg.Connection[Any] | None) -> dict[str, Remembered]:
    """How the last file of this shape was read, by kind."""
    if connection is None:
        return {}
    found = {name: recall(connection, kind, source) for name, kind in KINDS.items()}
    return {name: memory for name, memory in found.items() if memory is not None}


def _picture(given: Any) -> list[str]:
    """A small map in characters: where the corners lie, north at the top."""
    width, height = _MAP
    if not len(given):
        return []
    low, high = given.min(axis=0), given.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    places = np.minimum(((given - low) / span * (width, height)).astype(int), (width - 1, height - 1))
    counted = np.zeros((height, width), dtype=int)
    np.add.at(counted, (height - 1 - places[:, 1], places[:, 0]), 1)
    steps = np.digitize(counted, np.quantile(counted[counted > 0], [0.0, 0.5, 0.9]))
    return ["".join(" ·+#"[step] for step in row) for row in steps]
