"""Areas, grids and plans over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.areas import grids, hierarchy, plans
from gis.issues import listing as issues
from gis.service import Here

router = APIRouter(tags=["areas"])


class AreaRow(BaseModel):
    """An area in a list; `path` is its way down, codes joined by dots."""

    code: str
    name: str
    level: str
    parent: str | None
    path: str


class AreaList(BaseModel):
    """All areas that were asked for, not paginated."""

    areas: list[AreaRow]


class Step(BaseModel):
    """One step of the way down to something."""

    code: str
    name: str
    level: str


class AreaProperties(AreaRow):
    """What is known of one area."""

    bbox: list[float]
    ancestors: list[Step]


class AreaFeature(BaseModel):
    """An area as GeoJSON."""

    type: str = "Feature"
    geometry: dict[str, Any]
    properties: AreaProperties


class Summary(BaseModel):
    """Counts of everything below an area."""

    grids: int
    buildings: int
    addresses: int
    households: int
    residents: int
    workers: int
    issues: dict[str, int]


class WorkerName(BaseModel):
    """A grid's responsible worker."""

    id: str
    name: str


class Counts(BaseModel):
    """What lies in a grid."""

    buildings: int
    households: int
    residents: int


class GridCard(BaseModel):
    """A grid as the plan in force has it."""

    id: int
    code: str
    name: str
    kind: str
    plan: int
    area: Step | None
    ancestors: list[Step]
    worker: WorkerName | None
    counts: Counts
    bbox: list[float]


class Plan(BaseModel):
    """A version of the grids of one kind; `from` inclusive, `until` exclusive."""

    id: int
    kind: str
    name: str
    state: str
    from_: datetime | None = Field(alias="from")
    until: datetime | None
    revision: int
    grids: int


class PlanList(BaseModel):
    """Plans, newest first."""

    plans: list[Plan]


@router.get("/api/areas", summary="Areas of the hierarchy")
async def list_areas(account: SignedIn, here: Here, level: str | None = None, parent: str | None = None) -> AreaList:
    """All areas within the scope; `level` and `parent` (a code) narrow the list."""
    rows = await hierarchy.listing(here.database, account.scope, level=level, parent=parent)
    return AreaList(areas=[AreaRow(**row) for row in rows])


@router.get("/api/areas/{code}", summary="One area")
async def get_area(code: str, account: SignedIn, here: Here) -> AreaFeature:
    """An area with its geometry and its ancestors."""
    row = await hierarchy.one(here.database, account.scope, code)
    geometry = row.pop("geometry")
    return AreaFeature(geometry=geometry, properties=AreaProperties(**row))


@router.get("/api/areas/{code}/summary", summary="Counts below an area")
async def get_summary(
    code: str, account: SignedIn, here: Here, kind: Annotated[str, Query(description="kind of grid")] = "community"
) -> Summary:
    """Counts of everything below an area."""
    counts = await hierarchy.summary(here.database, account.scope, code, kind=kind)
    return Summary(**counts, issues=await issues.counts(here.database, account, code))


@router.get("/api/grids/{grid_id}", summary="One grid")
async def get_grid(grid_id: int, account: SignedIn, here: Here) -> GridCard:
    """A grid of the plan in force, with its worker and counts of what lies in it."""
    with_worker = account.may(Permission.SEE_WORKERS)
    return GridCard(**await grids.card(here.database, account.scope, grid_id, with_worker=with_worker))


@router.get("/api/plans", summary="Plans of the grids")
async def list_plans(account: SignedIn, here: Here) -> PlanList:
    """The versions of the grids of all kinds, newest first; drafts only for planners."""
    rows = await plans.listing(here.database, account.scope, with_drafts=account.may(Permission.PLAN))
    return PlanList(plans=[Plan(**row) for row in rows])
