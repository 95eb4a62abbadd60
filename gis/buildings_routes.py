"""Buildings, households and facilities over HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from gis import buildings
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.areas.routes import Step
from gis.service import Here

router = APIRouter(tags=["buildings"])


class GridName(BaseModel):
    """The community grid that a building lies in."""

    id: int
    code: str
    name: str


class BuildingCard(BaseModel):
    """A building; height in metres, `centre` and `bbox` in EPSG:4326, (lon, lat)."""

    id: int
    code: str | None
    name: str | None
    estate: str | None
    use: str | None
    height: float | None
    levels: int | None
    units: int | None
    households: int | None
    residents: int | None
    year: int | None
    centre: list[float]
    bbox: list[float]
    ancestors: list[Step]
    grid: GridName | None


class EstateBuilding(BaseModel):
    """A building of an estate; `bbox` in EPSG:4326, (lon, lat)."""

    id: int
    name: str | None
    estate: str | None
    use: str | None
    levels: int | None
    households: int | None
    residents: int | None
    bbox: list[float]


class Estate(BaseModel):
    """An estate (小区): the buildings that bear its name in one community, by number."""

    name: str
    ancestors: list[Step]
    buildings: list[EstateBuilding]


class Room(BaseModel):
    """A household (户): its standard address and how many live there."""

    id: int
    room: str
    text: str
    residents: int | None


class Floor(BaseModel):
    """The rooms of one floor of a unit."""

    floor: str
    rooms: list[Room]


class Unit(BaseModel):
    """A stairwell (单元), top floor first."""

    unit: str
    floors: list[Floor]


class Households(BaseModel):
    """The households of a building as a matrix of units and floors."""

    building: int
    units: list[Unit]


class FacilityCard(BaseModel):
    """A public service element (公共服务要素)."""

    id: int
    code: str | None
    name: str | None
    category: str
    centre: list[float]
    ancestors: list[Step]


@router.get("/api/buildings/{building_id}", summary="One building")
async def get_building(building_id: int, account: SignedIn, here: Here) -> BuildingCard:
    """A building with the areas and the grid that it lies in."""
    return BuildingCard(**await buildings.card(here.database, account.scope, building_id))


@router.get("/api/buildings/{building_id}/estate", summary="A building's estate")
async def get_estate(building_id: int, account: SignedIn, here: Here) -> Estate:
    """The estate that a building belongs to, with all of its buildings."""
    name, way, rows = await buildings.of_estate(here.database, account.scope, building_id)
    return Estate(
        name=name, ancestors=[Step(**step) for step in way], buildings=[EstateBuilding(**row) for row in rows]
    )


@router.get("/api/buildings/{building_id}/households", summary="Households of a building")
async def get_households(building_id: int, account: SignedIn, here: Here) -> Households:
    """The standard addresses of a building by unit and floor; only for roles that see fine-grained elements."""
    account.require(Permission.SEE_FINE)
    return Households(**await buildings.households(here.database, account.scope, building_id))


@router.get("/api/facilities/{facility_id}", summary="One facility")
async def get_facility(facility_id: int, account: SignedIn, here: Here) -> FacilityCard:
    """A facility with the areas that it lies in."""
    return FacilityCard(**await buildings.facility(here.database, account.scope, facility_id))
