"""Keys of other systems over HTTP, for administrators."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from gis.access import audit, keys
from gis.access.accounts_routes import Codes, Number
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.access.routes import GivenArea
from gis.service import Here

router = APIRouter(tags=["keys"])


class KeyRow(BaseModel):
    """A key; `begins_with` are the first characters of its token, to recognise it by."""

    id: int
    name: str
    begins_with: str
    areas: list[GivenArea]
    valid: bool
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    address: str | None


class KeyList(BaseModel):
    """Keys by name."""

    keys: list[KeyRow]


class KeyToken(KeyRow):
    """A key and, this once, its token for `Authorization: Bearer`."""

    token: str


class NewKey(BaseModel):
    """A key to make."""

    name: str = Field(min_length=1, max_length=200)
    areas: Codes = Field(min_length=1)
    days: int = Field(default=365, ge=1, le=1100, description="Days until it ends")


@router.get("/api/keys", summary="Keys of other systems")
async def list_keys(account: SignedIn, here: Here) -> KeyList:
    """The keys whose areas lie within the administrator's."""
    account.require(Permission.ADMINISTER)
    rows = await keys.listing(here.database, here.clock.now(), account)
    return KeyList(keys=[KeyRow(**row) for row in rows])


@router.post("/api/keys", status_code=201, summary="Make a key")
async def add_key(new: NewKey, account: SignedIn, here: Here, request: Request) -> KeyToken:
    """Makes a key of the machine role; its token is answered this once, only its hash is kept."""
    account.require(Permission.ADMINISTER)
    now, by = here.clock.now(), audit.who(request.scope, account)
    key_id, token = await keys.add(
        here.database, here.sessions, now, by, account, new.name.strip(), new.areas, new.days
    )
    return KeyToken(**await keys.one(here.database, now, account, key_id), token=token)


@router.delete("/api/keys/{key_id}", status_code=204, summary="Revoke a key")
async def revoke_key(key_id: Number, account: SignedIn, here: Here, request: Request) -> None:
    """Ends a key within a second."""
    account.require(Permission.ADMINISTER)
    await keys.revoke(here.database, here.clock.now(), audit.who(request.scope, account), account, key_id)
    here.sessions.forget()
