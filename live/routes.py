"""Workers over HTTP: where they are, and where they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from gis.access import audit
from gis.access.accounts import Account
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.clock import moment
from gis.errors import BadRequest, NotFound
from gis.messages import Both
from live import history, tracks
from live.formats import values
from live.hub import iso
from live.layer import LiveLayer
from live.roster import Member

router = APIRouter(tags=["live"])
GEOJSON = "application/geo+json"


def _layer(request: Request) -> LiveLayer:
    layer = request.app.state.live
    assert isinstance(layer, LiveLayer)  # noqa: S101 - set by create_app
    return layer


Layer = Annotated[LiveLayer, Depends(_layer)]


@router.get(
    "/api/workers",
    summary="Where the workers are",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}, "description": "A FeatureCollection"}},
)
async def list_workers(
    account: SignedIn,
    layer: Layer,
    every: Annotated[
        bool, Query(alias="all", description="Also those who have not been seen yet, without a place")
    ] = False,
) -> Response:
    """GeoJSON of the workers within the scope: position now (EPSG:4326, 7 decimals), status, speed in m/s, battery."""
    account.require(Permission.SEE_WORKERS)
    features = [_feature(layer, member) for member, _ in layer.hub.visible(account.scope)]
    if every:
        there = {feature["id"] for feature in features}
        features += [
            _feature(layer, member)
            for member in layer.roster.members.values()
            if member.id not in there and account.scope.sees(member.area_id)
        ]
    return _geojson({"type": "FeatureCollection", "features": features})


@router.get(
    "/api/workers/{worker}",
    summary="One worker",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}, "description": "A Feature"}},
)
async def get_worker(worker: str, account: SignedIn, layer: Layer) -> Response:
    """One worker as in the list; the geometry is null before the first fix."""
    return _geojson(_feature(layer, await _seen(worker, account, layer)))


@router.get(
    "/api/workers/{worker}/track",
    summary="A worker's track",
    response_class=Response,
    responses={
        200: {
            "content": {GEOJSON: {"schema": {"type": "object"}}, tracks.GPX: {"schema": {"type": "string"}}},
            "description": "A FeatureCollection of points in the order of their times, or GPX 1.1",
        }
    },
)
async def get_track(
    worker: str,
    account: SignedIn,
    layer: Layer,
    request: Request,
    since: Annotated[str | None, Query(alias="from", description="ISO 8601, a day, or epoch; 24 hours ago")] = None,
    until: Annotated[str | None, Query(alias="to", description="ISO 8601, a day, or epoch; both ends count")] = None,
    clean: Annotated[bool, Query(description="Only reliable fixes")] = False,
    form: Annotated[
        str, Query(alias="format", pattern="^(geojson|gpx)$", description="`geojson` or `gpx`")
    ] = "geojson",
    reason: Annotated[str, Query(max_length=500, description="Why it is read; it is recorded")] = "",
) -> Response:
    """Every fix with a position between two times, flags included, with mileage and stops of the reliable ones."""
    member = await _seen(worker, account, layer)
    if layer.service.settings.track_reason == "required" and not reason.strip():
        raise BadRequest(what="reason", why=Both("请说明查看轨迹的原因", "say why the track is read"))
    now = layer.service.clock.now()
    begin = _moment("from", since, layer) or now - timedelta(days=1)
    end = _moment("to", until, layer, end=True) or now + timedelta(days=1)
    if end < begin:
        raise BadRequest(what="to", why=Both("结束时间早于开始时间", "the end lies before the beginning"))
    service = layer.service
    async with service.database.transaction() as connection:  # nobody reads a track without a record of it
        areas = [] if member.area_id is None else [member.area_id]
        told = {"from": begin.isoformat(), "to": end.isoformat(), "reason": reason.strip()}
        by = audit.who(request.scope, account)
        await audit.record(connection, now, by, "track.read", "worker", member.id, areas=areas, detail=told)
    rows = await history.track(layer.service.database, member.id, begin, end, clean=clean)
    if form == "gpx":
        name = f"attachment; filename*=UTF-8''{tracks.quoted(member.id)}.gpx"
        return Response(tracks.gpx(member.name, rows), media_type=tracks.GPX, headers={"Content-Disposition": name})
    return Response(tracks.geojson(member, begin, end, rows), media_type=GEOJSON, headers={"Cache-Control": "no-store"})


async def _seen(worker: str, account: Account, layer: LiveLayer) -> Member:
    account.require(Permission.SEE_WORKERS)
    member = await layer.roster.find(worker)
    if member is None or not account.scope.sees(member.area_id):
        raise NotFound(what=Both(f"网格员 {worker[:50]}", f"worker {worker[:50]}"))
    return member


def _moment(name: str, text: str | None, layer: LiveLayer, *, end: bool = False) -> datetime | None:
    """A moment of the query; a day means its beginning, or with `end` its end."""
    if not text:
        return None
    zone = layer.service.settings.zone
    try:
        if values.number(text) is not None and (at := values.moment(text)) is not None:
            return datetime.fromtimestamp(at / 1e6, zone)
        if len(text) == 10 and not end:
            return datetime.fromisoformat(text).replace(tzinfo=zone)
        return moment(_with_plus(text), zone)
    except (ValueError, OverflowError) as unreadable:
        raise BadRequest(what=name, why="a time in ISO 8601, a day, or epoch") from unreadable


def _with_plus(text: str) -> str:
    """The + of an offset arrives as a blank when nobody encoded it."""
    head, blank, offset = text.rpartition(" ")
    return f"{head}+{offset}" if blank and "T" in head else text


def _feature(layer: LiveLayer, member: Member) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": member.id, "number": member.number, "name": member.name}
    geometry = None
    if member.id in layer.hub.known:
        described = layer.hub.described(member)
        lon, lat = described.pop("lon"), described.pop("lat")
        geometry = {"type": "Point", "coordinates": [lon, lat]}
        properties = {**described, "heard_at": iso(layer.hub.known[member.id].heard_at)}
    properties |= {"grid": member.grid, "grid_name": member.grid_name}
    return {"type": "Feature", "id": member.id, "geometry": geometry, "properties": properties}


def _geojson(value: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(value), media_type=GEOJSON, headers={"Cache-Control": "no-store"})
