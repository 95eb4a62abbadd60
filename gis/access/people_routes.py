"""People of the grid over HTTP, for administrators and station heads (站长)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gis.access import people
from gis.access.http import SignedIn
from gis.access.people import PostRole
from gis.access.roles import Permission
from gis.service import Here

router = APIRouter(tags=["access"])


class PostRow(BaseModel):
    """A post: `until` is its last day, null while it has no end."""

    role: PostRole
    grid: str
    building: str | None
    unit: str | None
    from_: date = Field(alias="from")
    until: date | None
    in_force: bool
    deputy: str | None
    deputy_in_force: bool


class Person(BaseModel):
    """A person of the grid; `id` is the `worker` of devices and tracks, `devices` counts phones that may send."""

    id: str
    name: str
    phone: str
    account: str | None
    grid: str | None
    grid_name: str | None
    devices: int
    posts: list[PostRow]


class People(BaseModel):
    """People by id; `next` is the `after` of the page that follows, null on the last."""

    people: list[Person]
    next: str | None


@router.get("/api/people", summary="People of the grid")
async def list_people(
    account: SignedIn,
    here: Here,
    q: Annotated[str, Query(max_length=100, description="part of an id, a name or a grid")] = "",
    after: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> People:
    """The people whose grid or post lies within the scope, with their posts, past ones too."""
    account.require(Permission.ENROL)
    clean = q.replace("\x00", "").strip()
    rows = await people.listing(here.database, account.scope, words=clean, after=after.replace("\x00", ""), limit=limit)
    following = rows[-1]["id"] if len(rows) == limit else None
    return People(people=[Person(**row) for row in rows], next=following)
