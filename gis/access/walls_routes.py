"""Walls over HTTP, for administrators."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from gis.access import audit, walls
from gis.access.accounts_routes import Codes, Number
from gis.access.devices_routes import public_base
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.access.routes import GivenArea
from gis.service import Here, Service

router = APIRouter(tags=["walls"])


class WallRow(BaseModel):
    """A wall; `link_expires_at` is null once its link was opened."""

    id: int
    name: str
    areas: list[GivenArea]
    signed_in: bool
    created_at: datetime
    created_by: str
    opened_at: datetime | None
    last_seen_at: datetime | None
    address: str | None
    link_expires_at: datetime | None


class WallList(BaseModel):
    """Walls by name."""

    walls: list[WallRow]


class WallLink(WallRow):
    """A wall and, this once, the link that signs it in; its secret stands behind the `#` and reaches no log."""

    link: str


class NewWall(BaseModel):
    """A wall to make."""

    name: str = Field(min_length=1, max_length=200)
    areas: Codes = Field(min_length=1)


@router.get("/api/walls", summary="Walls")
async def list_walls(account: SignedIn, here: Here) -> WallList:
    """The walls whose areas lie within the administrator's, and when each was last seen."""
    account.require(Permission.ADMINISTER)
    return WallList(walls=[WallRow(**row) for row in await walls.listing(here.database, account)])


@router.post("/api/walls", status_code=201, summary="Make a wall and its sign-in link")
async def add_wall(new: NewWall, account: SignedIn, here: Here, request: Request) -> WallLink:
    """Makes a wall; its link signs one screen in, once, within a day."""
    account.require(Permission.ADMINISTER)
    by = audit.who(request.scope, account)
    wall_id, token = await walls.add(here.database, here.clock.now(), by, account, new.name.strip(), new.areas)
    return WallLink(**await walls.one(here.database, account, wall_id), link=_link(here, request, token))


@router.post("/api/walls/{wall_id}/link", summary="Make a new sign-in link for a wall")
async def renew_wall_link(wall_id: Number, account: SignedIn, here: Here, request: Request) -> WallLink:
    """A new link for a wall; whoever was signed in by the old one is signed out within a second."""
    account.require(Permission.ADMINISTER)
    by = audit.who(request.scope, account)
    token = await walls.renew_link(here.database, here.clock.now(), by, account, wall_id)
    here.sessions.forget()
    return WallLink(**await walls.one(here.database, account, wall_id), link=_link(here, request, token))


@router.delete("/api/walls/{wall_id}", status_code=204, summary="Revoke a wall")
async def revoke_wall(wall_id: Number, account: SignedIn, here: Here, request: Request) -> None:
    """Takes a wall down: it is signed out within a second."""
    account.require(Permission.ADMINISTER)
    await walls.revoke(here.database, here.clock.now(), audit.who(request.scope, account), account, wall_id)
    here.sessions.forget()


def _link(here: Service, request: Request, token: str) -> str:
    return f"{public_base(here, request)}/enter/wall#{token}"
