"""Exports over HTTP: a layer within an area, in the form that a planner's program reads."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.errors import Overloaded
from gis.service import Here
from importers.child import apart
from importers.export.request import FORMATS, MEDIA_TYPES, ExportRequest
from importers.export.run import export

router = APIRouter(tags=["exports"])
log = structlog.get_logger("export")

_FINE = ("addresses",)  # kinds that only those see who see fine-grained elements
_AT_ONCE = 2
_WAITING = 8  # beyond those that run
_turns = asyncio.Semaphore(_AT_ONCE)
_asked = 0


@router.get("/api/export/{kind}", summary="A layer as a file", response_class=FileResponse)
async def get_export(
    kind: str,
    account: SignedIn,
    here: Here,
    form: Annotated[str, Query(alias="format", description="gpkg, shp (zipped), geojson, csv, xlsx")] = "gpkg",
    crs: Annotated[str, Query(description="EPSG:4326, EPSG:4490, EPSG:4548, GCJ-02 or another")] = "EPSG:4326",
    within: Annotated[str | None, Query(description="code of an area")] = None,
    encoding: Annotated[str, Query(description="UTF-8 or GBK; for shp and csv")] = "UTF-8",
    grid_kind: Annotated[str, Query(description="kind of grid")] = "community",
) -> FileResponse:
    """What of a layer lies in an area and within the scope; imported again, the file changes nothing.

    Made by a process of its own. Addresses are only for roles that see fine-grained elements.
    """
    global _asked
    if kind in _FINE:
        account.require(Permission.SEE_FINE)
    request = ExportRequest(kind, Path(), form, crs, encoding, within, grid_kind, account.scope)
    request.checked_kind()
    name = "_".join((kind, *([within] if within else []), request.system().name.replace(":", "")))
    if _asked >= _AT_ONCE + _WAITING:
        raise Overloaded
    folder = Path(tempfile.mkdtemp(prefix="gridtwin-export-"))
    _asked += 1
    try:
        file = folder / f"{kind}{FORMATS[form]}"
        request = ExportRequest(kind, file, form, crs, encoding, within, grid_kind, account.scope)
        async with _turns:
            rows = await asyncio.to_thread(apart, export, here.database.dsn, request)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        _asked -= 1
    log.info("export.made", by=account.username, kind=kind, within=within, format=form, rows=rows)
    return FileResponse(
        file,
        media_type=MEDIA_TYPES[form],
        filename=f"{name}{FORMATS[form]}",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )
