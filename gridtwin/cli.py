"""`gridtwin`: the command line. stdout holds only the answer, logs go to stderr.

Exit codes: 0 done, 2 refused with reasons and nothing changed, 64 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.markup import escape
from rich.table import Table

from gis import migrations
from gis.areas import levels
from gis.errors import GridtwinError
from gridtwin import __version__, local, logs
from gridtwin import people_command as _people  # noqa: F401 - adds its command
from gridtwin.export_command import export_layer
from gridtwin.import_command import import_app
from gridtwin.issues_command import issues_app
from gridtwin.terminal import answers, language, progress, read_settings
from gridtwin.tiles_command import tiles_app
from gridtwin.user_command import user_app

USAGE, REFUSED = 64, 2

app = typer.Typer(
    name="gridtwin",
    help="A GIS digital twin for cities that are governed by grids.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
demo_app = typer.Typer(help="The generated demo town.", no_args_is_help=True)
level_app = typer.Typer(help="Levels of the hierarchy of areas.", no_args_is_help=True)
app.add_typer(import_app, name="import")
app.command("export")(export_layer)
app.add_typer(demo_app, name="demo")
app.add_typer(user_app, name="user")
app.add_typer(level_app, name="level")
app.add_typer(tiles_app, name="tiles")
app.add_typer(issues_app, name="issues")


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every request.")] = False,
) -> None:
    """A GIS digital twin for cities that are governed by grids."""
    logs.configure(os.environ.get("GRIDTWIN_LOG_FORMAT") or "console", verbose=verbose)
    if version:
        answers.print(__version__)
        raise typer.Exit


@app.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo town and its accounts first.")] = False,
) -> None:
    """Start everything: the database, migrations, the service; Ctrl-C stops all of it."""
    from gridtwin import start

    start.up(read_settings(), demo=demo, progress=progress)


@app.command()
def serve() -> None:
    """Serve a database that has been migrated already."""
    from gridtwin import start

    start.serve(read_settings(), progress=progress)


@app.command()
def migrate() -> None:
    """Bring the database's schema to this program's version."""
    with local.database(read_settings()) as dsn:
        before, after = migrations.upgrade(dsn)
    answers.print(f"{before or 'empty'} -> {after}" if before != after else f"{after}: nothing to do")


@app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Name everything that is wrong with this installation, with the remedy."""
    from gridtwin import checks

    results = checks.run_checks(read_settings(), language=language())
    if as_json:
        rows = [{"title": r.title, "ok": r.ok, "found": r.found, "remedy": r.remedy} for r in results]
        answers.print_json(json.dumps({"checks": rows}, ensure_ascii=False))
    else:
        marks = {True: "[green]ok[/green]", None: "[yellow]warning[/yellow]", False: "[red]wrong[/red]"}
        for result in results:
            answers.print(f"{marks[result.ok]:<10} {result.title}: {escape(result.found)}")
            if not result.ok and result.remedy:
                answers.print(f"           → {escape(result.remedy)}")
    if any(result.ok is False for result in results):
        raise typer.Exit(REFUSED)


@app.command("db-url")
def db_url() -> None:
    """Print the URL of the database in use, for psql, QGIS and others.

    The embedded database is started if it does not run, and stays up until `gridtwin stop` or until the next
    gridtwin program ends. The URL holds the password.
    """
    answers.print(local.leave_running(read_settings()), markup=False)


@app.command()
def stop() -> None:
    """Stop the embedded database if no program uses it."""
    answers.print("stopped" if local.stop(read_settings()) else "it was not running")


@app.command()
def simulate(
    workers: Annotated[int, typer.Option("--workers", min=1, max=100_000, help="How many walk, by number.")] = 90,
    every: Annotated[float, typer.Option("--every", min=0.5, help="Seconds between two fixes of a phone.")] = 4.0,
    faults: Annotated[bool, typer.Option("--faults/--no-faults", help="With the faults of real phones.")] = True,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same ways.")] = 1,
    url: Annotated[str | None, typer.Option("--url", help="Address of the service.")] = None,
) -> None:
    """Let the demo's workers walk along the streets of their grids, through the doors of the running service.

    Only on demo data. Their phones speak all formats in turn; Ctrl-C ends it.
    """
    import threading

    from gridtwin import start, tls
    from gridtwin.demo import phones

    settings = read_settings()
    with local.database(settings) as dsn:
        stopped = threading.Event()
        address = url or start.address(settings, tls.of(settings))
        progress.print(f"• {workers} workers walk → {address}; Ctrl-C ends it", markup=False)
        try:
            phones.simulate(dsn, address, workers=workers, every_s=every, faults=faults, seed=seed, stopped=stopped)
        except KeyboardInterrupt:
            stopped.set()


@demo_app.command("town")
def demo_town(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the files to.")] = Path("demo-town"),
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bytes.")] = 1,
    scale: Annotated[int, typer.Option("--scale", min=1, max=60, help="How many streets of this kind.")] = 1,
) -> None:
    """Write the demo town's files: areas, grids, buildings, addresses, facilities, streets, ground."""
    from gridtwin.demo import town

    def report(step: str, done: int, total: int) -> None:
        progress.print(f"{step} {done}/{total}")

    for kind, file in town.generate_files(out, seed=seed, scale=scale, progress=report).items():
        answers.print(f"{kind}\t{file}", markup=False)


@level_app.command("list")
def level_list() -> None:
    """List the levels, widest first."""
    table = Table("code", "rank", "中文", "English", box=None)
    with _schema() as connection:
        for row in levels.listing(connection):
            table.add_row(*(str(value) for value in row))
    answers.print(table)


@level_app.command("set")
def level_set(code: str, rank: int, name_zh: str, name_en: str) -> None:
    """Add a level, or give one another rank and names. A parent's rank is smaller than its children's."""
    with _schema() as connection:
        levels.put(connection, code, rank, name_zh, name_en)
    answers.print(code, markup=False)


class _schema:  # noqa: N801 - reads as the context it is
    """A connection to a database that has the newest schema."""

    def __enter__(self) -> psycopg.Connection:
        self._database = local.database(read_settings())
        dsn = self._database.__enter__()
        self._connection = psycopg.connect(dsn, autocommit=True)
        migrations.require_head(self._connection)
        return self._connection

    def __exit__(self, *error: object) -> None:
        self._connection.close()
        self._database.__exit__(None, None, None)


def main() -> None:
    """The console script's entry."""
    sys.exit(outcome(lambda: app(standalone_mode=False)))


def outcome(command: Callable[[], object]) -> int:
    """Runs a command; mistakes that users are expected to make become one line on stderr and an exit code."""
    try:
        code = command()
    except typer.TyperException as wrong:
        progress.print(f"gridtwin: {wrong.format_message()} (--help tells more)", markup=False, soft_wrap=True)
        return USAGE
    except typer.Exit as left:
        return left.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except GridtwinError as refused:
        progress.print(f"gridtwin: {refused.message(language())}", markup=False, soft_wrap=True)
        return REFUSED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except psycopg.OperationalError as away:
        progress.print(f"gridtwin: {str(away).strip().splitlines()[0]}", markup=False, soft_wrap=True)
        return REFUSED
    return code if isinstance(code, int) else 0
