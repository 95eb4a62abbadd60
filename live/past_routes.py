"""The past over HTTP: replay of an area, and who was near a place."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from gis.access.http import SignedIn
from gis.access.roles import Permission, Role
from gis.errors import BadRequest
from gis.messages import Both
from live import coverage, near, replay
from live.asking import Area, Layer, Reason, Since, Until, at, below, members_of, record, span
from live.roster import Member

router = APIRouter(tags=["live"])
_JSON = "application/json"
_HIDDEN = {"Cache-Control": "no-store"}


def _areas(members: list[Member]) -> list[int]:
    return sorted({member.area_id for member in members if member.area_id is not None})


@router.get(
    "/api/replay",
    summary="Replay of an area",
    response_class=Response,
    responses={
        200: {
            "content": {_JSON: {"schema": {"type": "object"}}, replay.BINARY: {"schema": {"type": "string"}}},
            "description": "Where every worker was, worker by worker in the order of time; see docs/live.md",
        }
    },
)
async def get_replay(
    account: SignedIn,
    layer: Layer,
    request: Request,
    since: Since = None,
    until: Until = None,
    area: Area = None,
    step: Annotated[
        float | None, Query(ge=0.1, le=3600, description="Seconds: at most one fix of a worker in each")
    ] = None,
    form: Annotated[str, Query(alias="format", pattern="^(json|binary)$", description="`json` or `binary`")] = "json",
    reason: Reason = "",
) -> Response:
    """Reliable positions of all workers within the scope between two times, the last hour unless said, at most 31 days.

    Walls are told numbers, not names. What is read is recorded.
    """
    begin, end = span(layer, since, until, usual=timedelta(hours=1), most=timedelta(days=31))
    members = await members_of(layer, account, area)
    seconds = (end - begin).total_seconds()
    chosen = step or max(1.0, round(seconds / 3000))
    most = replay.MOST_POINTS if form == "binary" else replay.MOST_POINTS_JSON
    least = round(len(members) * seconds / most, 1)
    if chosen < least:
        why = Both(
            f"{len(members)} 人的轨迹点过多，步长至少 {least} 秒", f"at least {least} s for {len(members)} workers"
        )
        raise BadRequest(what="step", why=why)
    told: dict[str, Any] = {"from": begin.isoformat(), "to": end.isoformat(), "workers": len(members)}
    areas = _areas(members)
    await record(request, account, layer, "replay.read", "area", area or "", areas=areas, reason=reason, **told)
    found = await replay.read(layer.service.database, members, begin, end, chosen)
    write = replay.binary if form == "binary" else replay.as_json
    body = await asyncio.to_thread(write, found, begin, end, chosen, names=account.role is not Role.VIEWER)
    return Response(body, media_type=replay.BINARY if form == "binary" else _JSON, headers=_HIDDEN)


@router.get(
    "/api/workers/near",
    summary="Who was near a place",
    response_class=Response,
    responses={200: {"content": {_JSON: {"schema": {"type": "object"}}}, "description": "Workers and their visits"}},
)
async def get_near(
    account: SignedIn,
    layer: Layer,
    request: Request,
    lon: Annotated[float, Query(ge=-180, le=180, description="Degrees, EPSG:4326")],
    lat: Annotated[float, Query(ge=-85, le=85, description="Degrees, EPSG:4326")],
    radius: Annotated[float, Query(gt=0, le=1000, description="Metres")] = 50.0,
    since: Since = None,
    until: Until = None,
    area: Area = None,
    reason: Reason = "",
) -> Response:
    """Who came within some metres of a place between two times, the last 24 hours unless said, at most 31 days.

    Reliable fixes count, and the straight way between two of them that lie at most two minutes apart.
    """
    begin, end = span(layer, since, until, usual=timedelta(days=1), most=timedelta(days=31))
    members = await members_of(layer, account, area)
    told: dict[str, Any] = {"from": begin.isoformat(), "to": end.isoformat(), "radius": radius}
    place = f"{lon:.6f},{lat:.6f}"
    await record(request, account, layer, "near.read", "place", place, areas=_areas(members), reason=reason, **told)
    found = await near.visits(layer.service.database, [member.id for member in members], (lon, lat), radius, begin, end)
    workers = [
        {"id": member.id, "number": member.number, "name": member.name, "grid": member.grid, "visits": found[member.id]}
        for member in members
        if member.id in found
    ]
    return Response(msgspec.json.encode({"workers": workers}), media_type=_JSON, headers=_HIDDEN)


@router.get(
    "/api/coverage",
    summary="Which streets and buildings somebody passed",
    response_class=Response,
    responses={200: {"content": {_JSON: {"schema": {"type": "object"}}}, "description": "Shares for each grid"}},
)
async def get_coverage(
    account: SignedIn,
    layer: Layer,
    area: Area = None,
    grid: Annotated[str | None, Query(description="Code of a grid: only this one")] = None,
    kind: Annotated[str, Query(description="Kind of grid")] = "community",
    since: Since = None,
    until: Until = None,
    missing: Annotated[bool, Query(description="With what nobody passed, as GeoJSON")] = False,
) -> Response:
    """For each grid in force within the scope: metres of streets and buildings, and how much of them somebody passed.

    `from` and `to` are days, both count; the last seven days unless said. Nothing is told about who passed.
    """
    account.require(Permission.SEE_WORKERS)
    zone = layer.service.settings.zone
    end = (at("to", until, layer, end=True) or layer.service.clock.now()).astimezone(zone).date()
    begin = since_day.astimezone(zone).date() if (since_day := at("from", since, layer)) else end - timedelta(days=6)
    if end < begin:
        raise BadRequest(what="to", why=Both("结束时间早于开始时间", "the end lies before the beginning"))
    database = layer.service.database
    areas = None if area is None else sorted(await below(layer, account, area))
    chosen = await coverage.grids(database, account.scope, kind, areas, grid)
    told = await coverage.read(database, account.scope, chosen, kind, begin, end, missing=missing)
    told = {"from": begin.isoformat(), "to": end.isoformat(), "kind": kind, **told}
    return Response(msgspec.json.encode(told), media_type=_JSON, headers=_HIDDEN)
