"""Geometries of a batch: parsed, brought to EPSG:4326, and checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis import crs as systems
from gis.crs import Crs
from importers.findings import ERROR, WARNING, Findings
from importers.measure import area_m2
from importers.readers import Batch

Shapes = NDArray[np.object_]

_SINGLE = {"point": 0, "line": 1, "polygon": 3}
_MULTI = {"point": 4, "line": 5, "polygon": 6}
_COLLECTION = 7
_NAMES = (
    *("Point", "LineString", "LinearRing", "Polygon"),
    *("MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"),
)
_WANTED = {"point": "Point", "line": "LineString or MultiLineString", "polygon": "Polygon or MultiPolygon"}


def prepare(
    batch: Batch,
    wanted: str,
    crs: Crs,
    findings: Findings,
    *,
    repair: bool,
    required: bool,
    swap: bool = False,
    skipped: frozenset[int] | set[int] = frozenset(),
    lenient: bool = False,
) -> tuple[Shapes, set[int]]:
    """The shapes of a batch in EPSG:4326 and 2D, as geometries or None; None has a finding, unless it was allowed.

    `swap` reads (north, east). Rows in `skipped`, by their places in the batch, may lack a shape. When `lenient`, rows
    whose shape can't be used are warnings, and their places are returned beside the shapes.

    A multi-geometry of a single part becomes the part, so that one shape has one form whatever format bore it.
    """
    shapes: Shapes = np.full(batch.rows, None, dtype=object)
    if batch.geometry is None:
        return shapes, set()
    shapes = _parse(batch)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    for at, why in batch.broken.items():
        findings.add("geometry-broken", WARNING if lenient else ERROR, rows=(batch.first_row + at,), why=why)
    if required:
        for at in map(int, np.flatnonzero(empty)):
            if at not in batch.broken and at not in skipped:
                findings.add("geometry-missing", WARNING if lenient else ERROR, rows=(batch.first_row + at,))
    shapes[empty] = None
    shapes = _of_type(shapes, wanted, batch.first_row, findings)
    if swap:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    shapes = systems.transform_shapes(shapes, crs, systems.to_storage)
    _check_range(shapes, batch.first_row, findings)
    if wanted == "polygon":
        _check_valid(shapes, batch.first_row, findings, repair=repair, lenient=lenient)
    return shapes, set(map(int, np.flatnonzero(shapely.is_missing(shapes)))) if lenient else set()


def _parse(batch: Batch) -> Shapes:
    """The geometries of a batch; those that can't be parsed are None and noted in `broken`."""
    try:
        parsed: Shapes = shapely.from_wkb(batch.geometry)
    except shapely.errors.GEOSException:
        parsed = np.full(batch.rows, None, dtype=object)
        for index, wkb in enumerate(batch.geometry if batch.geometry is not None else ()):
            try:
                parsed[index] = shapely.from_wkb(wkb)
            except shapely.errors.GEOSException as broken:
                batch.broken[index] = " ".join(str(broken).split())[:200]
    return parsed


def _of_type(shapes: Shapes, wanted: str, first_row: int, findings: Findings) -> Shapes:
    types = shapely.get_type_id(shapes)
    fits = (types == _SINGLE[wanted]) | (types == -1)
    if fits.all():
        return shapes
    lone = ((types == _MULTI[wanted]) | (types == _COLLECTION)) & (shapely.get_num_geometries(shapes) == 1)
    if lone.any():
        shapes[lone] = shapely.get_geometry(shapes[lone], 0)
        types = shapely.get_type_id(shapes)
        fits = (types == _SINGLE[wanted]) | (types == -1)
    if wanted != "point":
        fits |= types == _MULTI[wanted]
    for index in np.flatnonzero(~fits):
        findings.add(
            "geometry-type", ERROR, rows=(first_row + int(index),),
            found=_NAMES[types[index]], wanted=_WANTED[wanted],
        )  # fmt: skip
    shapes[~fits] = None
    return shapes


def _check_range(shapes: Shapes, first_row: int, findings: Findings) -> None:
    bounds = shapely.bounds(shapes)
    there = ~shapely.is_missing(shapes)
    with np.errstate(invalid="ignore"):
        inside = (
            np.isfinite(bounds).all(axis=1)
            & (bounds[:, 0] >= -180) & (bounds[:, 2] <= 180) & (bounds[:, 1] >= -90) & (bounds[:, 3] <= 90)
        )  # fmt: skip
    finite = shapely.is_missing(shapes)
    finite[there] = _all_finite(shapes[there])
    for index in np.flatnonzero(there & ~(inside & finite)):
        west, south = bounds[index, :2]
        findings.add(
            "coordinates-out-of-range", ERROR, rows=(first_row + int(index),), value=f"{west:.6g}, {south:.6g}"
        )
        shapes[index] = None


def _all_finite(shapes: Shapes) -> NDArray[np.bool_]:
    """Whether each shape has only finite coordinates (bounds pass over NaN)."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    good = np.ones(len(shapes), dtype=bool)
    good[owner[~np.isfinite(coordinates).all(axis=1)]] = False
    return good


def _check_valid(shapes: Shapes, first_row: int, findings: Findings, *, repair: bool, lenient: bool) -> None:
    there = ~shapely.is_missing(shapes)
    for index in np.flatnonzero(there & ~shapely.is_valid(shapes)):
        row, shape = first_row + int(index), shapes[index]
        why, point = _reason(shape)
        mended = mend(shape)
        if mended is None:
            findings.add("geometry-unrepairable", WARNING if lenient else ERROR, rows=(row,), point=point, why=why)
            shapes[index] = None
        elif repair:
            size = abs(area_m2(mended) - area_m2(shape))
            findings.add("geometry-repaired", WARNING, rows=(row,), point=point, size=size, unit="m²", why=why, m2=size)
            shapes[index] = mended
        else:
            findings.add("geometry-invalid", ERROR, rows=(row,), point=point, why=why)


def _reason(shape: Any) -> tuple[str, tuple[float, float] | None]:
    """GEOS' reason, such as `Self-intersection[118.1 36.8]`, as words and a (lon, lat)."""
    words, _, place = shapely.is_valid_reason(shape).partition("[")
    try:
        lon, lat = (float(value) for value in place.rstrip("]").split()[:2])
    except ValueError:
        return words, None
    return words, (lon, lat)


def mend(shape: Any) -> Any:
    """The shape made valid, or None when no polygon is left of it."""
    try:
        mended = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    except shapely.errors.GEOSException:
        return None
    parts = [part for part in shapely.get_parts(mended) if part.geom_type == "Polygon" and part.area > 0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
