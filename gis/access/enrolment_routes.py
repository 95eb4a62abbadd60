"""Enrolment over HTTP: a code is shown by administrators and station heads, looked at and spent by the phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from gis.access import audit, device_register, enrolment, placing
from gis.access.devices import App, DeviceCrs
from gis.access.devices_routes import EnrolledDevice, enrolled, public_base
from gis.access.http import Phone, SignedIn
from gis.access.roles import Permission
from gis.access.scope import EVERYWHERE
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


class Standing(BaseModel):
    """A position as the phone gives it, with its accuracy in metres, and where its worker says that they stand."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    accuracy: float = Field(ge=0, le=1e6)
    shown_lon: float = Field(ge=-180, le=180)
    shown_lat: float = Field(ge=-90, le=90)


class PlacedPhone(BaseModel):
    """The system that the phone's positions come in, the offset in metres, and the position in EPSG:4326."""

    crs: DeviceCrs | None
    offset: int
    lon: float
    lat: float


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


@router.post("/api/enrolments/place", summary="Where the phone says it is, and where its worker stands")
async def place_phone(standing: Standing, phone: Phone, here: Here, request: Request) -> PlacedPhone:
    """Tells from the offset in which coordinate system the phone's positions come, and keeps that with the phone.

    `crs` is null, and nothing changes, when no system explains the offset.
    """
    found = placing.place((standing.lon, standing.lat), (standing.shown_lon, standing.shown_lat), standing.accuracy)
    if found.crs is not None and found.crs != phone.crs:
        by = replace(audit.who(request.scope), name=f"phone:{phone.id}")
        await device_register.change(here.database, here.clock.now(), EVERYWHERE, phone.id, crs=found.crs, by=by)
        here.devices.forget()
    return PlacedPhone(crs=found.crs, offset=round(found.offset_m), lon=found.lon, lat=found.lat)
