"""Which area rows lie in: the deepest one that covers their point on surface, found for many rows at once."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

LEAVES = ("grid", "building", "address", "facility")


def take_over(connection: psycopg.Connection[Any]) -> None:
    """For this transaction the load places its rows itself; the row triggers stand aside."""
    connection.execute("SET LOCAL gridtwin.placed = 'on'")


def place_points(connection: psycopg.Connection[Any]) -> None:
    """Makes `placed(key, area_id)` from `to_place(key bigint, point geometry)`, both temporary.

    Level by level from the deepest, each area asking which of the points left are its own: so PostGIS prepares
    every area once. The outcome is that of the function `area_at`. Keys without an area are left out.
    """
    connection.execute("DROP TABLE IF EXISTS pg_temp.placed")
    connection.execute("CREATE TEMP TABLE placed (key bigint PRIMARY KEY, area_id bigint) ON COMMIT DROP")
    levels = connection.execute("SELECT DISTINCT nlevel(path) AS depth FROM area ORDER BY depth DESC").fetchall()
    if not levels:
        return
    connection.execute("CREATE INDEX ON to_place USING gist (point)")
    connection.execute("ANALYZE to_place")
    for (depth,) in levels:
        connection.execute(
            "INSERT INTO placed SELECT DISTINCT ON (p.key) p.key, a.id FROM area a JOIN to_place p"
            " ON ST_Covers(a.geom, p.point) WHERE nlevel(a.path) = %s ORDER BY p.key, a.id"
            " ON CONFLICT (key) DO NOTHING",
            (depth,),
        )


def place_again(connection: psycopg.Connection[Any], old_and_new: list[bytes]) -> int:
    """Places the leaves within the extents of areas that changed (boxes as WKB); returns how many moved."""
    if not old_and_new:
        return 0
    moved = 0
    take_over(connection)
    for leaf in LEAVES:
        key = "row_id" if leaf == "grid" else "id"
        connection.execute("DROP TABLE IF EXISTS pg_temp.to_place")
        connection.execute(
            sql.SQL(
                "CREATE TEMP TABLE to_place ON COMMIT DROP AS"
                " SELECT l.{key} AS key, {point} AS point, l.area_id FROM {leaf} l"
                " WHERE EXISTS (SELECT FROM unnest(%s::bytea[]) AS box"
                " WHERE l.geom && ST_SetSRID(ST_GeomFromWKB(box), 4326))"
            ).format(
                key=sql.Identifier(key),
                leaf=sql.Identifier(leaf),
                point=sql.SQL("l.geom" if leaf in ("address", "facility") else "ST_PointOnSurface(l.geom)"),
            ),
            (old_and_new,),
        )
        place_points(connection)
        cursor = connection.execute(
            sql.SQL(
                "UPDATE {leaf} l SET area_id = placed.area_id FROM to_place LEFT JOIN placed USING (key)"
                " WHERE l.{key} = to_place.key AND placed.area_id IS DISTINCT FROM to_place.area_id"
            ).format(leaf=sql.Identifier(leaf), key=sql.Identifier(key))
        )
        moved += cursor.rowcount
    return moved
