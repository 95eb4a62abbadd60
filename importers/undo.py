"""Taking an import back: what it added goes, what it changed or removed is as it was; all of it or nothing."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from gis.clock import Clock, SystemClock
from importers import area_rows
from importers.findings import ERROR, WARNING, Findings
from importers.history import digest, note_in_audit, stored_columns
from importers.kinds import KINDS, Kind
from importers.load import LOCK
from importers.places import place_again
from importers.request import ImportReport

Connection = psycopg.Connection[Any]


def undo(dsn: str, number: int, *, by: str = "", yes: bool = False, clock: Clock | None = None) -> ImportReport:
    """Takes the import of that number back; the report counts what came back, was restored and went.

    It is refused when a later import changed some of the same rows, and, unless `yes`, when they were changed
    otherwise since.
    """
    findings = Findings()
    now = (clock or SystemClock()).now()
    with psycopg.connect(dsn, autocommit=True) as connection:
        try:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                counts = _undo(connection, number, findings, yes=yes)
                if findings.errors:
                    raise _Refused
                connection.execute(
                    "UPDATE import_run SET undone_at = %s, undone_by = %s WHERE id = %s", (now, by, number)
                )
                rows = dict(zip(("added", "changed", "removed"), counts, strict=True))
                note_in_audit(connection, now, by, "import.undo", number, rows)
        except _Refused:
            return ImportReport(None, tuple(findings))
    added, changed, removed = counts
    return ImportReport(number, tuple(findings), added=added, changed=changed, removed=removed)


# rows that the import added bear the number of its transaction, as its record does, unless something wrote them later;
# a later import that was taken back left them as they were, and its record bears the number of that
_TOUCHED = sql.SQL(
    "SELECT count(*), (array_agg(t.code ORDER BY t.code))[:100]"
    " FROM import_run i, unnest(i.added_ids) AS ids, {table} t"
    " WHERE i.id = %s AND t.id >= lower(ids) AND t.id < upper(ids) AND NOT t.xmin = i.xmin AND NOT EXISTS ("
    "   SELECT FROM import_run l WHERE l.kind = i.kind AND l.undone_at IS NOT NULL AND l.xmin = t.xmin)"
)


# grids that come back, are as they were, and go, when one plan gives way to the one before it
_APART = """
SELECT count(*) FILTER (WHERE gone.id IS NULL),
  count(*) FILTER (WHERE gone.id = back.id AND (gone.name, gone.area_id, ST_AsBinary(gone.geom))
    IS DISTINCT FROM (back.name, back.area_id, ST_AsBinary(back.geom))),
  count(*) FILTER (WHERE back.id IS NULL)
FROM (SELECT * FROM grid WHERE plan_id = %(gone)s) gone
FULL JOIN (SELECT * FROM grid WHERE plan_id = %(back)s) back ON back.code = gone.code
"""


class _Refused(Exception):
    """Ends the transaction without a trace."""


def _undo(connection: Connection, number: int, findings: Findings, *, yes: bool) -> tuple[int, int, int]:
    row = connection.execute(
        "SELECT kind, undone_at IS NOT NULL, plan_id FROM import_run WHERE id = %s FOR UPDATE", (number,)
    ).fetchone()
    if row is None:
        findings.add("no-such-import", ERROR, number=number)
        return 0, 0, 0
    name, undone, plan_id = row
    if undone:
        findings.add("undone-already", ERROR, number=number)
        return 0, 0, 0
    if name == "grids":
        return _undo_plan(connection, plan_id, findings)
    kind = KINDS[name]
    _check_later(connection, number, findings)
    if not findings.errors:  # else what the later ones changed counts as changed
        _check_untouched(connection, kind, number, findings, yes=yes)
    _check_codes(connection, kind, number, findings)
    if findings.errors:
        return 0, 0, 0
    if kind.name == "areas":
        return _undo_areas(connection, kind, number, findings)
    removed = _remove_added(connection, kind, number)
    return _bring_back(connection, kind, number), _restore(connection, kind, number), removed


def _check_later(connection: Connection, number: int, findings: Findings) -> None:
    """Later imports that changed or removed rows that this one wrote."""
    for (later,) in connection.execute(
        "SELECT DISTINCT later.id FROM import_run this JOIN import_run later ON later.id > this.id"
        " AND later.kind = this.kind AND later.undone_at IS NULL JOIN import_row r ON r.import_id = later.id"
        " WHERE this.id = %s AND (this.added_ids @> r.row_id OR EXISTS ("
        "   SELECT FROM import_row own WHERE own.import_id = this.id AND own.row_id = r.row_id))"
        " ORDER BY later.id DESC",
        (number,),
    ).fetchall():
        findings.add("later-import", ERROR, later=later)


def _check_untouched(connection: Connection, kind: Kind, number: int, findings: Findings, *, yes: bool) -> None:
    """Rows that this import changed or added and that are not any more as it left them."""
    row = connection.execute(
        sql.SQL(
            "SELECT count(*), array_agg(r.before ->> 'code') FROM import_row r LEFT JOIN {table} t ON t.id = r.row_id"
            " WHERE r.import_id = %s AND r.operation = 'changed'"
            " AND (t.id IS NULL OR {digest} IS DISTINCT FROM r.after)"
        ).format(table=sql.Identifier(kind.table), digest=digest(kind.table)),
        (number,),
    ).fetchone()
    touched = connection.execute(_TOUCHED.format(table=sql.Identifier(kind.table)), (number,)).fetchone()
    count = (row[0] if row else 0) + (touched[0] if touched else 0)
    if count:
        codes = [code for found in (row, touched) if found for code in found[1] or () if code]
        findings.add(
            "changed-since", WARNING if yes else ERROR, codes=tuple(codes[:100]), size=count, unit="rows", count=count
        )


def _check_codes(connection: Connection, kind: Kind, number: int, findings: Findings) -> None:
    """Codes of rows that come back, which another row has by now."""
    for (code,) in connection.execute(
        sql.SQL(
            "SELECT t.code FROM import_row r JOIN {table} t ON t.code = r.before ->> 'code' AND t.id <> r.row_id"
            " WHERE r.import_id = %(run)s"
            " AND NOT (SELECT added_ids @> t.id FROM import_run WHERE id = %(run)s)"
        ).format(table=sql.Identifier(kind.table)),
        {"run": number},
    ).fetchall():
        findings.add("code-taken", ERROR, codes=(code,), value=code)


def _remove_added(connection: Connection, kind: Kind, number: int) -> int:
    return connection.execute(
        sql.SQL(
            "DELETE FROM {table} t USING (SELECT unnest(added_ids) AS ids FROM import_run WHERE id = %s) added"
            " WHERE t.id >= lower(ids) AND t.id < upper(ids)"
        ).format(table=sql.Identifier(kind.table)),
        (number,),
    ).rowcount


def _columns(kind: Kind) -> list[str]:
    """What is restored: everything but the area, in which the row is placed anew by its place."""
    return [name for name in stored_columns(kind.table) if name != "area_id"]


def _bring_back(connection: Connection, kind: Kind, number: int) -> int:
    """Rows that were removed, under the ids that they had."""
    names = sql.SQL(", ").join(map(sql.Identifier, _columns(kind)))
    return connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM ("
            " SELECT (jsonb_populate_record(NULL::{table}, before)).* FROM import_row"
            " WHERE import_id = %s AND operation = 'removed') old"
        ).format(table=sql.Identifier(kind.table), names=names),
        (number,),
    ).rowcount


def _restore(connection: Connection, kind: Kind, number: int) -> int:
    """Rows that were changed, as they were before."""
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = old.{0}").format(sql.Identifier(name)) for name in _columns(kind) if name != "id"
    )
    return connection.execute(
        sql.SQL(
            "UPDATE {table} t SET {changes} FROM (SELECT (jsonb_populate_record(NULL::{table}, before)).*"
            " FROM import_row WHERE import_id = %s AND operation = 'changed') old WHERE t.id = old.id"
        ).format(table=sql.Identifier(kind.table), changes=changes),
        (number,),
    ).rowcount


def _undo_areas(connection: Connection, kind: Kind, number: int, findings: Findings) -> tuple[int, int, int]:
    added = sql.SQL(
        "SELECT a.id FROM area a, (SELECT unnest(added_ids) AS ids FROM import_run WHERE id = {}) added"
        " WHERE a.id >= lower(ids) AND a.id < upper(ids)"
    ).format(number)
    boxes = _boxes(connection, added, number)
    back, restored = _bring_back(connection, kind, number), _restore(connection, kind, number)
    for code, below in connection.execute(
        sql.SQL(
            "SELECT a.code, array_agg(c.code ORDER BY c.code) FROM area a JOIN area c ON c.parent_id = a.id"
            " WHERE a.id IN ({0}) AND c.id NOT IN ({0}) GROUP BY a.code"
        ).format(added)
    ).fetchall():
        findings.add("area-in-use", ERROR, codes=(code,), value=code, below=", ".join(below[:10]))
    if findings.errors:
        return 0, 0, 0
    removed = connection.execute(sql.SQL("SELECT count(*) FROM ({}) gone").format(added)).fetchone()
    area_rows.remove(connection, added)
    place_again(connection, boxes)
    return back, restored, int(removed[0]) if removed else 0


def _boxes(connection: Connection, added: sql.Composable, number: int) -> list[bytes]:
    """Where leaves may belong to another area afterwards: the areas' extents before and after."""
    return [
        bytes(box)
        for (box,) in connection.execute(
            sql.SQL(
                "SELECT ST_AsBinary(ST_Envelope(geom)) FROM area WHERE id IN ({added})"
                " OR id IN (SELECT row_id FROM import_row WHERE import_id = {run})"
                " UNION SELECT ST_AsBinary(ST_Envelope((before ->> 'geom')::geometry)) FROM import_row"
                " WHERE import_id = {run}"
            ).format(added=added, run=number)
        ).fetchall()
    ]


def _undo_plan(connection: Connection, plan_id: int | None, findings: Findings) -> tuple[int, int, int]:
    """The plan is withdrawn, and the one before it is in force again."""
    if plan_id is None:
        return 0, 0, 0
    row = connection.execute("SELECT kind, state, valid FROM plan WHERE id = %s FOR UPDATE", (plan_id,)).fetchone()
    if row is None:
        return 0, 0, 0
    kind, state, valid = row
    if state not in ("published", "scheduled"):
        later = connection.execute(
            "SELECT i.id FROM import_run i JOIN plan p ON p.id = i.plan_id WHERE p.kind = %s AND i.undone_at IS NULL"
            " AND p.id > %s ORDER BY i.id DESC LIMIT 1",
            (kind, plan_id),
        ).fetchone()
        findings.add("plan-superseded", ERROR, later=later[0] if later else "–")
        return 0, 0, 0
    connection.execute("UPDATE plan SET state = 'withdrawn', valid = 'empty' WHERE id = %s", (plan_id,))
    before = "superseded" if state == "published" else "published"
    restored = connection.execute(
        "UPDATE plan SET state = 'published', valid = tstzrange(lower(valid), %s)"
        " WHERE kind = %s AND state = %s AND upper(valid) = %s RETURNING id",
        (valid.upper, kind, before, valid.lower),
    ).fetchone()
    counts = connection.execute(_APART, {"gone": plan_id, "back": restored[0] if restored else None}).fetchone()
    return tuple(counts) if counts else (0, 0, 0)
