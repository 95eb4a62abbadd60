"""Geofences over HTTP: zones, targets of patrols, and what happened at them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from gis.access import audit
from gis.access.accounts import Account
from gis.access.http import SignedIn
from gis.access.roles import Permission, Role
from gis.db import Row
from live import fence_register
from live.asking import Area, Layer, Since, Until, below, span
from live.layer import LiveLayer
from live.tracks import iso

router = APIRouter(tags=["geofences"])
_EVENTS = (Path(__file__).parent / "geofence_events.sql").read_text(encoding="utf-8")
_JSON = "application/json"
_GEOJSON = "application/geo+json"
_HIDDEN = {"Cache-Control": "no-store"}
_MOST = 5_000
Identity = Annotated[int, InPath(ge=1, le=2**62)]


class NewZone(BaseModel):
    """A zone: a polygon, or a point, a line or a building with metres around."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    geometry: dict[str, Any] | None = Field(default=None, description="GeoJSON, EPSG:4326")
    building: int | None = Field(default=None, ge=1, le=2**62, description="Instead: the surroundings of a building")
    metres: float = Field(default=0, ge=0, le=5_000, description="Around the shape or building")
    area: str | None = Field(default=None, max_length=100, description="Whose it is; the deepest area around it")
    dwell_s: int | None = Field(default=None, ge=1, le=86_400, description="Tell when somebody stays so long")


class NewTarget(NewZone):
    """A patrol target: a zone that has to be visited so often."""

    metres: float = Field(default=30, ge=0, le=5_000, description="Around the point or building")
    visits: int = Field(default=1, ge=1, le=100, description="How many visits")
    every_days: int = Field(default=1, ge=1, le=366, description="within so many days")


class ZoneChange(BaseModel):
    """What may be changed of a zone."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=100)
    dwell_s: int | None = Field(default=None, ge=1, le=86_400)


class TargetChange(ZoneChange):
    """What may be changed of a target."""

    visits: int | None = Field(default=None, ge=1, le=100)
    every_days: int | None = Field(default=None, ge=1, le=366)


def _feature(row: Row, *, names: bool) -> dict[str, Any]:
    kept = ("id", "name", "area", "building_id", "metres", "dwell_s", "created_by")
    told = {name: row[name] for name in kept} | {"created_at": iso(row["created_at"])}
    if row["kind"] == "target":
        told |= {
            "visits": row["visits"],
            "every_days": row["every_days"],
            "done": row["done"],
            "due": row["done"] < row["visits"],
            "last_visit": iso(row["last_visit"]) if row["last_visit"] else None,
        }
        if names:
            told["last_worker"] = row["last_worker"]
    return {"type": "Feature", "id": row["id"], "geometry": row["geometry"], "properties": told}


async def _listed(account: Account, layer: LiveLayer, kind: str, area: str | None, one: int | None = None) -> Any:
    account.require(Permission.SEE_WORKERS)
    if area is not None:
        await below(layer, account, area)
    today = layer.service.clock.now().astimezone(layer.service.settings.zone).date()
    rows = await fence_register.listing(layer.service.database, account, kind, today, area=area, one=one)
    features = [_feature(row, names=account.role is not Role.VIEWER) for row in rows]
    return features[0] if one is not None else {"type": "FeatureCollection", "features": features}


def _geojson(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type=_GEOJSON, headers=_HIDDEN)


_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {_GEOJSON: {"schema": {"type": "object"}}}, "description": "GeoJSON"}
}


@router.get("/api/zones", summary="Zones", response_class=Response, responses=_RESPONSES)
async def list_zones(account: SignedIn, layer: Layer, area: Area = None) -> Response:
    """The zones within the scope as GeoJSON: fences with `name`, `area`, `building_id`, `metres`, `dwell_s`."""
    return _geojson(await _listed(account, layer, "zone", area))


@router.get("/api/targets", summary="Targets of patrols", response_class=Response, responses=_RESPONSES)
async def list_targets(account: SignedIn, layer: Layer, area: Area = None) -> Response:
    """The targets within the scope: `visits` in `every_days` are asked for, `done` were made, `due` says if that lacks.

    A visit is made when a worker's reliable fixes enter the fence, or the way between two of them crosses it; today
    counts as one of the days.
    """
    return _geojson(await _listed(account, layer, "target", area))


@router.get("/api/zones/{zone_id}", summary="One zone", response_class=Response, responses=_RESPONSES)
async def get_zone(zone_id: Identity, account: SignedIn, layer: Layer) -> Response:
    """One zone as in the list."""
    return _geojson(await _listed(account, layer, "zone", None, zone_id))


@router.get("/api/targets/{target_id}", summary="One target", response_class=Response, responses=_RESPONSES)
async def get_target(target_id: Identity, account: SignedIn, layer: Layer) -> Response:
    """One target as in the list; its visits are `GET /api/geofence-events?fence=target&id=`."""
    return _geojson(await _listed(account, layer, "target", None, target_id))


async def _add(request: Request, account: Account, layer: LiveLayer, kind: str, said: NewZone) -> Response:
    account.require(Permission.FENCE)
    now = layer.service.clock.now()
    by = audit.who(request.scope, account)
    made = await fence_register.add(layer.service.database, account, by, now, kind, said.model_dump())
    layer.fences.look_again()
    return _geojson(await _listed(account, layer, kind, None, made), 201)


@router.post("/api/zones", summary="Draw a zone", response_class=Response, status_code=201, responses=_RESPONSES)
async def add_zone(said: NewZone, request: Request, account: SignedIn, layer: Layer) -> Response:
    """Draws a zone within the scope; it counts within a few seconds, from now on."""
    return await _add(request, account, layer, "zone", said)


@router.post("/api/targets", summary="Set a target", response_class=Response, status_code=201, responses=_RESPONSES)
async def add_target(said: NewTarget, request: Request, account: SignedIn, layer: Layer) -> Response:
    """Sets a target for patrols within the scope; visits count from now on."""
    return await _add(request, account, layer, "target", said)


async def _change(
    request: Request, account: Account, layer: LiveLayer, kind: str, identity: int, said: ZoneChange
) -> Response:
    account.require(Permission.FENCE)
    changed = {
        name: value
        for name, value in said.model_dump(exclude_unset=True).items()
        if value is not None or name == "dwell_s"
    }
    now = layer.service.clock.now()
    by = audit.who(request.scope, account)
    await fence_register.change(layer.service.database, account, by, now, kind, identity, changed)
    layer.fences.look_again()
    return _geojson(await _listed(account, layer, kind, None, identity))


@router.patch("/api/zones/{zone_id}", summary="Change a zone", response_class=Response, responses=_RESPONSES)
async def change_zone(
    zone_id: Identity, said: ZoneChange, request: Request, account: SignedIn, layer: Layer
) -> Response:
    """Changes name or dwell time; another shape is another zone."""
    return await _change(request, account, layer, "zone", zone_id, said)


@router.patch("/api/targets/{target_id}", summary="Change a target", response_class=Response, responses=_RESPONSES)
async def change_target(
    target_id: Identity, said: TargetChange, request: Request, account: SignedIn, layer: Layer
) -> Response:
    """Changes name, dwell time, and how often it has to be visited."""
    return await _change(request, account, layer, "target", target_id, said)


async def _remove(request: Request, account: Account, layer: LiveLayer, kind: str, identity: int) -> Response:
    account.require(Permission.FENCE)
    by = audit.who(request.scope, account)
    await fence_register.remove(layer.service.database, account, by, layer.service.clock.now(), kind, identity)
    layer.fences.look_again()
    return Response(status_code=204)


@router.delete("/api/zones/{zone_id}", summary="Take a zone away", status_code=204)
async def remove_zone(zone_id: Identity, request: Request, account: SignedIn, layer: Layer) -> Response:
    """Takes a zone away."""
    return await _remove(request, account, layer, "zone", zone_id)


@router.delete("/api/targets/{target_id}", summary="Take a target away", status_code=204)
async def remove_target(target_id: Identity, request: Request, account: SignedIn, layer: Layer) -> Response:
    """Takes a target away."""
    return await _remove(request, account, layer, "target", target_id)


@router.get(
    "/api/geofence-events",
    summary="What happened at geofences",
    response_class=Response,
    responses={200: {"content": {_JSON: {"schema": {"type": "object"}}}, "description": "Events, newest first"}},
)
async def list_events(
    account: SignedIn,
    layer: Layer,
    since: Since = None,
    until: Until = None,
    area: Area = None,
    worker: Annotated[str | None, Query(max_length=200, description="Only of this worker")] = None,
    kind: Annotated[
        list[Literal["enter", "leave", "dwell", "cross", "outside", "back"]] | None, Query(description="Only these")
    ] = None,
    fence: Annotated[Literal["grid", "zone", "target"] | None, Query(description="Only at such fences")] = None,
    identity: Annotated[
        int | None, Query(alias="id", ge=1, le=2**62, description="Only at the fence of this id")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 1000,
) -> Response:
    """Who entered, left, stayed in or crossed a fence, or was outside their own grid in duty hours; the last 24 hours.

    Derived from reliable fixes. Walls are told numbers, not names.
    """
    account.require(Permission.SEE_WORKERS)
    begin, end = span(layer, since, until, usual=timedelta(days=1), most=timedelta(days=366))
    workers = [worker] if worker is not None else None
    if area is not None:
        inside = await below(layer, account, area)
        there = [member.id for member in layer.roster.members.values() if member.area_id in inside]
        workers = there if workers is None else [each for each in workers if each in there]
    scope = account.scope
    query = _EVENTS.format(
        seen=scope.sql("own.area_id"), zone_seen=scope.sql("z.area_id"), grid_seen=scope.sql("g.area_id")
    )
    values = {
        "since": begin, "until": end, "workers": workers, "kinds": kind, "fence": fence, "fence_id": identity,
        "limit": limit, **scope.values(),
    }  # fmt: skip
    rows = await layer.service.database.all(query, values)
    names = account.role is not Role.VIEWER
    members = layer.roster.members
    events = []
    for row in rows:
        who: dict[str, Any] = {"number": members[row["worker"]].number if row["worker"] in members else None}
        if names:
            who |= {"worker": row["worker"], "worker_name": row["worker_name"]}
        events.append(
            who
            | {name: row[name] for name in ("kind", "fence", "name", "grid", "seconds")}
            | {"id": row["fence_id"], "at": iso(row["at"]), "lon": round(row["lon"], 7), "lat": round(row["lat"], 7)}
        )
    return Response(msgspec.json.encode({"events": events}), media_type=_JSON, headers=_HIDDEN)
