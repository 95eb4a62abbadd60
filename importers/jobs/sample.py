"""Some shapes of each layer, kept in the file's own numbers, so that every candidate CRS can be tried on the map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely

from gis import crs as systems
from gis.errors import BadRequest, NotFound
from gis.messages import Both
from importers.inspect import Inspection
from importers.readers import open_source

_SHAPES = 400
_VERTICES = 40_000
_FINENESS = 2000  # a shape is drawn with no more detail than this part of the layer's extent


def _file(folder: Path) -> Path:
    return folder / "sample.json"


def keep(folder: Path, file: Path, found: Inspection, encoding: str | None) -> None:
    """Writes the sample of every layer that was inspected: WKB as hexadecimal, by the layer's name."""
    samples = {layer.name: _take(file, layer.name, layer.extent, encoding) for layer in found.layers}
    _file(folder).write_bytes(msgspec.json.encode(samples))


def _take(file: Path, layer: str, extent: tuple[float, float, float, float] | None, encoding: str | None) -> list[str]:
    if extent is None:
        return []
    is_osm = file.name.lower().endswith((".pbf", ".osm"))
    source = open_source(file, kind=layer) if is_osm else open_source(file, layer=layer, encoding=encoding)
    batch = next(iter(source.batches([])), None)
    if batch is None or batch.geometry is None:
        return []
    chosen = batch.geometry[np.unique(np.linspace(0, batch.rows - 1, _SHAPES).astype(int))]
    shapes = shapely.from_wkb(chosen, on_invalid="ignore")
    shapes = shapely.force_2d(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))])
    fineness = max(extent[2] - extent[0], extent[3] - extent[1]) / _FINENESS
    shapes = shapely.simplify(shapes, fineness, preserve_topology=False)
    shapes = shapes[~shapely.is_empty(shapes)]
    counted = np.cumsum(shapely.get_num_coordinates(shapes))
    return [str(one) for one in shapely.to_wkb(shapes[counted <= _VERTICES], hex=True)]


def on_map(folder: Path, layer: str, crs: str, *, swap: bool) -> dict[str, Any]:
    """The sample of a layer, read in a coordinate system, as GeoJSON in EPSG:4326 with its bbox.

    Raises NotFound for a layer that the file doesn't have, BadRequest for a system that is not known.
    """
    samples: dict[str, list[str]] = msgspec.json.decode(_file(folder).read_bytes())
    if layer not in samples:
        raise NotFound(what=layer)
    try:
        system = systems.parse(crs)
    except systems.UnknownCrs as unknown:
        raise BadRequest(what="crs", why=Both("不认识这个坐标系", str(unknown))) from unknown
    shapes = shapely.from_wkb(samples[layer])
    if swap:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    shapes = systems.transform_shapes(shapes, system, systems.to_storage)
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        good = np.isfinite(bounds).all(axis=1) & (np.abs(bounds[:, ::2]) <= 180).all(axis=1)
        good &= (np.abs(bounds[:, 1::2]) <= 90).all(axis=1)
    drawn = shapely.to_geojson(shapes[good])
    west, south, east, north = shapely.total_bounds(shapes[good])
    return {
        "type": "FeatureCollection",
        "bbox": [float(west), float(south), float(east), float(north)] if good.any() else None,
        "features": [
            {"type": "Feature", "geometry": msgspec.json.decode(one), "properties": {}} for one in drawn
        ],
    }  # fmt: skip
