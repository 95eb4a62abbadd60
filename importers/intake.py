"""From the file to the staging table: mapped, in EPSG:4326, row by row checked; every finding at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import shapely

from gis import crs as systems
from gis.crs import Crs
from gis.crs_candidates import candidates
from importers import mapping, rows, shapes, whereabouts
from importers.findings import ERROR, INFO, WARNING, Findings
from importers.kinds import Field, Kind
from importers.mapping import Mapping
from importers.readers import Batch, Source
from importers.request import ImportRequest, Progress
from importers.staging import Staging

Connection = psycopg.Connection[Any]

_READ_AHEAD = 2  # batches
_LOOK = 1_000  # shapes of the first batch whose numbers are compared with the coordinate system
_FAR_DEGREES = 3.0  # outside a system's area of use by more than this is an error, by less a warning


@dataclass(frozen=True)
class Intake:
    """What came out of a file: the fields that it has, whether it has geometry, and how it was read."""

    fields: list[Field]
    shapeless: bool
    mapped: Mapping
    crs: Crs | None


def take_in(
    connection: Connection, kind: Kind, source: Source, request: ImportRequest, findings: Findings, told: Progress
) -> Intake:
    """Reads a source into the staging table; raises ColumnsGrew when it has to be read again."""
    mapped = mapping.match(kind, source, request, findings)
    used = {None, *mapped.columns.values(), *mapping.coordinate_columns(source)}
    for remark in source.remarks:
        if remark.column in used:
            findings.add(remark.check, remark.severity, **remark.values)  # type: ignore[arg-type]
    system = resolve_crs(connection, source, request, findings)
    by_code = not source.has_geometry and "code" in mapped
    mapping.require(kind, mapped, source, findings, _exempt(kind, by_code))
    if not source.has_geometry and not by_code:
        findings.add("geometry-column-missing", ERROR, columns=", ".join(source.columns))
    reader = rows.RowReader(kind, mapped, findings)
    staged = _staged_fields(kind, reader.fields)
    staging = Staging(connection, staged)
    staging.create()
    lenient = getattr(source, "lenient", False)
    done = 0
    for batch in _ahead(source, sorted(set(mapped.columns.values()))):
        values = reader.read(batch)
        geometry: Any = np.full(batch.rows, None, dtype=object)
        if system is not None and not done and not _fits(connection, batch, system, request, findings):
            system = None  # what more could be said of the shapes would follow from that
        if system is not None:
            geometry, left_out = shapes.prepare(
                batch, kind.geometry, system, findings,
                repair=request.repair or lenient, required=not by_code, swap=request.swap,
                skipped=reader.empty, lenient=lenient,
            )  # fmt: skip
            reader.empty |= left_out
        for field in staged:
            values.setdefault(field.name, [None] * batch.rows)
        kept = [at for at in range(batch.rows) if at not in reader.empty]
        staging.copy(batch.first_row, kept, values, geometry)
        done += batch.rows
        told("read", done, source.rows)
    for warned in list(getattr(source, "warned", ()))[:5]:
        findings.add("reader-warning", WARNING, why=warned)
    if reader.skipped:
        findings.add(
            "row-empty", INFO, rows=tuple(reader.skipped[:100]), size=len(reader.skipped), unit="rows",
            count=len(reader.skipped),
        )  # fmt: skip
    if not staging.rows:
        findings.add("no-rows", ERROR)
    staging.analyze()
    return Intake(reader.fields, not source.has_geometry, mapped, system)


def _exempt(kind: Kind, by_code: bool) -> frozenset[str]:
    """Required fields that a file may lack: an area's level may be known, an update by code needs only the code."""
    if by_code:
        return frozenset(field.name for field in kind.fields if field.name != "code")
    return frozenset({"level"} if kind.name == "areas" else ())


def _staged_fields(kind: Kind, fields: list[Field]) -> list[Field]:
    """The mapped fields, and those that the comparison asks for whether mapped or not."""
    always = {"code", "text" if kind.table == "address" else "name"}
    mapped = {field.name for field in fields}
    return fields + [field for field in kind.fields if field.name in always - mapped]


def resolve_crs(
    connection: Connection | None, source: Source, request: ImportRequest, findings: Findings
) -> Crs | None:
    """The coordinate system to read a source in; None has an error, unless there is no geometry to read."""
    named = request.crs or source.crs
    if not source.has_geometry:
        return None
    if named is None:
        placed = whereabouts.place(whereabouts.corners(source), connection)
        findings.add(
            "crs-missing", ERROR,
            candidates_zh=whereabouts.in_words(placed, "zh"), candidates_en=whereabouts.in_words(placed, "en"),
        )  # fmt: skip
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


def _fits(connection: Connection, batch: Batch, system: Crs, request: ImportRequest, findings: Findings) -> bool:
    """Whether the numbers of the first rows can be of the coordinate system that is said to be theirs."""
    if batch.geometry is None:
        return True
    parsed = shapely.from_wkb(batch.geometry[:_LOOK], on_invalid="ignore")
    given = np.asarray(shapely.get_coordinates(parsed), dtype=np.float64)
    given = given[np.isfinite(given).all(axis=1)]
    if not len(given):
        return True
    possible = candidates(given)
    turned = {candidate.crs.name for candidate in possible if candidate.swapped}
    upright = {candidate.crs.name for candidate in possible if not candidate.swapped}
    name = "EPSG:4490" if system.is_storage else system.name
    if name in turned - upright and not request.swap:
        findings.add("axes-swapped", ERROR, x=f"{given[0][0]:.6g}", y=f"{given[0][1]:.6g}", crs=system.title)
        return False
    if request.swap:
        given = given[:, ::-1]
    away = _degrees_outside(np.median(systems.to_storage(given, system), axis=0), system)
    if away > _FAR_DEGREES:
        placed = whereabouts.place(given, connection)
        findings.add(
            "crs-unfit", ERROR, crs=system.title,
            candidates_zh=whereabouts.in_words(placed, "zh"), candidates_en=whereabouts.in_words(placed, "en"),
        )  # fmt: skip
        return False
    if away > 0:
        findings.add("crs-edge", WARNING, crs=system.title, degrees=f"{away:.3f}")
    return True


def _degrees_outside(place: Any, system: Crs) -> float:
    """How far a place is outside the area for which a system is meant, in degrees; 0 inside or where none is known."""
    bounds = systems.area_of_use(system)
    if bounds is None:
        return 0.0
    if not np.isfinite(place).all():
        return 360.0
    west, south, east, north = bounds
    lon, lat = float(place[0]), float(place[1])
    return max(west - lon, lon - east, south - lat, lat - north, 0.0)


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
