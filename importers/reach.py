"""Which areas an import reaches: what an account may not touch is refused, and the history knows whose import it is."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from importers.findings import ERROR, Findings
from importers.history import History
from importers.kinds import Kind
from importers.places import place_points
from importers.request import ImportRequest

Connection = psycopg.Connection[Any]

NOWHERE = 0
"""Stands for places outside every area: nobody's scope holds it, only those reach it who see everything."""


def check(connection: Connection, kind: Kind, request: ImportRequest, findings: Findings) -> None:
    """After the comparison: an error for every row that lies, or lay, outside the areas in `request.visible`."""
    if request.visible is None:
        return
    values = {"visible": list(request.visible), "within": request.within}
    is_own = "SELECT FROM area WHERE code = %(within)s AND id = ANY(%(visible)s)"
    if request.within is not None and connection.execute(is_own, values).fetchone() is None:
        findings.add("unknown-area", ERROR, codes=(request.within,), value=request.within)
    if kind.name == "areas":
        outside: sql.SQL | sql.Composed = sql.SQL(_AREAS_OUTSIDE)
    else:
        _place(connection, kind)
        outside = sql.SQL(_ROWS_OUTSIDE).format(
            stated=sql.SQL("s.area_id = ANY(%(visible)s)" if kind.name == "grids" else "true")
        )
    for row, code in connection.execute(outside, values).fetchall():
        findings.add(
            "outside-scope", ERROR, rows=() if row is None else (row,), codes=(code,) if code else (), value=code or "–"
        )


# the place of a shape in the file stands under its row, that of the row which it would change under minus its row
_ROWS_OUTSIDE = """
SELECT s.row, s.code FROM staged s LEFT JOIN placed new ON new.key = s.row
  LEFT JOIN (SELECT row, id FROM difference WHERE id IS NOT NULL) d USING (row)
  LEFT JOIN placed old ON old.key = -s.row
WHERE NOT coalesce((s.geom IS NULL OR new.area_id = ANY(%(visible)s)) AND {stated}
  AND (d.id IS NULL OR old.area_id = ANY(%(visible)s)), false)
ORDER BY s.row
"""

# areas below the account's own may change; the own one and its neighbours may not, nor may one reach over the border
_AREAS_OUTSIDE = """
SELECT r.row, r.code FROM difference d JOIN resolved r USING (code) JOIN staged s USING (row)
  LEFT JOIN area t ON t.id = d.id LEFT JOIN area p ON p.code = r.parent,
  (SELECT ST_Buffer(ST_Union(geom), 1e-6) AS geom FROM area WHERE id = ANY(%(visible)s)) own
WHERE (d.is_new OR d.changed) AND NOT coalesce(
  (t.id IS NULL OR t.parent_id = ANY(%(visible)s)) AND ST_CoveredBy(s.geom, own.geom)
  AND (p.id = ANY(%(visible)s) OR r.parent IN (SELECT code FROM difference WHERE is_new)), false)
ORDER BY r.row
"""


def _place(connection: Connection, kind: Kind) -> None:
    there = sql.SQL("grid t ON t.row_id" if kind.name == "grids" else "{} t ON t.id").format(sql.Identifier(kind.table))
    connection.execute("DROP TABLE IF EXISTS pg_temp.to_place")
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE to_place ON COMMIT DROP AS"
            " SELECT s.row::bigint AS key, ST_PointOnSurface(s.geom) AS point FROM staged s WHERE s.geom IS NOT NULL"
            " UNION ALL SELECT -d.row::bigint, ST_PointOnSurface(t.geom) FROM difference d JOIN {there} = d.id"
        ).format(there=there)
    )
    place_points(connection)
    if kind.in_areas:  # such rows say to which area they belong
        connection.execute("DELETE FROM placed WHERE key < 0")
        connection.execute(
            sql.SQL(
                "INSERT INTO placed SELECT -d.row::bigint, t.area_id FROM difference d JOIN {there} = d.id"
                " WHERE t.area_id IS NOT NULL"
            ).format(there=there)
        )


def note(connection: Connection, kind: Kind, history: History) -> None:
    """After the writing, in the same transaction: notes which areas the import reached."""
    if kind.name == "grids":
        touched: sql.Composable = sql.SQL(_GRIDS_TOUCHED)
    elif kind.name == "areas" or kind.in_areas:
        column = "parent_id" if kind.name == "areas" else "area_id"
        touched = sql.SQL(_ROWS_TOUCHED).format(
            column=sql.Identifier(column), key=sql.Literal(column), table=sql.Identifier(kind.table)
        )
    else:
        _place_touched(connection, history)
        touched = sql.SQL("SELECT p.area_id FROM to_place LEFT JOIN placed p USING (key)")
    connection.execute(
        sql.SQL(
            "UPDATE import_run SET reach = coalesce((SELECT array_agg(DISTINCT coalesce(t.area, {nowhere}))"
            " FROM ({touched}) t (area)), '{{}}') WHERE id = %(run)s"
        ).format(nowhere=NOWHERE, touched=touched),
        {"run": history.run},
    )


_ROWS_TOUCHED = """
SELECT t.{column} FROM {table} t, (SELECT unnest(added_ids) AS ids FROM import_run WHERE id = %(run)s) added
WHERE t.id >= lower(ids) AND t.id < upper(ids)
UNION SELECT t.{column} FROM import_row r JOIN {table} t ON t.id = r.row_id WHERE r.import_id = %(run)s
UNION SELECT (r.before ->> {key})::bigint FROM import_row r WHERE r.import_id = %(run)s
"""
_GRIDS_TOUCHED = """
SELECT s.area_id FROM staged s JOIN difference d USING (row) WHERE d.is_new OR d.changed
UNION SELECT g.area_id FROM difference d JOIN grid g ON g.row_id = d.id WHERE d.changed
UNION SELECT g.area_id FROM gone JOIN grid g USING (code) JOIN plan p ON p.id = g.plan_id
  WHERE p.kind = (SELECT made.kind FROM import_run i JOIN plan made ON made.id = i.plan_id WHERE i.id = %(run)s)
"""


def _place_touched(connection: Connection, history: History) -> None:
    """Makes `placed` for the rows of a kind that has no area, as they were and as they are."""
    connection.execute("DROP TABLE IF EXISTS pg_temp.to_place")
    connection.execute(
        "CREATE TEMP TABLE to_place ON COMMIT DROP AS"
        " SELECT row_number() OVER () AS key, ST_PointOnSurface(geom) AS point FROM ("
        "  SELECT s.geom FROM staged s JOIN difference d USING (row) WHERE (d.is_new OR d.changed)"
        "  UNION ALL SELECT (r.before ->> 'geom')::geometry FROM import_row r WHERE r.import_id = %(run)s"
        " ) touched WHERE geom IS NOT NULL",
        {"run": history.run},
    )
    place_points(connection)
