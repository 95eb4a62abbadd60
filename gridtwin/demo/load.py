"""Loads the demo town through the importers, the same door as a customer's files."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import date
from pathlib import Path

import psycopg
from rich.console import Console

from gis.clock import SystemClock
from gis.errors import DataDirUnusable, ImportRefused
from gis.settings import Settings
from gridtwin.demo import town
from importers import people
from importers.load import run
from importers.request import ImportRequest

TITLE = "四宝山街道"
# kind, file of the town, grid kind
_ORDER = (
    ("areas", "areas", None),
    ("ground", "ground", None),
    ("streets", "streets", None),
    ("grids", "grids", "community"),
    ("grids", "party_grids", "party"),
    ("buildings", "buildings", None),
    ("addresses", "addresses", None),
    ("facilities", "facilities", None),
)


def ensure(dsn: str, settings: Settings, *, progress: Console) -> None:
    """Loads the town unless it is there; a load that was interrupted goes on, since importing twice changes nothing.

    Raises DataDirUnusable when the database holds somebody's real data.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(
            "SELECT demo, demo_loaded_at IS NOT NULL, EXISTS (SELECT FROM area) OR EXISTS (SELECT FROM building)"
            " FROM twin"
        ).fetchone()
        demo, loaded, filled = row or (False, False, False)
        if loaded:
            return
        if filled and not demo:
            raise DataDirUnusable(
                path=settings.data_dir, why="it holds data that is not the demo's; set GRIDTWIN_DATA_DIR to another one"
            )
        connection.execute("UPDATE twin SET demo = true, title = %s", (TITLE,))
        folder = Path(tempfile.mkdtemp(prefix="gridtwin-town-"))
        try:
            _load(dsn, folder, SystemClock().now().astimezone(settings.zone).date(), progress)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        connection.execute("UPDATE twin SET demo_loaded_at = now()")
        connection.execute("ANALYZE")


def _load(dsn: str, folder: Path, today: date, progress: Console) -> None:
    began = time.monotonic()
    with progress.status("Generating the demo town …"):
        files = town.generate_files(folder)
    progress.print(f"• Demo town generated ({time.monotonic() - began:.1f} s)", markup=False)
    for kind, name, grid_kind in _ORDER:
        began = time.monotonic()
        with progress.status(f"Loading {name} …"):
            request = ImportRequest(kind, files[name], crs="EPSG:4326", grid_kind=grid_kind or "community", by="demo")
            report = run(dsn, request)
        if report.refused:
            raise ImportRefused(count=len(report.findings))
        rows = report.added + report.changed + report.unchanged
        progress.print(f"• {name}: {rows:,} ({time.monotonic() - began:.1f} s)", markup=False)
    workers = people.run(dsn, files["people"], today=today, by="demo")
    if workers.refused:
        raise ImportRefused(count=len(workers.findings))
    progress.print(f"• people: {workers.added + workers.unchanged:,}", markup=False)
