"""TileJSON 3.0.0 of a set of layers."""

from __future__ import annotations

from typing import Any

from gis.access.scope import Scope
from gis.db import Database
from tiles.layers import LAYERS, MAXZOOM, Layer

_EXTENT = """
SELECT ST_XMin(b) AS west, ST_YMin(b) AS south, ST_XMax(b) AS east, ST_YMax(b) AS north
FROM (SELECT ST_Extent(t.geom) AS b FROM {table} t WHERE {seen}{plan}) e WHERE b IS NOT NULL
"""


async def extent(database: Database, layers: tuple[str, ...], scope: Scope, plan_id: int | None) -> list[float] | None:
    """The box of what is visible of these layers, (west, south, east, north) in EPSG:4326; None when it is nothing."""
    boxes = []
    for layer in {LAYERS[name].table: LAYERS[name] for name in layers}.values():
        row = await database.one(_extent_query(layer, scope), {"plan": plan_id, **scope.values()})
        if row:
            boxes.append(row)
    if not boxes:
        return None
    return [
        min(box["west"] for box in boxes),
        min(box["south"] for box in boxes),
        max(box["east"] for box in boxes),
        max(box["north"] for box in boxes),
    ]


def _extent_query(layer: Layer, scope: Scope) -> str:
    return _EXTENT.format(
        table=layer.table,
        seen="TRUE" if layer.scope_column is None else scope.sql(layer.scope_column),
        plan=" AND t.plan_id = %(plan)s" if layer.by_plan else "",
    )


def document(layers: tuple[str, ...], tiles_url: str, bounds: list[float] | None, *, demo: bool) -> dict[str, Any]:
    """The TileJSON document; `tiles_url` holds {z}, {x} and {y}."""
    chosen = [LAYERS[name] for name in layers]
    answer: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": "gridtwin: " + ", ".join(layers) + ("（示范数据）" if demo else ""),
        "scheme": "xyz",
        "tiles": [tiles_url],
        "minzoom": min(layer.minzoom for layer in chosen),
        "maxzoom": MAXZOOM,
        "vector_layers": [
            {
                "id": layer.name,
                "description": layer.title,
                "minzoom": layer.minzoom,
                "maxzoom": MAXZOOM,
                "fields": layer.fields,
            }
            for layer in chosen
        ],
    }
    if bounds:
        answer["bounds"] = bounds
        answer["center"] = [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2, 13]
    return answer
