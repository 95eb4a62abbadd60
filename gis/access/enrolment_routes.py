"""Enrolment over HTTP: a code is shown by administrators and station heads, looked at and spent by the phone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from gis.access import audit, enrolment
from gis.access.devices import App, DeviceCrs
from gis.access.devices_routes import EnrolledDevice, enrolled, public_base
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.service import Here

router = APIRouter(tags=["access"])
Code = Annotated[str, Field(min_length=1, max_length=100)]


class NewCode(BaseModel):
    """For whom a code is, and how long it may lie about."""

    model_config = ConfigDict(extra="forbid")

    worker: str = Field(min_length=1, max_length=100)
    hours: int = Field(default=24, ge=1, le=31 * 24)


class MadeCode(BaseModel):
    """A one-time code. `qr` is a `data:` URL of an SVG that shows `link`; `secure` says whether it leads to TLS."""

    worker: str
    link: str
    qr: str
    secure: bool
    expires_at: datetime


class ShownCode(BaseModel):
    """What the phone shows of a code."""

    model_config = ConfigDict(extra="forbid")

    code: Code


class CodeHolder(BaseModel):
    """For whom a code is, so that they can see that it is theirs."""

    worker: str
    worker_name: str
    grid: str | None
    expires_at: datetime


class SpentCode(ShownCode):
    """The code, and the app that the phone will send with."""

    app: App = "gridtwin"
    name: str = Field(default="", max_length=100)
    crs: DeviceCrs = "EPSG:4326"


@router.post("/api/enrolments", status_code=201, summary="A one-time code for a phone")
async def make_code(new: NewCode, account: SignedIn, here: Here, request: Request) -> MadeCode:
    """A QR code for a worker within the scope. It carries the service's address and a code that works once."""
    account.require(Permission.ENROL)
    by = audit.who(request.scope, account)
    code, until = await enrolment.make(here.database, here.clock, account.scope, new.worker, hours=new.hours, by=by)
    base = public_base(here, request)
    link = enrolment.link(base, code)
    return MadeCode(
        worker=new.worker, link=link, qr=enrolment.qr(link), secure=base.startswith("https://"), expires_at=until
    )


@router.post("/api/enrolments/look", summary="For whom a code is")
async def look_at_code(shown: ShownCode, here: Here) -> CodeHolder:
    """Tells the phone whose code it has; nothing is spent."""
    return CodeHolder(**await enrolment.look(here.database, here.clock, shown.code))


@router.post("/api/enrolments/spend", status_code=201, summary="Enrol this phone by a code")
async def spend_code(spent: SpentCode, here: Here, request: Request) -> EnrolledDevice:
    """Makes this phone the worker's: its token and what to type into its app. The code works once."""
    device_id, worker, token = await enrolment.spend(
        here.database,
        here.clock,
        spent.code,
        spent.app,
        name=spent.name,
        crs=spent.crs,
        by=audit.who(request.scope),
    )
    return enrolled(public_base(here, request), spent.app, device_id, worker, token)
