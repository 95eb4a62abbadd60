"""Workers over HTTP: where they are, and where they were."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from gis.access.accounts import Account
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.errors import BadRequest, NotFound
from gis.messages import Both
from live import history, tracks
from live.asking import Layer, Reason, Since, Until, at, record
from live.layer import LiveLayer
from live.roster import Member

router = APIRouter(tags=["live"])
GEOJSON = "application/geo+json"


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
    area: Annotated[str | None, Query(description="code of an area, with all below it")] = None,
) -> Response:
    """GeoJSON of the workers within the scope: position now (EPSG:4326, 7 decimals), status, speed in m/s, battery."""
    account.require(Permission.SEE_WORKERS)
    below = await _below(area, layer) if area else None
    features = [
        _feature(layer, member)
        for member, _ in layer.hub.visible(account.scope)
        if below is None or member.area_id in below
    ]
    if every:
        there = {feature["id"] for feature in features}
        features += [
            _feature(layer, member)
            for member in layer.roster.members.values()
            if member.id not in there
            and account.scope.sees(member.area_id)
            and (below is None or member.area_id in below)
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
    since: Since = None,
    until: Until = None,
    clean: Annotated[bool, Query(description="Only reliable fixes")] = False,
    raw: Annotated[bool | None, Query(description="`true`: as it came, which is the default; `false`: `clean`")] = None,
    form: Annotated[
        str, Query(alias="format", pattern="^(geojson|gpx)$", description="`geojson` or `gpx`")
    ] = "geojson",
    download: Annotated[bool, Query(description="As a file; GPX always is one")] = False,
    reason: Reason = "",
) -> Response:
    """Every fix with a position between two times, flags included, with mileage and stops of the reliable ones."""
    member = await _seen(worker, account, layer)
    now = layer.service.clock.now()
    begin = at("from", since, layer) or now - timedelta(days=1)
    end = at("to", until, layer, end=True) or now + timedelta(days=1)
    if end < begin:
        raise BadRequest(what="to", why=Both("结束时间早于开始时间", "the end lies before the beginning"))
    areas = [] if member.area_id is None else [member.area_id]
    told = {"from": begin.isoformat(), "to": end.isoformat()}
    await record(request, account, layer, "track.read", "worker", member.id, areas=areas, reason=reason, **told)
    clean = clean or raw is False
    rows = await history.track(layer.service.database, member.id, begin, end, clean=clean)
    headers = {"Cache-Control": "no-store"}
    if download or form == "gpx":
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{tracks.quoted(member.id)}.{form}"
    if form == "gpx":
        return Response(tracks.gpx(member.name, rows), media_type=tracks.GPX, headers=headers)
    return Response(tracks.geojson(member, begin, end, rows), media_type=GEOJSON, headers=headers)


async def _below(code: str, layer: LiveLayer) -> set[int]:
    """The ids of an area and of all below it; none for a code that isn't one."""
    rows = await layer.service.database.all(
        "SELECT a.id FROM area given JOIN area a ON a.path <@ given.path WHERE given.code = %s", (code,)
    )
    return {row["id"] for row in rows}


async def _seen(worker: str, account: Account, layer: LiveLayer) -> Member:
    account.require(Permission.SEE_WORKERS)
    member = await layer.roster.find(worker)
    if member is None or not account.scope.sees(member.area_id):
        raise NotFound(what=Both(f"网格员 {worker[:50]}", f"worker {worker[:50]}"))
    return member


def _feature(layer: LiveLayer, member: Member) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": member.id, "number": member.number, "name": member.name}
    geometry = None
    if member.id in layer.hub.known:
        described = layer.hub.described(member)
        lon, lat = described.pop("lon"), described.pop("lat")
        geometry = {"type": "Point", "coordinates": [lon, lat]}
        properties = described
    properties |= {"grid": member.grid, "grid_name": member.grid_name}
    return {"type": "Feature", "id": member.id, "geometry": geometry, "properties": properties}


def _geojson(value: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(value), media_type=GEOJSON, headers={"Cache-Control": "no-store"})
