"""What an area consists of, over HTTP: the rows behind the counts of `/api/areas/{code}/summary`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.areas import parts
from gis.areas.routes import WorkerName
from gis.service import Here

router = APIRouter(tags=["areas"])
_BIGGEST = 2**63 - 1
Kind = Annotated[str, Query(description="kind of grid")]


class AreaPart(BaseModel):
    """An area right below another; `issues` are those that aren't closed, `bbox` is in EPSG:4326."""

    id: int
    code: str
    name: str
    level: str
    bbox: list[float]
    grids: int
    buildings: int
    addresses: int
    households: int
    residents: int
    workers: int
    issues: int


class GridPart(BaseModel):
    """A grid in force; `issues` are those that aren't closed, `bbox` is in EPSG:4326."""

    id: int
    code: str
    name: str
    bbox: list[float]
    buildings: int
    households: int
    residents: int
    issues: int
    worker: WorkerName | None


class AreaParts(BaseModel):
    """The areas right below one."""

    parts: list[AreaPart]


class GridParts(BaseModel):
    """The grids below an area."""

    grids: list[GridPart]


class BuildingRow(BaseModel):
    """A building in a list; `bbox` is in EPSG:4326."""

    id: int
    code: str | None
    name: str | None
    estate: str | None
    use: str | None
    levels: int | None
    households: int | None
    residents: int | None
    bbox: list[float]


class BuildingList(BaseModel):
    """Buildings by id; `next` is the `after` of the following page, null at the end."""

    buildings: list[BuildingRow]
    next: int | None


@router.get("/api/areas/{code}/parts", summary="Areas right below an area")
async def get_parts(code: str, account: SignedIn, here: Here, kind: Kind = "community") -> AreaParts:
    """The areas right below one, each with the counts of everything in it."""
    rows = await parts.areas(here.database, account.scope, code, kind=kind)
    return AreaParts(parts=[AreaPart(**row) for row in rows])


@router.get("/api/areas/{code}/grids", summary="Grids of an area")
async def get_grids(code: str, account: SignedIn, here: Here, kind: Kind = "community") -> GridParts:
    """The grids in force below an area, each with its worker and the counts of what lies in it."""
    with_worker = account.may(Permission.SEE_WORKERS)
    rows = await parts.grids(here.database, account.scope, code, kind=kind, with_worker=with_worker)
    return GridParts(grids=[GridPart(**row) for row in rows])


@router.get("/api/buildings", summary="Buildings")
async def list_buildings(
    account: SignedIn,
    here: Here,
    area: Annotated[str | None, Query(description="code of an area, with all below it")] = None,
    grid: Annotated[int | None, Query(ge=1, le=_BIGGEST, description="id of a grid in force")] = None,
    after: Annotated[int, Query(ge=0, le=_BIGGEST, description="go on after this id")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> BuildingList:
    """The buildings of an area or a grid, by id."""
    rows = await parts.buildings(here.database, account.scope, area=area, grid=grid, after=after, limit=limit)
    return BuildingList(
        buildings=[BuildingRow(**row) for row in rows], next=rows[-1]["id"] if len(rows) == limit else None
    )
