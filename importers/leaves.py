"""Buildings, addresses, facilities, streets and ground: compared with what is there, then written set by set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, sql

from importers.findings import ERROR, WARNING, Findings
from importers.history import History
from importers.kinds import TEXT, Field, Kind
from importers.places import place_points, take_over
from importers.removal import find_gone
from importers.request import ImportRequest

Connection = psycopg.Connection[Any]

_SAME_PLACE = 1e-8  # degrees, about 1 mm: closer than this a vertex has not moved
_BLANKS = " \t\n\r\f\v\u00a0\u3000"
_WORTH_REBUILDING = 20_000  # rows: from here on it is quicker to build indexes than to keep them

# what a file without geometry says nothing about has not changed
SAME_SHAPE = sql.SQL(
    "(s.geom IS NULL OR t.geom = s.geom OR (ST_NPoints(t.geom) = ST_NPoints(s.geom)"
    f" AND ST_HausdorffDistance(t.geom, s.geom) <= {_SAME_PLACE}))"
)


@dataclass(frozen=True)
class Difference:
    """How many rows of the file are new, different, or as they were."""

    added: int
    changed: int
    removed: int
    unchanged: int


def check_repeated(connection: Connection, kind: Kind, findings: Findings) -> None:
    """Codes that stand twice in the file; rows without a code that are the same (one of them is kept)."""
    repeated = connection.execute(
        "SELECT code, array_agg(row ORDER BY row) FROM staged WHERE code IS NOT NULL"
        " GROUP BY code HAVING count(*) > 1 ORDER BY min(row)"
    )
    for code, rows in repeated:
        findings.add(
            "code-twice", ERROR, rows=tuple(rows), codes=(code,), size=len(rows), unit="rows",
            value=code, count=len(rows),
        )  # fmt: skip
    if kind.table == "area":
        return
    connection.execute("ALTER TABLE staged ADD COLUMN likeness text")
    cursor = connection.execute(
        sql.SQL("UPDATE staged SET likeness = {} WHERE code IS NULL AND geom IS NOT NULL").format(
            _likeness(kind, "staged")
        )
    )
    if not cursor.rowcount:
        return
    for likeness, rows in connection.execute(
        "SELECT likeness, array_agg(row ORDER BY row) FROM staged WHERE likeness IS NOT NULL"
        " GROUP BY likeness HAVING count(*) > 1 ORDER BY min(row)"
    ).fetchall():
        findings.add("row-twice", WARNING, rows=tuple(rows), size=len(rows), unit="rows", count=len(rows))
        connection.execute("DELETE FROM staged WHERE likeness = %s AND row > %s", (likeness, rows[0]))


def _named(kind: Kind) -> str:
    return "text" if kind.table == "address" else "name"


def _likeness(kind: Kind, table: str) -> sql.Composable:
    """What identifies a row without a code: its shape, and its name or text."""
    return sql.SQL("md5(ST_AsBinary({table}.geom, 'NDR') || convert_to(coalesce({table}.{named}, ''), 'UTF8'))").format(
        table=sql.Identifier(table), named=sql.Identifier(_named(kind))
    )


def compare(
    connection: Connection, kind: Kind, fields: Sequence[Field], request: ImportRequest, findings: Findings
) -> Difference:
    """Makes the temporary table `difference(row, id, is_new, moved, changed)`; one row for each staged one."""
    _match(connection, kind)
    differs: list[sql.Composable] = [sql.SQL("NOT {}").format(SAME_SHAPE)]
    differs += [_differs(field) for field in fields if field.stored and field.name != "code"]
    if any(field.name == "building_code" for field in fields):
        _keep_links(connection)
        differs.append(sql.SQL("s.building_id IS DISTINCT FROM t.building_id"))
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE difference ON COMMIT DROP AS"
            " SELECT s.row, t.id, t.id IS NULL AS is_new, t.id IS NOT NULL AND NOT {same} AS moved,"
            " t.id IS NOT NULL AND ({differs}) AS changed"
            " FROM matched m JOIN staged s USING (row) LEFT JOIN {table} t ON t.id = m.id"
        ).format(same=SAME_SHAPE, differs=sql.SQL(" OR ").join(differs), table=sql.Identifier(kind.table))
    )
    counted = connection.execute(
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE changed),"
        " count(*) FILTER (WHERE NOT is_new AND NOT changed) FROM difference"
    ).fetchone() or (0, 0, 0)
    gone = find_gone(connection, kind, request, findings)
    return Difference(added=counted[0], changed=counted[1], removed=gone, unchanged=counted[2])


def _differs(field: Field) -> sql.Composable:
    """Blanks around a text, and an empty text instead of none, are no change: no file can tell them apart."""
    name = sql.Identifier(field.name)
    if field.type == TEXT:
        return sql.SQL("s.{} IS DISTINCT FROM nullif(btrim(t.{}, {}), '')").format(name, name, sql.Literal(_BLANKS))
    return sql.SQL("s.{} IS DISTINCT FROM t.{}").format(name, name)


def _match(connection: Connection, kind: Kind) -> None:
    """Makes `matched(row, id)`: by code; rows without one by shape and name, byte for byte, then to a millimetre.

    What has been in another coordinate system and back is the same to about 1e-12 degrees, and not byte for byte.
    """
    table = sql.Identifier(kind.table)
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE matched ON COMMIT DROP AS"
            " SELECT s.row, t.id FROM staged s LEFT JOIN {table} t ON t.code = s.code WHERE s.code IS NOT NULL"
        ).format(table=table)
    )
    uncoded = connection.execute("SELECT EXISTS (SELECT FROM staged WHERE code IS NULL)").fetchone()
    if not uncoded or not uncoded[0]:
        return
    connection.execute(
        sql.SQL(
            "INSERT INTO matched SELECT s.row, t.id FROM staged s"
            " JOIN (SELECT id, {likeness} AS likeness FROM {table} WHERE code IS NULL) t USING (likeness)"
            " WHERE s.code IS NULL"
        ).format(likeness=_likeness(kind, kind.table), table=table)
    )
    named = sql.Identifier(_named(kind))
    cursor = connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE loose ON COMMIT DROP AS SELECT id, geom, coalesce(btrim({named}, {blanks}), '') AS named"
            " FROM {table} WHERE code IS NULL AND id NOT IN (SELECT id FROM matched WHERE id IS NOT NULL)"
        ).format(named=named, table=table, blanks=sql.Literal(_BLANKS))
    )
    if cursor.rowcount:
        connection.execute("CREATE INDEX ON loose USING gist (geom)")
        connection.execute("ANALYZE loose")
        connection.execute(
            sql.SQL(
                "INSERT INTO matched SELECT DISTINCT ON (t.id) s.row, t.id FROM staged s JOIN loose t"
                " ON t.geom && ST_Expand(s.geom, {near}) AND t.named = coalesce(s.{named}, '') AND {same}"
                " WHERE s.code IS NULL AND s.row NOT IN (SELECT row FROM matched) ORDER BY t.id, s.row"
            ).format(near=sql.Literal(_SAME_PLACE), named=named, same=SAME_SHAPE)
        )
    connection.execute(
        "INSERT INTO matched SELECT row, NULL FROM staged WHERE code IS NULL AND row NOT IN (SELECT row FROM matched)"
    )


def _keep_links(connection: Connection) -> None:
    """An address of a building that has no code can't name it, and stays linked to it."""
    connection.execute(
        "UPDATE staged s SET building_id = t.building_id FROM matched m JOIN address t USING (id)"
        " JOIN building b ON b.id = t.building_id AND b.code IS NULL"
        " WHERE s.row = m.row AND s.building_code IS NULL AND s.building_id IS NULL"
    )


def check_known(connection: Connection, findings: Findings) -> None:
    """For a file without geometry, after `compare`: every code has to be there already."""
    for row, code in connection.execute(
        "SELECT row, s.code FROM difference d JOIN staged s USING (row) WHERE d.is_new ORDER BY row"
    ):
        findings.add("no-such-row", ERROR, rows=(row,), codes=(code,) if code else (), value=code or "–")


def link_buildings(connection: Connection, findings: Findings) -> None:
    """Gives the staged addresses the building that `building_code` names."""
    connection.execute("ALTER TABLE staged ADD COLUMN building_id bigint")
    connection.execute("UPDATE staged s SET building_id = b.id FROM building b WHERE b.code = s.building_code")
    for code, rows in connection.execute(
        "SELECT building_code, array_agg(row ORDER BY row) FROM staged"
        " WHERE building_code IS NOT NULL AND building_id IS NULL GROUP BY building_code ORDER BY min(row)"
    ):
        findings.add("unknown-building", WARNING, rows=tuple(rows), size=len(rows), unit="rows", value=code)


def write(connection: Connection, kind: Kind, fields: Sequence[Field], counted: Difference, history: History) -> None:
    """Writes what `compare` found: rows that go, new rows in spatial order, then the rows that changed."""
    take_over(connection)
    if kind.in_areas:
        _place_staged(connection, kind)
    columns = [field.name for field in fields if field.stored]
    if any(field.name == "building_code" for field in fields):
        columns.append("building_id")
    if counted.removed:
        history.keep("removed", sql.SQL("SELECT id FROM gone"))
        connection.execute(
            sql.SQL("DELETE FROM {} WHERE id IN (SELECT id FROM gone)").format(sql.Identifier(kind.table))
        )
    if counted.added:
        with _indexes_rebuilt(connection, kind.table, counted.added):
            history.insert(_insert(kind, columns))
    if counted.changed:
        history.keep("changed", sql.SQL("SELECT id FROM difference WHERE changed"))
        _update(connection, kind, columns)
        history.note_changed()


def _place_staged(connection: Connection, kind: Kind) -> None:
    point = "s.geom" if kind.geometry == "point" else "ST_PointOnSurface(s.geom)"
    connection.execute("DROP TABLE IF EXISTS pg_temp.to_place")
    without_areas = "WHERE false" if not _exists(connection, "area") else ""
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE to_place ON COMMIT DROP AS SELECT s.row::bigint AS key, {point} AS point"
            " FROM staged s JOIN (SELECT row FROM difference WHERE is_new OR moved) d USING (row) {without}"
        ).format(point=sql.SQL(point), without=sql.SQL(without_areas))
    )
    place_points(connection)


def _exists(connection: Connection, table: str) -> bool:
    found = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))).fetchone()
    return bool(found and found[0])


def _insert(kind: Kind, columns: list[str]) -> sql.Composed:
    """The INSERT of the new rows, in spatial order, with the area in which each was placed."""
    names = [sql.Identifier(name) for name in columns]
    taken: list[sql.Composable] = [sql.SQL("s.{}").format(name) for name in names]
    if kind.in_areas:
        names.append(sql.Identifier("area_id"))
        taken.append(sql.SQL("p.area_id"))
    return sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {taken} FROM staged s JOIN difference d USING (row) {placed}"
        " WHERE d.is_new ORDER BY s.geom RETURNING id"
    ).format(
        table=sql.Identifier(kind.table),
        names=sql.SQL(", ").join([*names, sql.Identifier("geom")]),
        taken=sql.SQL(", ").join([*taken, sql.SQL("s.geom")]),
        placed=sql.SQL("LEFT JOIN placed p ON p.key = s.row" if kind.in_areas else ""),
    )


def _update(connection: Connection, kind: Kind, columns: list[str]) -> None:
    changes: list[sql.Composable] = [sql.SQL("{0} = s.{0}").format(sql.Identifier(name)) for name in columns]
    changes.append(sql.SQL("geom = CASE WHEN d.moved THEN s.geom ELSE t.geom END"))
    if kind.in_areas:
        changes.append(sql.SQL("area_id = CASE WHEN d.moved THEN p.area_id ELSE t.area_id END"))
    placed = sql.SQL("LEFT JOIN placed p ON p.key = d.row" if kind.in_areas else "")
    connection.execute(
        sql.SQL(
            "UPDATE {table} t SET {changes} FROM difference d JOIN staged s USING (row) {placed}"
            " WHERE d.changed AND t.id = d.id"
        ).format(table=sql.Identifier(kind.table), changes=sql.SQL(", ").join(changes), placed=placed)
    )


@contextmanager
def _indexes_rebuilt(connection: Connection, table: str, rows: int) -> Iterator[None]:
    """Takes the indexes off an empty table for a large first load and builds them when it is full.

    It is part of the transaction, so nothing is lost when it breaks off. Only an empty table is treated so, because
    its readers have to wait meanwhile; whoever may not alter the table, or can't have it at once, keeps the indexes.
    """
    definitions: list[str] = []
    if rows >= _WORTH_REBUILDING and not _exists(connection, table):
        found = connection.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT indisunique",
            (f"public.{table}",),
        ).fetchall()
        try:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '1s'")
                for name, _ in found:
                    connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
            definitions = [definition for _, definition in found]
        except (errors.InsufficientPrivilege, errors.LockNotAvailable):
            definitions = []
        connection.execute("SET LOCAL lock_timeout = 0")
    yield
    for definition in definitions:
        connection.execute(sql.SQL("{}").format(sql.SQL(definition)))
