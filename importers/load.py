"""The main road: a file, read, mapped, checked, compared and written in one transaction, or refused with reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg

from gis.clock import Clock, SystemClock
from gis.errors import UnreadableFile
from importers import areas, categories, grids, leaves, near, reach, removal
from importers.findings import ERROR, Findings
from importers.history import History, begin, note_in_audit
from importers.intake import Intake, take_in
from importers.kinds import Kind, kind_of
from importers.leaves import Difference
from importers.readers import ColumnsGrew, SeveralLayers
from importers.remembered import Opened, open_remembering, remember
from importers.request import ImportReport, ImportRequest, Progress

Connection = psycopg.Connection[Any]
Write = Callable[[History], None]

LOCK = 7_133_010  # advisory lock: imports write one after the other (7_133_003 is the audit's)
_WORTH_ANALYZING = 10_000  # rows added; below, autovacuum does it in its time


def run(dsn: str, request: ImportRequest, progress: Progress | None = None, clock: Clock | None = None) -> ImportReport:
    """Imports one file into the database at `dsn`; all of it or nothing.

    The report holds every finding; when one of them is an error nothing was changed. Raises BadRequest for a wrong
    kind or field.
    """
    kind = kind_of(request.kind)
    told = progress or (lambda stage, done, total: None)
    findings = Findings(request.allow)
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET jit = off; SET work_mem = '64MB'; SET maintenance_work_mem = '256MB'")
            opened = open_remembering(connection, kind, request)
            request = opened.request
            while True:
                findings = Findings(request.allow)
                opened.tell(findings)
                try:
                    intake = take_in(connection, kind, opened.source, request, findings, told)
                    break
                except ColumnsGrew:
                    continue
            return _apply(connection, kind, intake, opened, findings, told, clock or SystemClock())
    except SeveralLayers as several:
        findings.add("several-layers", ERROR, layers=", ".join(several.layers))
    except UnreadableFile as unreadable:
        findings.add_unreadable(unreadable)
    return ImportReport(None, tuple(findings))


def _apply(
    connection: Connection,
    kind: Kind,
    intake: Intake,
    opened: Opened,
    findings: Findings,
    told: Progress,
    clock: Clock,
) -> ImportReport:
    """Checks the staged rows against each other and against what is there, and writes them unless there are errors."""
    request = opened.request
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            told("check", 0, None)
            counted, write = _compare(connection, kind, intake, request, findings, clock)
            reach.check(connection, kind, request, findings)
            findings.locate(connection)
            if findings.errors or request.dry_run:
                raise _TakenBack
            told("write", 0, counted.added + counted.changed + counted.removed)
            counts = (counted.added, counted.changed, counted.removed, counted.unchanged)
            history = begin(connection, kind, request, counts, clock.now())
            write(history)
            reach.note(connection, kind, history)
            remember(connection, kind, opened.key, request, opened.source)
            rows = {"added": counted.added, "changed": counted.changed, "removed": counted.removed}
            note_in_audit(connection, clock.now(), request.by, "import.store", history.run, rows)
    except _TakenBack:
        if findings.errors:
            return ImportReport(None, tuple(findings))
        return replace(ImportReport(None, tuple(findings)), **vars(counted))
    if counted.added > _WORTH_ANALYZING:
        connection.execute(f"ANALYZE {kind.table}")
    return replace(ImportReport(history.run, tuple(findings)), **vars(counted))


class _TakenBack(Exception):
    """Ends the transaction without a trace: there are errors, or it was only a trial."""


def _compare(
    connection: Connection, kind: Kind, intake: Intake, request: ImportRequest, findings: Findings, clock: Clock
) -> tuple[Difference, Write]:
    """What would change, and the function that changes it; whatever is wrong is noted."""
    fields = intake.fields
    leaves.check_repeated(connection, kind, findings)
    near.check_drift(connection, kind, intake.crs, findings)
    if kind.name == "areas":
        return areas.apply(connection, intake, request, findings)
    if kind.name == "grids":
        return grids.apply(connection, intake, request, findings, clock)
    removal.check_within(connection, request, findings)
    if any(field.name == "building_code" for field in fields):
        leaves.link_buildings(connection, findings)
        near.check_addresses(connection, findings)
    if kind.name == "facilities":
        categories.resolve(connection, fields, findings)
    counted = leaves.compare(connection, kind, fields, request, findings)
    if intake.shapeless:
        leaves.check_known(connection, findings)
    return counted, lambda history: leaves.write(connection, kind, fields, counted, history)
