"""What a client has to know before it draws anything: title, levels, kinds of grid, categories, extent."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from gis.access.http import SignedIn
from gis.service import Here

router = APIRouter(tags=["twin"])

_EXTENT = """
WITH box AS (
  SELECT ST_Extent(geom) AS b FROM area WHERE {area_seen}
  UNION ALL SELECT ST_Extent(geom) FROM building WHERE {leaf_seen} AND NOT EXISTS (SELECT FROM area)
)
SELECT CASE WHEN count(b) > 0 THEN ARRAY[min(ST_XMin(b)), min(ST_YMin(b)), max(ST_XMax(b)), max(ST_YMax(b))] END
  AS bounds
FROM box WHERE b IS NOT NULL
"""


_SHOWN = {"code", "name_zh", "name_en", "max_zoom", "attribution"}


class Level(BaseModel):
    """A level of the hierarchy; a parent's rank is the smaller one."""

    code: str
    rank: int
    name_zh: str
    name_en: str


class Category(BaseModel):
    """A category of facilities."""

    code: str
    name_zh: str
    name_en: str


class BackgroundName(BaseModel):
    """A background that may be chosen; its tiles are at `/backgrounds/{code}/{z}/{x}/{y}`."""

    code: str
    name_zh: str
    name_en: str
    max_zoom: int
    attribution: str


class Twin(BaseModel):
    """The twin in outline; `bounds` is (west, south, east, north) in EPSG:4326 of what is visible.

    Days begin by `time_zone`.
    """

    title: str
    demo: bool
    levels: list[Level]
    grid_kinds: list[Level]
    facility_categories: list[Category]
    backgrounds: list[BackgroundName]
    approval: str
    source: str
    time_zone: str
    bounds: list[float] | None


@router.get("/api/twin", summary="The twin in outline")
async def get_twin(account: SignedIn, here: Here) -> Twin:
    """Title, levels, kinds of grid, categories of facilities, and the extent of what is visible."""
    database, scope = here.database, account.scope
    twin = await database.one("SELECT title, demo FROM twin")
    extent = await database.one(
        _EXTENT.format(area_seen=scope.sql("id"), leaf_seen=scope.sql("area_id")), scope.values()
    )
    levels = await database.all("SELECT code, rank, name_zh, name_en FROM level ORDER BY rank")
    kinds = await database.all("SELECT code, rank, name_zh, name_en FROM grid_kind ORDER BY rank")
    categories = await database.all("SELECT code, name_zh, name_en FROM facility_category ORDER BY code")
    return Twin(
        title=twin["title"] if twin else "",
        demo=bool(twin and twin["demo"]),
        levels=[Level(**row) for row in levels],
        grid_kinds=[Level(**row) for row in kinds],
        facility_categories=[Category(**row) for row in categories],
        backgrounds=[BackgroundName(**one.model_dump(include=_SHOWN)) for one in here.settings.backgrounds],
        approval=here.settings.map_approval,
        source=here.settings.map_source,
        time_zone=here.settings.time_zone,
        bounds=extent["bounds"] if extent else None,
    )
