"""Whom an issue could be sent to, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.issues import listing, nearest, places
from gis.issues.shapes import IssueId
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


@router.get("/api/issues/{issue_id}/workers", summary="Who could see to it")
async def list_workers(
    issue_id: IssueId, account: SignedIn, here: Here, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> WalkerList:
    """Whose it is, on duty or not, then workers on duty within the account's areas, the nearest on foot first.

    Each with what they have to do already.
    """
    account.require(Permission.SEE_WORKERS)
    issue = await listing.one(here.database, account, issue_id)
    own = await places.responsible(here.database, issue)
    rows = await nearest.offered(
        here, issue["lon"], issue["lat"], issue["area_id"], own, limit=limit, scope=account.scope
    )
    return WalkerList(workers=[Walker(**row) for row in rows])
