"""`gridtwin import`: a planner's file into the twin, or the reasons why not.

`gridtwin import KIND FILE`, where KIND is one of the seven kinds; each is a command of its own here, with the same
options, so that `inspect` and `undo` can stand in its place.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gis import migrations
from gis.errors import BadRequest
from gridtwin import local
from gridtwin.import_report import answer, list_runs, show
from gridtwin.terminal import language, read_settings
from importers.apart import run_apart
from importers.catalogue import CHECKS
from importers.child import Elsewhere, apart
from importers.kinds import KINDS, Kind
from importers.request import ImportReport, ImportRequest

if TYPE_CHECKING:
    from importers.inspect import Inspection

REFUSED = 2
_INSPECT: Elsewhere[Inspection] = Elsewhere("importers.inspect", "inspect_at")

import_app = typer.Typer(
    help="Import a file: areas, grids, buildings, addresses, facilities, streets, ground.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(help="The file: GeoJSON, GeoPackage, CSV and others.")]
CrsName = Annotated[str | None, typer.Option("--crs", help="Its coordinate system: EPSG:4548, GCJ-02, BD-09 …")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Its text encoding: UTF-8, GB18030 …")]
Layer = Annotated[str | None, typer.Option("--layer", help="Which layer or sheet of the file.")]
Maps = Annotated[list[str] | None, typer.Option("--map", help="field=column; repeatable.")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="field=value for all rows; repeatable.")]
GridKind = Annotated[str, typer.Option("--kind", help="Kind of grid; only for grids.")]
Within = Annotated[str | None, typer.Option("--within", help="Code of the area that the file is about.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Remove what lies in the area of --within and is not in the file.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Remove even more than a tenth of what is there.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and count; change nothing.")]
Repair = Annotated[bool, typer.Option("--repair", help="Repair invalid geometries that can be repaired.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Leave aside how the last file with the same columns was read.")]
Allow = Annotated[list[str] | None, typer.Option("--allow", help="A check whose errors you accept; repeatable.")]
Swap = Annotated[bool, typer.Option("--swap", help="Read the coordinates as (north, east) or (lat, lon).")]
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="Day from which imported grids are in force; else at once."),
]
Map = Annotated[
    Path | None, typer.Option("--findings", "--geojson", help="Write the findings to this file, as GeoJSON for a map.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """`field=value` texts as a dictionary; wrong ones are wrong usage."""
    pairs: dict[str, str] = {}
    for text in given or ():
        field, equals, value = text.partition("=")
        if not equals or not field.strip() or not value.strip():
            raise typer.BadParameter(f"{text!r} is not of the form field=value", param_hint=option)
        pairs[field.strip()] = value.strip()
    return pairs


def _check_usage(kind: Kind, request: ImportRequest) -> None:
    try:
        for field in (*request.columns, *request.constants):
            kind.field(field)
    except BadRequest as wrong:
        raise typer.BadParameter(wrong.message("en")) from wrong
    for check in request.allow:
        if check not in CHECKS or not CHECKS[check].allowable:
            known = ", ".join(sorted(name for name, found in CHECKS.items() if found.allowable))
            raise typer.BadParameter(f"{check!r} is none of {known}", param_hint="--allow")
    if request.replace and request.within is None:
        raise typer.BadParameter("say with --within which area the file is about", param_hint="--replace")


def _command(kind: Kind) -> Callable[..., None]:
    def load(
        file: File,
        crs: CrsName = None,
        encoding: Encoding = None,
        layer: Layer = None,
        maps: Maps = None,
        sets: Sets = None,
        grid_kind: GridKind = "community",
        within: Within = None,
        replace: Replace = False,
        yes: Yes = False,
        dry_run: DryRun = False,
        repair: Repair = False,
        swap: Swap = False,
        fresh: Fresh = False,
        in_force_from: From = None,
        allow: Allow = None,
        findings: Map = None,
        as_json: AsJson = False,
    ) -> None:
        settings = read_settings()
        request = ImportRequest(
            kind=kind.name,
            file=file,
            crs=crs,
            encoding=encoding,
            layer=layer,
            columns=_pairs("--map", maps),
            constants=_pairs("--set", sets),
            grid_kind=grid_kind,
            within=within,
            replace=replace,
            yes=yes,
            dry_run=dry_run,
            repair=repair,
            swap=swap,
            fresh=fresh,
            in_force_from=in_force_from.replace(tzinfo=settings.zone) if in_force_from else None,
            allow=frozenset(allow or ()),
            by=getpass.getuser(),
            zone=settings.zone,
        )
        _check_usage(kind, request)
        with local.database(settings) as dsn:
            with psycopg.connect(dsn) as connection:
                migrations.require_head(connection)
            report = _run_with_progress(dsn, request)
        if findings is not None:
            findings.write_text(json.dumps(report.as_geojson(language()), ensure_ascii=False), encoding="utf-8")
        answer(report, dry_run=dry_run, as_json=as_json, language=language())
        if report.refused:
            raise typer.Exit(REFUSED)

    fields = ", ".join(field.name for field in kind.fields)
    load.__doc__ = f"Import {kind.name}. Fields: {fields}."
    return load


for _kind in KINDS.values():
    import_app.command(_kind.name)(_command(_kind))


@import_app.command("inspect")
def inspect_file(file: File, encoding: Encoding = None, as_json: AsJson = False) -> None:
    """Say what a file holds: layers, columns, extent, coordinate system and encoding, or the candidates."""
    with local.database(read_settings()) as dsn:
        with psycopg.connect(dsn) as connection:
            migrations.require_head(connection)
        found = apart(_INSPECT, dsn, file, encoding)
    if as_json:
        sys.stdout.write(json.dumps(found.as_json(language()), ensure_ascii=False) + "\n")
    else:
        show(found, language())
    if found.why is not None:
        raise typer.Exit(REFUSED)


@import_app.command("undo")
def undo_import(
    number: Annotated[int, typer.Argument(help="The number that the import printed.")],
    yes: Annotated[bool, typer.Option("--yes", help="Even if rows were changed by hand since.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take an import back: what it added goes, what it changed or removed is as it was."""
    from importers.undo import undo

    with local.database(read_settings()) as dsn:
        with psycopg.connect(dsn) as connection:
            migrations.require_head(connection)
        report = undo(dsn, number, by=getpass.getuser(), yes=yes)
    answer(report, taken_back=True, as_json=as_json, language=language())
    if report.refused:
        raise typer.Exit(REFUSED)


@import_app.command("list")
def list_imports(as_json: AsJson = False) -> None:
    """List the imports: number, kind, file, who, when, counts, and whether it was taken back."""
    columns = ("id", "kind", "file", "sha256", "by", "at", "added", "changed", "removed", "unchanged", "undone_at")
    settings = read_settings()
    with local.database(settings) as dsn, psycopg.connect(dsn, autocommit=True) as connection:
        migrations.require_head(connection)
        rows = connection.execute(
            "SELECT id, kind, file_name, encode(file_sha256, 'hex'), imported_by, imported_at, added, changed, removed,"
            " unchanged, undone_at FROM import_run ORDER BY id DESC"
        ).fetchall()
    if as_json:
        runs = [dict(zip(columns, row, strict=True)) for row in rows]
        sys.stdout.write(json.dumps({"imports": runs}, ensure_ascii=False, default=str) + "\n")
        return
    list_runs([row[:3] + row[4:] for row in rows], language(), settings.zone)


def _run_with_progress(dsn: str, request: ImportRequest) -> ImportReport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("read", total=None)

        def told(stage: str, done: int, total: int | None) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        return run_apart(dsn, request, told)
