"""`gridtwin import`: a planner's file into the twin, or the reasons why not.

`gridtwin import KIND FILE`, where KIND is one of the seven kinds; each is a command of its own here, with the same
options, so that `inspect` and `undo` can stand in its place.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from gis import migrations
from gis.errors import BadRequest
from gridtwin import local
from importers.catalogue import CHECKS
from importers.findings import ERROR, WARNING
from importers.kinds import KINDS, Kind
from importers.load import run
from importers.request import ImportReport, ImportRequest

REFUSED = 2
_SHOWN = 40  # findings that a table for people shows; --json has all

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
Allow = Annotated[list[str] | None, typer.Option("--allow", help="A check whose errors you accept; repeatable.")]
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
        allow: Allow = None,
        as_json: AsJson = False,
    ) -> None:
        from gridtwin.cli import language, read_settings

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
            allow=frozenset(allow or ()),
            by=getpass.getuser(),
        )
        _check_usage(kind, request)
        with local.database(read_settings()) as dsn:
            with psycopg.connect(dsn) as connection:
                migrations.require_head(connection)
            report = _run_with_progress(dsn, request)
        _answer(report, dry_run=dry_run, as_json=as_json, language=language())
        if report.refused:
            raise typer.Exit(REFUSED)

    fields = ", ".join(field.name for field in kind.fields)
    load.__doc__ = f"Import {kind.name}. Fields: {fields}."
    return load


for _kind in KINDS.values():
    import_app.command(_kind.name)(_command(_kind))


def _run_with_progress(dsn: str, request: ImportRequest) -> ImportReport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("read", total=None)

        def told(stage: str, done: int, total: int | None) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        return run(dsn, request, told)


def _answer(report: ImportReport, *, dry_run: bool, as_json: bool, language: str) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(language), ensure_ascii=False) + "\n")
        return
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    findings = report.findings
    if findings:
        marks = {ERROR: "[red]error[/red]", WARNING: "[yellow]warning[/yellow]"}
        table = Table("", "check", "where", "what", "remedy", box=None)
        for finding in findings[:_SHOWN]:
            table.add_row(
                marks.get(finding.severity, finding.severity),
                finding.check,
                finding.where(language),
                finding.message(language),
                finding.remedy(language),
            )
        console.print(table)
        if len(findings) > _SHOWN:
            console.print(f"… {len(findings) - _SHOWN} more findings; --json lists all of them")
    if report.refused:
        console.print("refused: nothing was changed")
        return
    counts = ", ".join(f"{getattr(report, name)} {name}" for name in ("added", "changed", "removed", "unchanged"))
    console.print(f"{'would be' if dry_run else f'import {report.run}'}: {counts}")
