"""What programs read before they ask for tiles: the MapLibre style, and the documents of OGC API Tiles."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tiles.layers import LAYERS, MAXZOOM
from tiles.pyramid import HALF

MATRIX_SET = "WebMercatorQuad"
_SCHEME = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_MVT = "application/vnd.mapbox-vector-tile"
_CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
)
DATASET = "ground,streets,areas,grids,buildings,facilities"
"""The layers of a tile that asks for no collection."""


@cache
def _style() -> str:
    return (Path(__file__).parent / "style.json").read_text(encoding="utf-8")


def style(root: str) -> dict[str, Any]:
    """The style of all layers for MapLibre, without glyph or sprite server; `root` is the service's address."""
    made: dict[str, Any] = json.loads(_style())
    for source in made["sources"].values():
        source["tiles"] = [address.replace("{root}", root) for address in source["tiles"]]
    return made


def landing(root: str) -> dict[str, Any]:
    """OGC API: where everything is."""
    links = {
        "self": (f"{root}/ogc", "This document"),
        "conformance": (f"{root}/ogc/conformance", "What it conforms to"),
        "service-desc": (f"{root}/openapi.json", "OpenAPI"),
        "data": (f"{root}/ogc/collections", "Features: collections"),
        "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector": (f"{root}/ogc/tiles", "Vector tiles"),
        "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes": (f"{root}/ogc/tileMatrixSets", "Tile matrix sets"),
    }
    return {
        "title": "gridtwin",
        "description": "网格化治理数字孪生",
        "links": [
            {"rel": rel, "href": href, "title": title, "type": _type(rel)} for rel, (href, title) in links.items()
        ],
    }


def _type(rel: str) -> str:
    return "application/vnd.oai.openapi+json;version=3.0" if rel == "service-desc" else "application/json"


def conformance() -> dict[str, Any]:
    """OGC API: the classes that it conforms to."""
    return {"conformsTo": list(_CONFORMANCE)}


def tilesets(root: str) -> dict[str, Any]:
    """OGC API Tiles: the one tile set of the data set, and each layer's as a selection of it."""
    return {
        "tilesets": [
            {
                "title": "gridtwin",
                "dataType": "vector",
                "crs": _CRS,
                "tileMatrixSetURI": _SCHEME,
                "links": [
                    {"rel": "self", "href": f"{root}/ogc/tiles/{MATRIX_SET}", "type": "application/json"},
                    _item(root),
                ],
            }
        ],
        "links": [{"rel": "self", "href": f"{root}/ogc/tiles", "type": "application/json"}],
    }


def _item(root: str) -> dict[str, Any]:
    return {
        "rel": "item",
        "href": f"{root}/ogc/tiles/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
        "type": _MVT,
        "templated": True,
        "title": "A tile; ?collections=areas,grids chooses layers",
    }


def tileset(root: str, names: tuple[str, ...]) -> dict[str, Any]:
    """OGC API Tiles: the metadata of the tile set, with the layers that the account may ask for."""
    kinds = {"polygon": 2, "building": 2, "line": 1, "point": 0, "label": 0, "issue": 0}
    return {
        "title": "gridtwin",
        "dataType": "vector",
        "crs": _CRS,
        "tileMatrixSetURI": _SCHEME,
        "layers": [
            {
                "id": name,
                "title": LAYERS[name].title,
                "dataType": "vector",
                "geometryDimension": kinds[LAYERS[name].geometry],
                "minTileMatrix": str(LAYERS[name].minzoom),
                "maxTileMatrix": str(MAXZOOM),
                "propertiesSchema": {
                    "type": "object",
                    "properties": {field: {"description": text} for field, text in LAYERS[name].fields.items()},
                },
            }
            for name in names
        ],
        "links": [
            {"rel": "self", "href": f"{root}/ogc/tiles/{MATRIX_SET}", "type": "application/json"},
            {
                "rel": "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
                "href": f"{root}/ogc/tileMatrixSets/{MATRIX_SET}",
                "type": "application/json",
            },
            _item(root),
        ],
    }


def matrix_sets(root: str) -> dict[str, Any]:
    """OGC: the tile matrix sets that there are."""
    href = f"{root}/ogc/tileMatrixSets/{MATRIX_SET}"
    link = {"rel": "self", "href": href, "type": "application/json"}
    return {"tileMatrixSets": [{"id": MATRIX_SET, "uri": _SCHEME, "crs": _CRS, "links": [link]}]}


def matrix_set() -> dict[str, Any]:
    """OGC: WebMercatorQuad, as the standard (17-083r4, annex D.1) defines it."""
    cell = 2 * HALF / 256
    return {
        "id": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": _SCHEME,
        "crs": _CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": cell / 2**zoom / 0.00028,
                "cellSize": cell / 2**zoom,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-HALF, HALF],
                "matrixWidth": 2**zoom,
                "matrixHeight": 2**zoom,
                "tileWidth": 256,
                "tileHeight": 256,
            }
            for zoom in range(MAXZOOM + 1)
        ],
    }
