"""Grids: an import is the next plan of its kind, in force from now; the one before it is superseded, not lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
import shapely
from psycopg import sql

from gis.clock import Clock
from gis.errors import BadRequest
from gis.messages import Both
from importers.area_rows import note_unknown
from importers.coverage import Cover, Member, cover, overlaps, slivers, sum_up
from importers.findings import ERROR, INFO, WARNING, Findings
from importers.history import History
from importers.intake import Intake
from importers.leaves import SAME_SHAPE, Difference
from importers.places import place_points, take_over
from importers.removal import check_within, report_gone
from importers.request import ImportRequest

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Grid:
    """A grid as it will be: `row` is its row in the file, None for one that is copied from the plan in force."""

    code: str
    area_id: int | None
    shape: Any
    row: int | None


def apply(
    connection: Connection, intake: Intake, request: ImportRequest, findings: Findings, clock: Clock
) -> tuple[Difference, Callable[[History], None]]:
    """Checks the staged grids; returns what would change, and the function that makes the plan."""
    kind = request.grid_kind
    kinds = [code for (code,) in connection.execute("SELECT code FROM grid_kind ORDER BY rank")]
    if kind not in kinds:
        known = ", ".join(kinds)
        raise BadRequest(what="--kind", why=Both(f"网格的种类有：{known}", f"the kinds of grid are {known}"))
    found = connection.execute("SELECT id FROM plan WHERE kind = %s AND state = 'published'", (kind,)).fetchone()
    current = int(found[0]) if found else None
    now = clock.now()
    if request.in_force_from is not None and request.in_force_from <= now:
        findings.add("day-past", ERROR, day=f"{request.in_force_from:%Y-%m-%d}")
    _check_scheduled(connection, kind, request, findings)
    _fill_in(connection, intake, current, findings)
    _assign_areas(connection, "area" in intake.mapped, findings)
    connection.execute(_COMPARE, (current,))
    counted = connection.execute(
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE changed), 0,"
        " count(*) FILTER (WHERE NOT is_new AND NOT changed) FROM difference"
    ).fetchone() or (0, 0, 0, 0)
    difference = replace(Difference(*counted), removed=_find_gone(connection, current, request, findings))
    _check_cover(connection, current, findings)
    is_new_plan = bool(difference.added or difference.changed or difference.removed)
    if not is_new_plan and not findings.errors:
        findings.add("unchanged-plan", INFO)

    def write(history: History) -> None:
        if is_new_plan:
            _publish(connection, kind, current, request, now, history)

    return difference, write


def _check_scheduled(connection: Connection, kind: str, request: ImportRequest, findings: Findings) -> None:
    """A plan that waits for its day was made without this import: it may stand in the way, or undo what is imported."""
    waiting = connection.execute(
        "SELECT name, lower(valid) AS since, (SELECT max(id) FROM import_run WHERE plan_id = plan.id) FROM plan"
        " WHERE kind = %s AND state = 'scheduled' ORDER BY since LIMIT 1",
        (kind,),
    ).fetchone()
    if waiting is None:
        return
    name, since, run = waiting
    blocks = request.in_force_from is not None and since <= request.in_force_from
    findings.add(
        "plan-scheduled", ERROR if blocks else WARNING, name=name, run=run or "–",
        day=f"{since.astimezone(request.zone):%Y-%m-%d %H:%M}",
    )  # fmt: skip


def _fill_in(connection: Connection, intake: Intake, current: int | None, findings: Findings) -> None:
    """Takes what a file says nothing about (shape or name) from the grids in force."""
    connection.execute(
        "UPDATE staged s SET geom = coalesce(s.geom, g.geom), name = coalesce(s.name, g.name) FROM grid g"
        " WHERE g.plan_id = %(plan)s AND g.code = s.code"
        " AND ((%(shapeless)s AND s.geom IS NULL) OR (%(nameless)s AND s.name IS NULL))",
        {"plan": current, "shapeless": intake.shapeless, "nameless": "name" not in intake.mapped},
    )
    if intake.shapeless:
        note_unknown(connection, findings)


def _find_gone(connection: Connection, current: int | None, request: ImportRequest, findings: Findings) -> int:
    """Makes `gone(code)`: with --replace, the grids within the area that the file lacks; returns how many."""
    connection.execute("CREATE TEMP TABLE gone (code text PRIMARY KEY) ON COMMIT DROP")
    if request.within is None or not check_within(connection, request, findings) or not request.replace:
        return 0
    inside = "g.plan_id = %s AND g.area_id IN (SELECT a.id FROM area a, area w WHERE w.code = %s AND a.path <@ w.path)"
    cursor = connection.execute(
        f"INSERT INTO gone SELECT g.code FROM grid g WHERE {inside}"  # noqa: S608 - a condition of ours
        " AND g.code NOT IN (SELECT code FROM staged WHERE code IS NOT NULL)",
        (current, request.within),
    )
    there = connection.execute(
        f"SELECT count(*) FROM grid g WHERE {inside}",  # noqa: S608 - a condition of ours
        (current, request.within),
    ).fetchone()
    report_gone(cursor.rowcount, int(there[0]) if there else 0, request, findings)
    return cursor.rowcount


_COMPARE = sql.SQL(
    "CREATE TEMP TABLE difference ON COMMIT DROP AS"
    " SELECT s.row, s.code, t.row_id AS id, t.row_id IS NULL AS is_new,"
    " t.row_id IS NOT NULL AND (s.name <> btrim(t.name)"
    " OR s.area_id IS DISTINCT FROM t.area_id OR NOT {same}) AS changed"
    " FROM staged s LEFT JOIN grid t ON t.plan_id = %s AND t.code = s.code"
).format(same=SAME_SHAPE)


def _assign_areas(connection: Connection, by_code: bool, findings: Findings) -> None:
    """The community of each staged grid: as its column says, else by location."""
    connection.execute("ALTER TABLE staged ADD COLUMN area_id bigint")
    if by_code:
        connection.execute("UPDATE staged s SET area_id = a.id FROM area a WHERE a.code = s.area")
        for area, rows in connection.execute(
            "SELECT area, array_agg(row ORDER BY row) FROM staged WHERE area IS NOT NULL AND area_id IS NULL"
            " GROUP BY area ORDER BY min(row)"
        ).fetchall():
            findings.add("unknown-area", ERROR, rows=tuple(rows), size=len(rows), unit="rows", value=area)
    where = "area IS NULL" if by_code else "true"
    connection.execute(
        "CREATE TEMP TABLE to_place ON COMMIT DROP AS"  # noqa: S608 - a condition of ours
        " SELECT row::bigint AS key, ST_PointOnSurface(geom) AS point"
        f" FROM staged WHERE geom IS NOT NULL AND {where}"
    )
    place_points(connection)
    connection.execute("UPDATE staged s SET area_id = p.area_id FROM placed p WHERE p.key = s.row")
    lost = connection.execute(
        f"SELECT array_agg(row ORDER BY row), count(*) FROM staged WHERE area_id IS NULL AND {where}"  # noqa: S608
    ).fetchone()
    if lost and lost[1]:
        findings.add("no-area", WARNING, rows=tuple(lost[0]), size=lost[1], unit="rows", count=lost[1])


def _check_cover(connection: Connection, current: int | None, findings: Findings) -> None:
    """The grids of every community that the file touches, as they will be, against each other and the community."""
    families: dict[int | None, list[Grid]] = {}
    for code, area_id, wkb, row in connection.execute(
        "SELECT coalesce(code, '#' || row), area_id, ST_AsBinary(geom), row FROM staged WHERE geom IS NOT NULL"
        " UNION ALL"
        " SELECT g.code, g.area_id, ST_AsBinary(g.geom), NULL FROM grid g WHERE g.plan_id = %s"
        " AND NOT EXISTS (SELECT FROM staged s WHERE s.code = g.code) AND g.code NOT IN (SELECT code FROM gone)",
        (current,),
    ):
        families.setdefault(area_id, []).append(Grid(code, area_id, shapely.from_wkb(bytes(wkb)), row))
    communities = {
        area_id: (code, shapely.from_wkb(bytes(wkb)))
        for area_id, code, wkb in connection.execute("SELECT id, code, ST_AsBinary(geom) FROM area")
    }
    everything = [Member(grid.code, grid.shape, grid.row) for grids in families.values() for grid in grids]
    overlapping = overlaps(everything, findings)
    slivers(everything, findings)
    covers: list[tuple[int, Cover, str]] = []
    for area_id, grids in families.items():
        if all(grid.row is None for grid in grids):
            continue
        code, ground = communities.get(area_id, ("", None)) if area_id is not None else ("", None)
        members = [Member(grid.code, grid.shape, grid.row) for grid in grids]
        outcome = cover(code, ground, members, findings)
        if any(grid.code in overlapping for grid in grids):
            outcome = replace(outcome, fills=False)
        if ground is not None:
            covers.append((len(grids), outcome, code))
    if covers:
        sum_up("grids", "网格", covers, findings)


def _publish(
    connection: Connection, kind: str, current: int | None, request: ImportRequest, now: datetime, history: History
) -> None:
    """Makes the next plan out of the current one and the staged grids, in force at once or from the day asked for."""
    take_over(connection)
    row = connection.execute(
        "SELECT greatest(%(now)s, (SELECT lower(valid) + interval '1 microsecond' FROM plan WHERE id = %(current)s)),"
        " (SELECT min(lower(valid)) FROM plan WHERE kind = %(kind)s AND state = 'scheduled')",
        {"now": now, "current": current, "kind": kind},
    ).fetchone()
    start, end = row if row else (now, None)
    state = "published"
    if request.in_force_from is not None:
        start, state = request.in_force_from, "scheduled"
    connection.execute(
        "UPDATE plan SET state = CASE WHEN %(state)s = 'published' THEN 'superseded' ELSE state END,"
        " valid = tstzrange(lower(valid), %(start)s) WHERE id = %(current)s",
        {"state": state, "start": start, "current": current},
    )
    made = connection.execute(
        "INSERT INTO plan (kind, name, state, valid) VALUES (%s, %s, %s, tstzrange(%s, %s)) RETURNING id",
        (kind, request.file.name, state, start, end),
    ).fetchone()
    plan_id = int(made[0]) if made else 0
    connection.execute(
        "INSERT INTO grid_code (kind, code) SELECT %s, code FROM staged ORDER BY geom"
        " ON CONFLICT (kind, code) DO NOTHING",
        (kind,),
    )
    connection.execute(
        "INSERT INTO grid (plan_id, id, code, name, area_id, geom)"
        " SELECT %(plan)s, c.id, n.code, n.name, n.area_id, n.geom FROM ("
        "   SELECT code, name, area_id, geom FROM staged"
        "   UNION ALL SELECT g.code, g.name, g.area_id, g.geom FROM grid g WHERE g.plan_id = %(current)s"
        "   AND NOT EXISTS (SELECT FROM staged s WHERE s.code = g.code) AND g.code NOT IN (SELECT code FROM gone)"
        " ) n JOIN grid_code c ON c.kind = %(kind)s AND c.code = n.code ORDER BY n.geom",
        {"plan": plan_id, "current": current, "kind": kind},
    )
    history.note_plan(plan_id)
