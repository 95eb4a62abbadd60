"""Zones over HTTP: what lies in one that somebody draws."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gis.access import audit
from gis.access.http import SignedIn
from gis.access.roles import Permission
from live import zone
from live.asking import Layer

router = APIRouter(tags=["zones"])
_JSON = "application/json"
_CSV = "text/csv"


class Zone(BaseModel):
    """A zone: GeoJSON in EPSG:4326, and metres around it; a point or a line needs some."""

    model_config = ConfigDict(extra="forbid")

    geometry: dict[str, Any]
    buffer_m: float = Field(default=0, ge=0, le=10_000)


@router.post(
    "/api/zones/query",
    summary="What lies in a zone",
    response_class=Response,
    responses={
        200: {
            "content": {_JSON: {"schema": {"type": "object"}}, _CSV: {"schema": {"type": "string"}}},
            "description": "`geometry`, `area_m2`, `counts`, and up to 500 rows each of `buildings`, `facilities`,"
            " `workers`, `issues`",
        }
    },
)
async def query_zone(
    asked: Zone,
    account: SignedIn,
    layer: Layer,
    request: Request,
    form: Annotated[str, Query(alias="format", pattern="^(json|csv)$", description="`json` or `csv`")] = "json",
) -> Response:
    """Buildings that a zone touches, with their households; facilities, workers and open issues in it.

    The export is recorded in the audit.
    """
    account.require(Permission.SEE_PUBLIC)
    found = await zone.inside(layer, account, asked.geometry, asked.buffer_m)
    if form == "json":
        return Response(msgspec.json.encode(found), media_type=_JSON, headers={"Cache-Control": "no-store"})
    service = layer.service
    async with service.database.transaction() as connection:
        told = {"counts": found["counts"], "area_m2": found["area_m2"]}
        by = audit.who(request.scope, account)
        await audit.record(
            connection, service.clock.now(), by, "zone.export", "zone", areas=account.area_ids, detail=told
        )
    headers = {"Content-Disposition": 'attachment; filename="zone.csv"', "Cache-Control": "no-store"}
    return Response(zone.as_csv(found), media_type=_CSV, headers=headers)
