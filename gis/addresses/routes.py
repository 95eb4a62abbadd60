"""Searching addresses over HTTP; only for roles that see fine-grained elements."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.addresses import search
from gis.addresses.search import Near
from gis.errors import BadRequest
from gis.messages import Both
from gis.service import Here

router = APIRouter(tags=["addresses"])


class Named(BaseModel):
    """A building or a grid that an address lies in."""

    id: int
    code: str | None
    name: str | None


class FoundAddress(BaseModel):
    """A standard address: its text, the parts that are known, how well it fits (0–1), (lon, lat), building and grid.

    `distance` (m) is from the place that was asked for.
    """

    id: int
    code: str | None
    text: str
    parts: dict[str, str]
    score: float
    point: list[float]
    building: Named | None
    grid: Named | None
    distance: float | None = None


class FoundAddresses(BaseModel):
    """Addresses, best or nearest first."""

    addresses: list[FoundAddress]


@router.get("/api/addresses/search", summary="Search addresses")
async def search_addresses(
    account: SignedIn,
    here: Here,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    near: Annotated[str | None, Query(description="lon,lat in EPSG:4326: what is close comes first")] = None,
) -> FoundAddresses:
    """Addresses that hold all words in their order; full-width letters and digits count as usual ones.

    `12-3-1001` is building 12, unit 3, room 1001, alone or after a name.
    """
    account.require(Permission.SEE_FINE)
    rows = await search.search(here.database, account.scope, q, limit=limit, near=near_of(near))
    return FoundAddresses(addresses=[FoundAddress(**row) for row in rows])


@router.get("/api/addresses/reverse", summary="Addresses at a place")
async def reverse_addresses(
    account: SignedIn,
    here: Here,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[float, Query(ge=-85, le=85, allow_inf_nan=False)],
    limit: Annotated[int, Query(ge=1, le=100)] = 5,
) -> FoundAddresses:
    """The addresses nearest to a place, within 500 m; those of the building that covers it come first."""
    account.require(Permission.SEE_FINE)
    rows = await search.nearest(here.database, account.scope, lon, lat, limit=limit)
    return FoundAddresses(addresses=[FoundAddress(**row) for row in rows])


def near_of(text: str | None) -> Near | None:
    """The place of a `near` parameter; raises BadRequest."""
    if text is None:
        return None
    try:
        lon, lat = (float(number) for number in text.split(","))
    except ValueError as wrong:
        raise BadRequest(what="near", why=_WHY_NEAR) from wrong
    if not (math.isfinite(lon) and abs(lon) <= 180 and abs(lat) <= 85):
        raise BadRequest(what="near", why=_WHY_NEAR)
    return Near(lon, lat)


_WHY_NEAR = Both("应为“经度,纬度”，例如 118.09,36.85", "it reads lon,lat, such as 118.09,36.85")
