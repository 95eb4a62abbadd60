"""`gridtwin export`: a layer out of the twin into a file for QGIS, ArcGIS, Excel."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from gis import migrations
from gis.errors import ExportRefused
from gis.messages import Both
from gridtwin import local
from gridtwin.terminal import read_settings
from importers.child import Elsewhere, apart
from importers.export.request import ExportRequest, format_of
from importers.kinds import KINDS

_EXPORT = Elsewhere[int]("importers.export.run", "export")


def export_layer(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Which layer: " + ", ".join(KINDS))],
    file: Annotated[Path, typer.Argument(help="The file to write: .gpkg, .zip (Shapefile), .geojson, .csv, .xlsx.")],
    form: Annotated[
        str | None, typer.Option("--format", help="gpkg, shp, geojson, csv or xlsx, if the suffix does not say it.")
    ] = None,
    crs: Annotated[str, typer.Option("--crs", help="EPSG:4326, EPSG:4490, EPSG:4548, GCJ-02 …")] = "EPSG:4326",
    encoding: Annotated[str, typer.Option("--encoding", help="UTF-8 or GBK; for Shapefile and CSV.")] = "UTF-8",
    within: Annotated[
        str | None, typer.Option("--within", help="Code of the area; all of the twin without it.")
    ] = None,
    grid_kind: Annotated[str, typer.Option("--kind", help="Kind of grid; only for grids.")] = "community",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a layer to a file, which imported again changes nothing."""
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(KINDS)}", param_hint="KIND")
    request = ExportRequest(kind, file, form or format_of(file), crs, encoding, within, grid_kind)
    request.checked_kind()
    request.system()
    if not file.absolute().parent.is_dir():
        raise ExportRefused(why=Both(f"没有文件夹 {file.parent}", f"there is no folder {file.parent}"))
    if file.exists() and not overwrite:
        raise ExportRefused(why=Both(f"{file} 已存在；覆盖请用 --overwrite", f"{file} is there; say --overwrite"))
    with local.database(read_settings()) as dsn:
        with psycopg.connect(dsn) as connection:
            migrations.require_head(connection)
        rows = apart(_EXPORT, dsn, request)
    if as_json:
        answer = {"kind": kind, "file": str(file), "format": request.format, "crs": request.system().name, "rows": rows}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{file}: {rows} {kind}\n")
