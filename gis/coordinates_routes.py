"""Coordinates over HTTP: the page knows only (lon, lat) in EPSG:4326, and asks for everything else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from gis import coordinates
from gis.access.http import SignedIn
from gis.problem import language

router = APIRouter(tags=["coordinates"])


class Position(BaseModel):
    """A place in one system: degrees (lon, lat) or metres (east, north); `usable`: the system is meant for it."""

    crs: str
    title: str
    x: float
    y: float
    degrees: bool
    usable: bool


class Positions(BaseModel):
    """One place in every system of the readout."""

    positions: list[Position]


class Reading(BaseModel):
    """A place, (lon, lat) in EPSG:4326, that typed numbers may mean in one system; `swapped`: latitude came first."""

    crs: str
    swapped: bool
    reason: str
    lon: float
    lat: float


class Readings(BaseModel):
    """What typed numbers may mean, likeliest first."""

    readings: list[Reading]


@router.get("/api/coordinates", summary="A place in other coordinate systems")
async def get_coordinates(
    _: SignedIn,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
) -> Positions:
    """The place in WGS 84, CGCS2000, CGCS2000 / Gauss-Kruger 117°E and GCJ-02."""
    return Positions(positions=[Position(**vars(one)) for one in coordinates.everywhere(lon, lat)])


@router.get("/api/coordinates/read", summary="Coordinates as somebody typed them")
async def read_coordinates(
    _: SignedIn, request: Request, q: Annotated[str, Query(min_length=1, max_length=200)]
) -> Readings:
    """Every system that the numbers fit, each with its reason; an empty list when the words are no coordinates."""
    speech = language(request.headers.get("accept-language", ""))
    found = [{**vars(one), "reason": getattr(one.reason, speech)} for one in coordinates.read(q)]
    return Readings(readings=[Reading(**one) for one in found])
