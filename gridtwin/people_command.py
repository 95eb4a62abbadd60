"""`gridtwin import people`: people of the grid with their accounts, and the sheet that is handed out to them."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from gis import migrations
from gis.access import audit, enrolment
from gis.clock import SystemClock
from gis.settings import Settings
from gridtwin import local, people_sheet
from gridtwin.import_command import REFUSED, AsJson, DryRun, Layer, import_app
from gridtwin.terminal import language, read_settings

if TYPE_CHECKING:
    from importers.people import Report

_SHEET_DAYS = 14
_HANDED = """
SELECT w.id, w.name, coalesce(g.name, '') FROM worker w LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE EXISTS (SELECT FROM post p WHERE p.worker_id = w.id AND p.in_force) ORDER BY g.code, w.id
"""


@import_app.command("people")
def import_people(
    file: Annotated[Path, typer.Argument(help="The table: Excel or CSV.")],
    layer: Layer = None,
    dry_run: DryRun = False,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Write the sheet of accounts and QR codes to print, as HTML.")
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", help="Address that the codes lead to; else GRIDTWIN_PUBLIC_URL.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import people of the grid and their accounts. Fields: id, name, role, grid, building, unit, phone, dates, deputy.

    One row a post: 站长, 助理, 网格员, 楼长 or 单元长. A grid's new worker ends the one before; history stays.
    Passwords of new accounts are printed once.
    """
    from importers import people

    settings = read_settings()
    base = (server or settings.public_url or "").rstrip("/")
    if sheet is not None and not base.startswith(("http://", "https://")):
        raise typer.BadParameter("say with --server which address the codes lead to", param_hint="--sheet")
    with local.database(settings) as dsn:
        with psycopg.connect(dsn) as connection:
            migrations.require_head(connection)
        today = SystemClock().now().astimezone(settings.zone).date()
        report = people.run(dsn, file, today=today, by=getpass.getuser(), layer=layer, dry_run=dry_run)
        if not report.refused and not dry_run:
            _record(dsn, file, report)
            if sheet is not None:
                _write_sheet(dsn, settings, sheet, base, report.passwords or {})
    _answer(report, dry_run=dry_run, as_json=as_json, language=language())
    if report.refused:
        raise typer.Exit(REFUSED)


def _record(dsn: str, file: Path, report: Report) -> None:
    detail = {"file": file.name, "added": report.added, "changed": report.changed}
    with psycopg.connect(dsn) as connection:
        audit.record_now(
            connection, SystemClock().now(), audit.at_the_command_line(), "people.import", "people", detail=detail
        )


def _write_sheet(dsn: str, settings: Settings, sheet: Path, base: str, passwords: dict[str, str]) -> None:
    now: datetime = SystemClock().now()
    cards = []
    with psycopg.connect(dsn) as connection:
        for worker, name, grid in connection.execute(_HANDED.encode()).fetchall():
            code = enrolment.make_now(connection, now, worker, hours=_SHEET_DAYS * 24, by=getpass.getuser())
            link = enrolment.link(base, code)
            cards.append(people_sheet.Card(worker, name, grid, passwords.get(worker), link))
    people_sheet.write(sheet, cards, (now + timedelta(days=_SHEET_DAYS)).astimezone(settings.zone))


def _answer(report: Report, *, dry_run: bool, as_json: bool, language: str) -> None:
    counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
    if as_json:
        findings = [finding.as_json(language) for finding in report.findings]
        told = {"findings": findings, **counts, "passwords": report.passwords or {}}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    if report.findings:
        table = Table("", "check", "where", "what", "remedy", box=None)
        for finding in report.findings:
            table.add_row(
                finding.severity,
                finding.check,
                finding.where(language),
                finding.message(language),
                finding.remedy(language),
            )
        console.print(table)
    if report.refused:
        console.print("refused: nothing was changed")
        return
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    console.print(f"{'would be: ' if dry_run else ''}{said}", markup=False)
    if report.passwords:
        accounts = Table("account", "password", box=None)
        for worker, password in report.passwords.items():
            accounts.add_row(worker, password)
        console.print(accounts)
