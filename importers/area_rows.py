"""Areas in the database: compared with the file, written level by level, taken away with their leaves kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from importers.findings import ERROR, Findings
from importers.history import History
from importers.intake import Intake
from importers.leaves import SAME_SHAPE, Difference
from importers.places import LEAVES, place_again

Connection = psycopg.Connection[Any]


def fill_in(connection: Connection, intake: Intake, findings: Findings) -> None:
    """Takes what a file says nothing about (shape or name) from the areas that are there."""
    connection.execute(
        "UPDATE staged s SET geom = coalesce(s.geom, a.geom), name = coalesce(s.name, a.name)"
        " FROM area a WHERE a.code = s.code"
        " AND ((%(shapeless)s AND s.geom IS NULL) OR (%(nameless)s AND s.name IS NULL))",
        {"shapeless": intake.shapeless, "nameless": "name" not in intake.mapped},
    )
    if intake.shapeless:
        note_unknown(connection, findings)


def note_unknown(connection: Connection, findings: Findings) -> None:
    """For a file without geometry: codes that are not there yet."""
    for row, code in connection.execute("SELECT row, code FROM staged WHERE geom IS NULL ORDER BY row").fetchall():
        findings.add("no-such-row", ERROR, rows=(row,), codes=(code,) if code else (), value=code or "–")


def compare(connection: Connection, arriving: Iterable[tuple[Any, ...]]) -> Difference:
    """Makes `resolved` from (code, row, name, level, parent, path) and `difference` from it and what is there."""
    connection.execute(
        "CREATE TEMP TABLE resolved (code text PRIMARY KEY, row integer, name text, level text,"
        " parent text, path text) ON COMMIT DROP"
    )
    with connection.cursor().copy("COPY resolved (code, row, name, level, parent, path) FROM STDIN") as copy:
        for area in arriving:
            copy.write_row(area)
    connection.execute(_COMPARE)
    counted = connection.execute(
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE changed), 0,"
        " count(*) FILTER (WHERE NOT is_new AND NOT changed) FROM difference"
    ).fetchone() or (0, 0, 0, 0)
    return Difference(*counted)


_COMPARE = sql.SQL(
    "CREATE TEMP TABLE difference ON COMMIT DROP AS"
    " SELECT r.code, t.id, t.id IS NULL AS is_new, ST_AsBinary(ST_Envelope(t.geom)) AS old_box,"
    " t.id IS NOT NULL AND (r.parent IS DISTINCT FROM p.code OR NOT {same}) AS moved,"
    " t.id IS NOT NULL AND (r.name <> btrim(t.name) OR r.level <> t.level OR r.parent IS DISTINCT FROM p.code"
    " OR NOT {same}) AS changed"
    " FROM resolved r JOIN staged s USING (row) LEFT JOIN area t ON t.code = r.code"
    " LEFT JOIN area p ON p.id = t.parent_id"
).format(same=SAME_SHAPE)

# areas below one that gets another path, which are not in the file themselves
_DRAGGED_ALONG = sql.SQL(
    "SELECT a.id FROM area a WHERE NOT EXISTS (SELECT FROM difference d WHERE d.changed AND d.id = a.id)"
    " AND EXISTS (SELECT FROM area t JOIN resolved r ON r.code = t.code"
    " WHERE t.path <> r.path::ltree AND a.path <@ t.path)"
)


def check_gone(connection: Connection, findings: Findings) -> None:
    """An area goes only together with everything below it."""
    for code, below in connection.execute(
        "SELECT a.code, array_agg(c.code ORDER BY c.code) FROM gone JOIN area a USING (id)"
        " JOIN area c ON c.parent_id = a.id WHERE c.id NOT IN (SELECT id FROM gone)"
        " AND c.code NOT IN (SELECT code FROM resolved WHERE parent IS DISTINCT FROM a.code) GROUP BY a.code"
    ).fetchall():
        findings.add(
            "area-in-use", ERROR, codes=(code,), size=len(below), unit="areas", value=code, below=", ".join(below[:10])
        )


def write(connection: Connection, levels: Sequence[str], history: History) -> None:
    """Writes what `compare` found, highest level first, and places the leaves anew where borders moved."""
    history.keep("changed", sql.SQL("SELECT id FROM difference WHERE changed"))
    history.keep("changed", _DRAGGED_ALONG)
    for level in levels:
        history.insert(
            sql.SQL(
                "INSERT INTO area (code, name, level, parent_id, path, geom)"
                " SELECT r.code, r.name, r.level, p.id, r.path::ltree, s.geom FROM difference d"
                " JOIN resolved r USING (code) JOIN staged s USING (row) LEFT JOIN area p ON p.code = r.parent"
                " WHERE d.is_new AND r.level = {} ORDER BY s.geom RETURNING id"
            ).format(level)
        )
    # everything below an area that moves to another parent moves along
    connection.execute(
        "UPDATE area a SET path = r.path::ltree || CASE WHEN nlevel(a.path) > nlevel(t.path)"
        " THEN subpath(a.path, nlevel(t.path)) ELSE '' END"
        " FROM area t JOIN resolved r ON r.code = t.code"
        " WHERE t.path <> r.path::ltree AND a.path <@ t.path AND NOT EXISTS ("
        "   SELECT FROM area u JOIN resolved ru ON ru.code = u.code"
        "   WHERE u.path <> ru.path::ltree AND a.path <@ u.path AND u.path <@ t.path AND u.id <> t.id)"
    )
    connection.execute(
        "UPDATE area t SET name = r.name, level = r.level, parent_id = p.id, geom = s.geom"
        " FROM difference d JOIN resolved r USING (code) JOIN staged s USING (row)"
        " LEFT JOIN area p ON p.code = r.parent WHERE d.changed AND t.id = d.id"
    )
    boxes = connection.execute(
        "SELECT ST_AsBinary(ST_Envelope(s.geom)) FROM difference d JOIN resolved r USING (code)"
        " JOIN staged s USING (row) WHERE d.is_new OR d.moved UNION SELECT old_box FROM difference WHERE moved"
        " UNION SELECT ST_AsBinary(ST_Envelope(geom)) FROM area JOIN gone USING (id)"
    ).fetchall()
    history.keep("removed", sql.SQL("SELECT id FROM gone"))
    history.note_changed()
    remove(connection, sql.SQL("SELECT id FROM gone"))
    place_again(connection, [bytes(box) for (box,) in boxes])


def remove(connection: Connection, ids: sql.Composable) -> None:
    """Deletes areas; the leaves in them belong to none until they are placed again."""
    for leaf in LEAVES:
        connection.execute(
            sql.SQL("UPDATE {} SET area_id = NULL WHERE area_id IN ({})").format(sql.Identifier(leaf), ids)
        )
    connection.execute(sql.SQL("DELETE FROM area WHERE id IN ({})").format(ids))
