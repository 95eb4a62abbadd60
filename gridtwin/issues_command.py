"""`gridtwin issues …`: what is done with issues at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from gis.errors import BadRequest
from gridtwin import local
from gridtwin.terminal import answers, progress, read_settings

issues_app = typer.Typer(help="Issues (事件).", no_args_is_help=True)


@issues_app.command()
def train(
    on: Annotated[
        Path | None,
        typer.Option("--on", exists=True, dir_okay=False, help="Measure on labelled reports: class code, tab, text."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Learn to sort reports from the written phrases and from every correction, and print how well it does.

    Without --on the figures are an estimate on phrases that were kept from the training, kinder than real reports are.
    A running service takes up the new model within ten seconds.
    """
    from gis.issues import learned, training

    settings = read_settings()
    reports = training.read_reports(on) if on else None
    if reports is not None and not reports:
        raise BadRequest(what=str(on), why="it holds no line with a class code, a tab and a text")
    with local.database(settings) as dsn, psycopg.connect(dsn) as connection:
        corrections = [(str(text), str(code)) for text, code in connection.execute(learned.CORRECTIONS, (5000,))]
    with progress.status("Learning …"):
        sorter = training.train(corrections)
        training.save(sorter, learned.model_name(settings.data_dir))
        found = training.figures(sorter, reports) if reports is not None else training.held_out(corrections)
    if as_json:
        answers.print_json(json.dumps({"corrections": len(corrections), "on": on and str(on), **vars(found)}))
        return
    measured = "labelled reports" if on else "phrases kept from the training"
    answers.print(f"{len(corrections)} corrections learned; measured on {found.reports} {measured}")
    answers.print(f"class {found.right:.1%}  first three {found.among_three:.1%}  group {found.group:.1%}")
    for code, (right, of) in sorted(found.classes.items()):
        answers.print(f"{code} {right:>4}/{of}", highlight=False)
