"""Tiles: one round trip to PostGIS for one or for several that lie together, all layers in it, prepared."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gis.access.scope import Scope
from gis.db import Database
from gis.snapshot import Snapshot
from tiles import afar
from tiles.lanes import Lanes
from tiles.layers import BUFFER, EXTENT, LAYERS, Layer
from tiles.pyramid import Tile

_REACH = "ST_MakeEnvelope(%(reach_west)s, %(reach_south)s, %(reach_east)s, %(reach_north)s, 3857)"
_TILE = f"""WITH tile AS MATERIALIZED (
  SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857) AS box, {_REACH} AS reach,
    %(unit)s::float8 AS unit
)"""
_PRESENT = ", present AS MATERIALIZED (SELECT DISTINCT area FROM ({rows}) r)"
"""The areas of all rows that the tile may draw."""
_SEEN = """(
    (SELECT NOT EXISTS (SELECT FROM present p WHERE ({seen}) IS NOT TRUE))
    OR {column} = ANY(ARRAY(SELECT p.area FROM present p WHERE {seen})))"""
"""A scope may hold hundreds of areas, a tile holds few: those of both are found once, rows are compared with them, and
not even that where all of them are seen."""
_FEW = 100
"""So many rows of a tile beside the one that was asked for are drawn along with it."""
_PLACED = re.compile(r"%\((west|south|east|north|unit|reach_\w+)\)s")
"""The parameters that say which tile it is."""
_AREAS = "SELECT {column} AS area FROM {table} t WHERE t.geom_3857 && {reach}{plan}"
_CROWD = "(SELECT count(*) AS n FROM {table} t WHERE t.geom_3857 && {reach} AND {seen}{plan}) crowd, "
# in a crowd only shapes of 12 × 12 pixels get a label
_ROOMY = " AND (crowd.n <= 1000 OR ST_Area(t.geom_3857) >= (tile.unit * 8 * 12) ^ 2)"


@dataclass(frozen=True, slots=True)
class Rendered:
    """An encoded tile, the snapshot that it shows, and the areas of all rows in it if they were asked for."""

    tile: bytes
    snapshot: Snapshot
    present: frozenset[int | None] | None


async def render(
    database: Database | Lanes, tile: Tile, layers: tuple[str, ...], scope: Scope, plan_id: int | None
) -> Rendered | None:
    """The encoded tile of these layers (names of `LAYERS`), in that order; None when none is drawn at this zoom.

    `plan_id` is the plan of the grid layers, None for no plan at all. For a scope that doesn't see everything the
    areas present are told too, those of hidden rows included (None for rows without one).
    """
    made = await render_all(database, (tile,), layers, scope, plan_id)
    return made[0] if made else None


async def render_all(
    database: Database | Lanes, tiles: Sequence[Tile], layers: tuple[str, ...], scope: Scope, plan_id: int | None
) -> list[Rendered | None]:
    """The same for several tiles of one zoom, all in one snapshot; an empty list when nothing is drawn at this zoom.

    The first is what was asked for; of the others only those that are small, None for each that isn't.
    """
    query = _query(layers, tiles[0].z, scope.everywhere, len(tiles))
    if not query:
        return []
    values: dict[str, Any] = {"plan": plan_id, **scope.values()}
    for number, tile in enumerate(tiles):
        values |= {f"{name}_{number}": value for name, value in tile.box().items()}
    row: Mapping[str, Any] | None = await database.one(query, values)
    assert row is not None  # noqa: S101 - a SELECT without WHERE
    snapshot = Snapshot.parse(_words(row["snapshot"]))
    made: list[Rendered | None] = []
    for number in range(len(tiles)):
        tile = row[f"tile_{number}"]
        present = None if scope.everywhere else _areas(_words(row[f"present_{number}"] or "{}"))
        made.append(None if tile is None else Rendered(tile, snapshot, present))
    return made


def _words(told: bytes | str) -> str:
    return told if isinstance(told, str) else told.decode()


def _areas(array: str) -> frozenset[int | None]:
    """The ids in an array as PostgreSQL writes it; None for NULL."""
    return frozenset(None if each == "NULL" else int(each) for each in array.strip("{}").split(",") if each)


@cache
def _query(layers: tuple[str, ...], zoom: int, everywhere: bool, count: int) -> str:
    """The SQL of some layers at a zoom: the same text for every tile, or `count` of them, so that it stays prepared."""
    scope = Scope(None if everywhere else ())
    drawn = [LAYERS[name] for name in layers if LAYERS[name].minzoom <= zoom]
    if not drawn:
        return ""
    drawing, made = _drawing(drawn, zoom, scope), []
    for number in range(count):
        only = "" if number == 0 else f" WHERE {_small(drawn, zoom)}"
        made.append(f"({_numbered(drawing + only, number)}) m{number}")
    columns = [f"m{number}.{name} AS {name}_{number}" for number in range(count) for name in ("tile", "present")]
    beside = "".join(f" LEFT JOIN {each} ON TRUE" for each in made[1:])
    return f"SELECT {', '.join(columns)}, pg_current_snapshot()::text AS snapshot FROM {made[0]}{beside}"  # noqa: S608 - ours


def _drawing(layers: list[Layer], zoom: int, scope: Scope) -> str:
    """The SQL of one tile: the tile, and the areas present in it where scope hides some."""
    rows = [] if scope.everywhere else _areas_of(layers, zoom)
    present = _PRESENT.format(rows=" UNION ALL ".join(rows)) if rows else ""
    told = "ARRAY(SELECT area FROM present)::text" if rows else "NULL"
    parts = " || ".join(f"coalesce(({_part(layer, zoom, scope)}), ''::bytea)" for layer in layers)
    return f"{_TILE}{present} SELECT {parts} AS tile, {told} AS present"


def _numbered(one: str, number: int) -> str:
    """The SQL of one tile with parameters of its own."""
    return _PLACED.sub(rf"%(\1_{number})s", one)


def _small(layers: list[Layer], zoom: int) -> str:
    """Whether a tile of these layers draws no more than a few rows; more aren't looked at to know it."""
    rows = " UNION ALL ".join(
        f"SELECT 1 FROM {table} t WHERE t.geom_3857 && {_REACH}{_plan(layer)}{only}"  # noqa: S608 - ours
        for layer in layers
        for table, only in _tables(layer, zoom)
    )
    return f"(SELECT count(*) FROM (SELECT 1 FROM ({rows}) r LIMIT {_FEW + 1}) f) <= {_FEW}"  # noqa: S608 - ours


def _areas_of(layers: list[Layer], zoom: int) -> list[str]:
    """Queries for the areas of all rows that a tile of these layers may draw."""
    return sorted(
        {
            _AREAS.format(column=layer.scope_column, table=table, reach=_REACH, plan=_plan(layer) + only)
            for layer in layers
            if layer.scope_column is not None
            for table, only in _tables(layer, zoom)
        }
    )


def _tables(layer: Layer, zoom: int) -> list[tuple[str, str]]:
    """What a layer draws from at a zoom: (table, further condition)."""
    if not layer.merged_at(zoom):
        return [(layer.table, "")]
    each = f" AND (NOT (SELECT EXISTS (SELECT FROM building_afar)){_or_large(zoom)})"  # noqa: S608 - ours
    return [("building_afar", f" AND t.zoom = greatest({zoom}, {afar.FROM})"), (layer.table, each)]


def _or_large(zoom: int) -> str:
    """Buildings that are drawn themselves while small ones are merged."""
    return "" if zoom <= afar.ALL_MERGED else f" OR ST_Area(t.geom_3857) >= {afar.large(zoom)!r}"


def _plan(layer: Layer) -> str:
    return " AND t.plan_id = %(plan)s" if layer.by_plan else ""


def _seen(column: str | None, scope: Scope) -> str:
    if column is None or scope.everywhere:
        return "TRUE"
    return _SEEN.format(column=column, seen=scope.sql("p.area"))


def _part(layer: Layer, zoom: int, scope: Scope) -> str:
    seen = _seen(layer.scope_column, scope)
    crowded = layer.crowded_at(zoom)
    return layer.template(zoom).format(
        layer=layer.name,
        columns=layer.columns_at(zoom),
        table=layer.table,
        joins=layer.joins,
        seen=seen,
        plan=_plan(layer),
        shape=layer.simplified(zoom),
        crowd=_CROWD.format(table=layer.table, reach=_REACH, seen=seen, plan=_plan(layer)) if crowded else "",
        roomy=_ROOMY if crowded else "",
        zoom=zoom,
        merged_ids=afar.IDS,
        or_large=_or_large(zoom),
        reach=_REACH,
        extent=EXTENT,
        buffer=BUFFER,
    )
