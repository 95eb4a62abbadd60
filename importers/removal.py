"""`--replace --within CODE`: what lies in an area and is not in the file goes; never more than a tenth unasked."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from importers.findings import ERROR, WARNING, Findings
from importers.kinds import Kind
from importers.request import ImportRequest

Connection = psycopg.Connection[Any]

_UNASKED = 0.1  # share of what is there that goes without --yes


def check_within(connection: Connection, request: ImportRequest, findings: Findings) -> bool:
    """Whether the area that --within names is there, and every row of the file lies in it."""
    if request.within is None:
        return False
    found = connection.execute("SELECT id FROM area WHERE code = %s", (request.within,)).fetchone()
    if found is None:
        findings.add("unknown-area", ERROR, codes=(request.within,), value=request.within)
        return False
    for row, code in connection.execute(
        "SELECT row, s.code FROM staged s, area a WHERE a.id = %s AND s.geom IS NOT NULL"
        " AND NOT (s.geom && a.geom AND ST_Covers(a.geom, ST_PointOnSurface(s.geom))) ORDER BY row",
        (found[0],),
    ).fetchall():
        findings.add("outside-within", ERROR, rows=(row,), codes=(code,) if code else (), area=request.within)
    return True


def find_gone(connection: Connection, kind: Kind, request: ImportRequest, findings: Findings) -> int:
    """Makes `gone(id)`, after `difference(id, …)`: rows within the area that the file lacks; returns how many.

    Empty unless --replace was said.
    """
    connection.execute("DROP TABLE IF EXISTS pg_temp.gone")
    connection.execute("CREATE TEMP TABLE gone (id bigint PRIMARY KEY) ON COMMIT DROP")
    if not request.replace or request.within is None:
        return 0
    inside = _inside(kind)
    cursor = connection.execute(
        sql.SQL(
            "INSERT INTO gone SELECT t.id FROM {table} t, area w WHERE w.code = %s AND {inside}"
            " AND t.id NOT IN (SELECT id FROM difference WHERE id IS NOT NULL)"
        ).format(table=sql.Identifier(kind.table), inside=inside),
        (request.within,),
    )
    gone = cursor.rowcount
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {table} t, area w WHERE w.code = %s AND {inside}").format(
            table=sql.Identifier(kind.table), inside=inside
        ),
        (request.within,),
    ).fetchone()
    report_gone(gone, int(row[0]) if row else 0, request, findings)
    return gone


def report_gone(gone: int, there: int, request: ImportRequest, findings: Findings) -> None:
    """Says how much goes; more than a tenth is an error unless --yes was said."""
    if not gone:
        return
    too_many = gone > _UNASKED * there and not request.yes
    findings.add(
        "rows-removed", ERROR if too_many else WARNING, size=gone, unit="rows",
        count=gone, there=there, area=request.within or "–", share=f"{100 * gone / max(there, 1):.0f}",
    )  # fmt: skip


def _inside(kind: Kind) -> sql.SQL:
    """The condition that a row `t` lies in the area `w`."""
    if kind.in_areas:
        return sql.SQL("t.area_id IN (SELECT id FROM area WHERE path <@ w.path)")
    if kind.table == "area":
        return sql.SQL("t.path <@ w.path AND t.id <> w.id AND t.level IN (SELECT level FROM resolved)")
    return sql.SQL("t.geom && w.geom AND ST_Covers(w.geom, ST_PointOnSurface(t.geom))")
