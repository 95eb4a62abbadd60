"""Whom an issue could be sent to, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gis.access.roles import Permission
from gis.errors import NotAllowed
from gis.issues import listing, nearest, places
from gis.issues.shapes import IssueId
from gis.issues.transitions import TRANSITIONS
from gis.issues.who import Dealing
from gis.service import Here

router = APIRouter(tags=["issues"])


class Walker(BaseModel):
    """A worker who could see to it: metres on foot `along` streets, or straight where no street leads there; nulls and
    unknown for whose it is while they are off duty or silent."""

    worker: str
    name: str
    at: datetime | None
    status: str
    lon: float | None
    lat: float | None
    metres: int | None
    minutes: int | None
    along: str
    load: int
    overdue: int
    same_area: bool
    own: bool


class WalkerList(BaseModel):
    """Workers: whose it is first, then the nearest on foot."""

    workers: list[Walker]


_NOWHERE = {"lon": None, "lat": None, "at": None, "metres": None, "minutes": None, "along": "unknown"}


@router.get("/api/issues/{issue_id}/workers", summary="Who could see to it")
async def list_workers(
    issue_id: IssueId, account: Dealing, here: Here, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> WalkerList:
    """Whose it is, on duty or not, then workers on duty within the account's areas, the nearest on foot first.

    Each with what they have to do already. A phone may ask of its worker's issues, and isn't told where others are.
    """
    phone = account.worker is not None
    if not phone:
        account.require(Permission.SEE_WORKERS)
    issue = await listing.one(here.database, account, issue_id)
    own = await places.responsible(here.database, issue)
    rows = await nearest.offered(
        here, issue["lon"], issue["lat"], issue["area_id"], own, limit=limit, scope=account.scope
    )
    return WalkerList(workers=[Walker(**{**row, **_NOWHERE}) if phone else Walker(**row) for row in rows])


class Unit(BaseModel):
    """A handling unit: the account that a step names, and what it is called; `likely` where the class is its own."""

    handler: str
    name: str
    likely: bool


class UnitList(BaseModel):
    """Handling units: the likely ones first."""

    units: list[Unit]


_UNITS = """
SELECT username AS handler, display_name AS name, %(unit)s <> '' AND display_name = %(unit)s AS likely FROM account
WHERE role = 'handler' AND NOT disabled AND (
  everywhere OR NOT EXISTS (SELECT FROM account_area g WHERE g.account_id = account.id)
  OR EXISTS (SELECT FROM account_area g JOIN area given ON given.id = g.area_id
    JOIN area here ON here.path <@ given.path WHERE g.account_id = account.id AND here.id = %(area)s))
ORDER BY likely DESC, display_name, username LIMIT 500
"""
"""Those without areas, and those who work where the issue lies: who works elsewhere is none of this desk's business."""


@router.get("/api/issues/{issue_id}/units", summary="Which units could see to it")
async def list_units(issue_id: IssueId, account: Dealing, here: Here) -> UnitList:
    """The handling units that an issue may be sent to, for whoever may send or pass it on."""
    if account.role not in TRANSITIONS["transfer"].roles:
        raise NotAllowed(what=TRANSITIONS["transfer"].title)
    issue = await listing.one(here.database, account, issue_id)
    rows = await here.database.all(_UNITS, {"unit": issue["unit"], "area": issue["area_id"]})
    return UnitList(units=[Unit(**row) for row in rows])
