"""Phones over HTTP: enrolled, listed, named and revoked by administrators and station heads (站长)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from gis.access import audit, device_register, phone_apps
from gis.access.accounts import Account
from gis.access.devices import App, DeviceCrs
from gis.access.enrolment import qr
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.service import Here, Service

router = APIRouter(tags=["access"])
_BIGGEST = 2**63 - 1
DeviceId = Annotated[int, Path(ge=1, le=_BIGGEST)]


class NewDevice(BaseModel):
    """A phone to enrol: whose it is, and the app that it sends with."""

    model_config = ConfigDict(extra="forbid")

    worker: str = Field(min_length=1, max_length=100)
    app: App = "gridtwin"
    name: str = Field(default="", max_length=100)
    crs: DeviceCrs = "EPSG:4326"


class DeviceChange(BaseModel):
    """What may change of a phone."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=100)
    crs: DeviceCrs | None = None


class EnrolledDevice(BaseModel):
    """A new phone. The token is told this once; `settings` are what to type into the app, secret included.

    `secure` says whether the app reaches the service over TLS; `qr` is a `data:` URL of an SVG that shows the
    settings' link, which the app scans or opens.
    """

    id: int
    worker: str
    app: App
    token: str
    secure: bool
    qr: str
    settings: dict[str, Any]


class DeviceRow(BaseModel):
    """A phone: `revoked_at` is null while it may send. `crs` is what its positions come in."""

    id: int
    worker: str
    worker_name: str
    grid: str | None
    app: App
    name: str
    crs: DeviceCrs
    created_at: datetime
    created_by: str
    enrolled_at: datetime | None
    last_seen_at: datetime | None
    revoked_at: datetime | None


class DeviceList(BaseModel):
    """Phones, newest first; `next` is the `before` of the page that follows, null on the last."""

    devices: list[DeviceRow]
    next: int | None


def public_base(here: Service, request: Request) -> str:
    """The service's address as others reach it, without a slash at its end."""
    return (here.settings.public_url or str(request.base_url)).rstrip("/")


def enrolled(base: str, app: App, device_id: int, worker: str, token: str) -> EnrolledDevice:
    """The answer that tells a phone's secret, this once."""
    settings = phone_apps.settings(app, base=base, device_id=device_id, worker=worker, token=token)
    return EnrolledDevice(
        id=device_id,
        worker=worker,
        app=app,
        token=token,
        secure=base.startswith("https://"),
        qr=qr(settings["link"]),
        settings=settings,
    )


def _enrols(account: Account) -> Account:
    account.require(Permission.ENROL)
    return account


@router.post("/api/devices", status_code=201, summary="Enrol a phone")
async def enrol(new: NewDevice, account: SignedIn, here: Here, request: Request) -> EnrolledDevice:
    """A phone for a worker within the scope, with its token and what to type into its app."""
    by = _enrols(account)
    row, token = await device_register.create(
        here.database,
        here.clock.now(),
        by.scope,
        new.worker,
        new.app,
        name=new.name,
        crs=new.crs,
        by=audit.who(request.scope, by),
    )
    return enrolled(public_base(here, request), new.app, row["id"], row["worker"], token)


@router.get("/api/devices", summary="Phones of workers")
async def list_devices(
    account: SignedIn,
    here: Here,
    worker: Annotated[str | None, Query(max_length=100)] = None,
    q: Annotated[str, Query(max_length=100, description="part of a name, of the worker's id, or of the grid")] = "",
    before: Annotated[int | None, Query(ge=1, le=_BIGGEST, description="the id to go on from")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> DeviceList:
    """The phones of the workers within the scope, revoked ones too."""
    rows = await device_register.listing(
        here.database, _enrols(account).scope, worker=worker, words=q.replace("\x00", "").strip(), before=before,
        limit=limit,
    )  # fmt: skip
    return DeviceList(devices=[DeviceRow(**row) for row in rows], next=rows[-1]["id"] if len(rows) == limit else None)


@router.get("/api/devices/{device_id}", summary="One phone")
async def get_device(device_id: DeviceId, account: SignedIn, here: Here) -> DeviceRow:
    """A phone of a worker within the scope."""
    return DeviceRow(**await device_register.one(here.database, _enrols(account).scope, device_id))


@router.patch("/api/devices/{device_id}", summary="Name a phone, or say its coordinate system")
async def change_device(
    device_id: DeviceId, change: DeviceChange, account: SignedIn, here: Here, request: Request
) -> DeviceRow:
    """Another name, or the coordinate system that its positions come in."""
    by = audit.who(request.scope, account)
    row = await device_register.change(
        here.database, here.clock.now(), _enrols(account).scope, device_id, name=change.name, crs=change.crs, by=by
    )
    here.devices.forget()
    return DeviceRow(**row)


@router.delete("/api/devices/{device_id}", status_code=204, summary="Revoke a phone")
async def revoke_device(device_id: DeviceId, account: SignedIn, here: Here, request: Request) -> None:
    """Refuses the phone's token from now on."""
    by = audit.who(request.scope, account)
    await device_register.revoke(here.database, here.clock.now(), _enrols(account).scope, device_id, by=by)
    here.devices.forget()
