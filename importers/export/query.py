"""The rows of a layer within an area and a scope, in batches, as one snapshot sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg import sql

from gis.access.scope import Scope
from gis.errors import BadRequest, NotFound
from gis.messages import Both
from importers.export.request import ExportRequest
from importers.kinds import REAL, Field, Kind
from importers.shapes import Shapes

Connection = psycopg.Connection[Any]
Rows = tuple[list[tuple[Any, ...]], Shapes]

BATCH_ROWS = 5_000
_ELSEWHERE = {
    "parent": "(SELECT p.code FROM area p WHERE p.id = t.parent_id AND {area_seen})",
    "area": "(SELECT p.code FROM area p WHERE p.id = t.area_id AND {area_seen})",
    "building_code": "(SELECT b.code FROM building b WHERE b.id = t.building_id AND {building_seen})",
}
"""Fields that stand in another table: what is outside the scope is told to nobody."""


def check(connection: Connection, request: ExportRequest) -> None:
    """Whether the area that is asked for is there and within the scope, and the kind of grid; raises."""
    if request.within is not None:
        seen = connection.execute(
            "SELECT FROM area WHERE code = %(code)s AND " + request.scope.sql("id"),
            {"code": request.within, **request.scope.values()},
        ).fetchone()
        if seen is None:
            raise NotFound(what=f"area {request.within}")
    if request.kind == "grids":
        kinds = [code for (code,) in connection.execute("SELECT code FROM grid_kind ORDER BY rank")]
        if request.grid_kind not in kinds:
            known = ", ".join(kinds)
            raise BadRequest(what="kind", why=Both(f"网格的种类有：{known}", f"the kinds of grid are {known}"))


def texts(connection: Connection, kind: Kind, request: ExportRequest) -> Iterator[tuple[Any, ...]]:
    """The text fields of all rows, in the order of `text_fields`."""
    chosen = [_column(field, request.scope) for field in text_fields(kind)]
    with connection.cursor(name="export_texts") as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(_select(kind, request, chosen), _values(request))
        yield from cursor


def text_fields(kind: Kind) -> list[Field]:
    """The fields of a kind that are text."""
    return [field for field in kind.fields if field.type == "text"]


def batches(connection: Connection, kind: Kind, request: ExportRequest) -> Iterator[Rows]:
    """Batches of (values of all fields, shapes in EPSG:4326), in a lasting order."""
    chosen = [_column(field, request.scope) for field in kind.fields]
    chosen.append(sql.SQL("ST_AsBinary(t.geom)"))
    with connection.cursor(name="export_rows", binary=True) as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(_select(kind, request, chosen), _values(request))
        while rows := cursor.fetchmany(BATCH_ROWS):
            shapes = np.empty(len(rows), dtype=object)
            shapes[:] = shapely.from_wkb([bytes(row[-1]) for row in rows])
            yield [row[:-1] for row in rows], shapes


def _column(field: Field, scope: Scope) -> sql.Composable:
    if field.name in _ELSEWHERE:
        seen = {"area_seen": scope.sql("p.id"), "building_seen": scope.sql("b.area_id")}
        return sql.SQL(_ELSEWHERE[field.name].format(**seen))
    column = sql.SQL("t.{}").format(sql.Identifier(field.name))
    # by way of text a float4 is the shortest number that reads back as itself: 20.1, not 20.100000381
    return (
        sql.SQL("CASE WHEN abs({0}) < 'Infinity' THEN {0}::text::float8 END").format(column)
        if field.type == REAL
        else column
    )


def _select(kind: Kind, request: ExportRequest, chosen: list[sql.Composable]) -> sql.Composed:
    table = sql.Identifier(kind.table)
    conditions = [_seen(kind, request.scope)]
    if request.within is not None:
        conditions.append(_inside(kind))
    if kind.table == "grid":
        conditions.append(
            sql.SQL("t.plan_id = (SELECT id FROM plan WHERE kind = %(grid_kind)s AND state = 'published')")
        )
    return sql.SQL("SELECT {chosen} FROM {table} t WHERE {conditions} ORDER BY {order}").format(
        chosen=sql.SQL(", ").join(chosen),
        table=table,
        conditions=sql.SQL(" AND ").join(conditions),
        order=sql.SQL("t.path" if kind.table == "area" else "t.id"),
    )


def _seen(kind: Kind, scope: Scope) -> sql.SQL:
    if kind.table == "area":
        return sql.SQL(scope.sql("t.id"))
    # streets and ground are the base map, which everyone who is signed in sees
    return sql.SQL(scope.sql("t.area_id") if kind.in_areas else "TRUE")


def _inside(kind: Kind) -> sql.SQL:
    """The condition that a row lies in the area asked for."""
    below = "SELECT b.id FROM area b, area w WHERE w.code = %(within)s AND b.path <@ w.path"
    if kind.table == "area":
        return sql.SQL(f"t.id IN ({below})")
    if kind.in_areas:
        return sql.SQL(f"t.area_id IN ({below})")
    return sql.SQL(
        "EXISTS (SELECT FROM area w WHERE w.code = %(within)s AND t.geom && w.geom"
        " AND ST_Covers(w.geom, ST_PointOnSurface(t.geom)))"
    )


def _values(request: ExportRequest) -> dict[str, Any]:
    return {"within": request.within, "grid_kind": request.grid_kind, **request.scope.values()}
