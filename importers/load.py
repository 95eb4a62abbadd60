"""The main road: a file, read, mapped, checked, compared and written in one transaction, or refused with reasons."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from gis import crs as systems
from gis.clock import Clock, SystemClock
from gis.crs import Crs
from gis.errors import UnreadableFile
from importers import areas, categories, grids, leaves, mapping, rows, shapes
from importers.findings import ERROR, INFO, Findings
from importers.kinds import Field, Kind, kind_of
from importers.mapping import Mapping
from importers.readers import Batch, ColumnsGrew, SeveralLayers, Source, open_source
from importers.request import ImportReport, ImportRequest, Progress
from importers.staging import Staging

Connection = psycopg.Connection[Any]

_LOCK = 7_133_003  # advisory lock: imports write one after the other
_READ_AHEAD = 2  # batches
_WORTH_ANALYZING = 10_000  # rows added; below, autovacuum does it in its time

_WRITERS = {"areas": areas.apply, "grids": grids.apply}


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
            source = open_source(request.file, layer=request.layer, encoding=request.encoding)
            while True:
                findings = Findings(request.allow)
                try:
                    fields = _stage(connection, kind, source, request, findings, told)
                    break
                except ColumnsGrew:
                    continue
            shapeless = not source.has_geometry
            return _apply(connection, kind, fields, shapeless, request, findings, told, clock or SystemClock())
    except SeveralLayers as several:
        findings.add("several-layers", ERROR, layers=", ".join(several.layers))
    except UnreadableFile as unreadable:
        findings.add("unreadable", ERROR, file=unreadable.values.get("file"), why=unreadable.values.get("why"))
    return ImportReport(None, tuple(findings))


def _stage(
    connection: Connection, kind: Kind, source: Source, request: ImportRequest, findings: Findings, told: Progress
) -> list[Field]:
    """Reads the file into the staging table, noting what is wrong with it; returns the fields that it has."""
    mapped = mapping.match(kind, source, request, findings)
    system = resolve_crs(source, request, findings)
    by_code = not source.has_geometry and "code" in mapped
    exempt = {"level"} if kind.name == "areas" else set()
    if by_code:
        exempt |= {field.name for field in kind.fields if field.name != "code"}
    mapping.require(kind, mapped, source, findings, frozenset(exempt))
    reader = rows.RowReader(kind, mapped, findings)
    fields = reader.fields
    staging = Staging(connection, _staged_fields(kind, fields))
    staging.create()
    names = sorted(set(mapped.columns.values()))
    done = 0
    for batch in _ahead(source, names):
        values = reader.read(batch)
        for field in _staged_fields(kind, fields):
            values.setdefault(field.name, [None] * batch.rows)
        geometry: Any = [None] * batch.rows
        if system is not None:
            geometry = shapes.prepare(
                batch, kind.geometry, system, findings, repair=request.repair, required=not by_code
            )
        staging.copy(batch.first_row, values, geometry)
        done += batch.rows
        told("read", done, source.rows)
    if not done:
        findings.add("no-rows", ERROR)
    staging.analyze()
    return fields


def _staged_fields(kind: Kind, fields: list[Field]) -> list[Field]:
    """The mapped fields, and those that the comparison asks for whether mapped or not."""
    always = {"code", "text" if kind.table == "address" else "name"}
    mapped = {field.name for field in fields}
    return fields + [field for field in kind.fields if field.name in always - mapped]


def resolve_crs(source: Source, request: ImportRequest, findings: Findings) -> Crs | None:
    """The coordinate system to read a source in; None has an error, unless there is no geometry to read."""
    named = request.crs or source.crs
    if not source.has_geometry:
        return None
    if named is None:
        findings.add("crs-missing", ERROR)
        return None
    try:
        chosen = systems.parse(named)
    except systems.UnknownCrs:
        findings.add("crs-unknown", ERROR, crs=named[:80])
        return None
    if request.crs and source.crs:
        try:
            said = systems.parse(source.crs)
        except systems.UnknownCrs:
            return chosen
        if said.name != chosen.name:
            findings.add("crs-overridden", INFO, file=said.title, used=chosen.title)
    return chosen


def _ahead(source: Source, names: list[str]) -> Iterator[Batch]:
    """The batches of a source, read by a thread that is a little ahead."""
    ready: queue.Queue[Batch | BaseException | None] = queue.Queue(_READ_AHEAD)
    stopped = threading.Event()

    def put(thing: Batch | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                ready.put(thing, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def read() -> None:
        try:
            for batch in source.batches(names):
                if not put(batch):
                    return
            put(None)
        except BaseException as failed:  # handed to the one who reads
            put(failed)

    thread = threading.Thread(target=read, name="reader", daemon=True)
    thread.start()
    try:
        while (thing := ready.get()) is not None:
            if isinstance(thing, BaseException):
                raise thing
            yield thing
    finally:
        stopped.set()
        thread.join()


def _apply(
    connection: Connection, kind: Kind, fields: list[Field],
    shapeless: bool, request: ImportRequest,
    findings: Findings, told: Progress, clock: Clock,
) -> ImportReport:  # fmt: skip
    """Checks the staged rows against each other and against what is there, and writes them unless there are errors."""
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            told("check", 0, None)
            counted, write = _compare(connection, kind, fields, shapeless, request, findings, clock)
            if findings.errors:
                raise _TakenBack
            told("write", 0, counted.added + counted.changed + counted.removed)
            write()
            if request.dry_run:
                raise _TakenBack
            number = _note(connection, kind, request, counted, clock)
    except _TakenBack:
        if findings.errors:
            return ImportReport(None, tuple(findings))
        return replace(ImportReport(None, tuple(findings)), **vars(counted))
    if counted.added > _WORTH_ANALYZING:
        connection.execute(f"ANALYZE {kind.table}")
    return replace(ImportReport(number, tuple(findings)), **vars(counted))


class _TakenBack(Exception):
    """Ends the transaction without a trace: there are errors, or it was only a trial."""


def _compare(
    connection: Connection,
    kind: Kind,
    fields: list[Field],
    shapeless: bool,
    request: ImportRequest,
    findings: Findings,
    clock: Clock,
) -> tuple[leaves.Difference, Callable[[], None]]:
    """What would change, and the function that changes it; whatever is wrong is noted."""
    leaves.check_repeated(connection, kind, findings)
    if kind.name in _WRITERS:
        return _WRITERS[kind.name](connection, fields, request, findings, clock)
    if any(field.name == "building_code" for field in fields):
        leaves.link_buildings(connection, findings)
    if kind.name == "facilities":
        categories.resolve(connection, fields, findings)
    counted = leaves.compare(connection, kind, fields)
    if shapeless:
        leaves.check_known(connection, findings)
    return counted, lambda: leaves.write(connection, kind, fields, counted)


def _note(connection: Connection, kind: Kind, request: ImportRequest, counted: leaves.Difference, clock: Clock) -> int:
    row = connection.execute(
        "INSERT INTO import_run (kind, file_name, file_sha256, imported_by, imported_at,"
        " added, changed, removed, unchanged) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (
            kind.name, request.file.name, file_sha256(request.file), request.by, clock.now(),
            counted.added, counted.changed, counted.removed, counted.unchanged,
        ),
    ).fetchone()  # fmt: skip
    return int(row[0]) if row else 0


def file_sha256(path: Path) -> bytes:
    """The SHA-256 of a file, or of a folder's files one after the other (a FileGDB is a folder)."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as opened:
                while block := opened.read(1 << 20):
                    digest.update(block)
    return digest.digest()


__all__ = ["Mapping", "file_sha256", "resolve_crs", "run"]
