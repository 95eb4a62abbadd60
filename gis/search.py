"""The search box: areas, grids, estates, buildings, facilities and addresses by a part of their name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.addresses import search as addresses
from gis.addresses.routes import near_of
from gis.db import Row
from gis.service import Here

router = APIRouter(tags=["search"])
_SQL = (Path(__file__).parent / "search.sql").read_text(encoding="utf-8")

_ALSO_CALLED = {
    "消火栓": "hydrant", "摄像头": "camera", "探头": "camera", "派出所": "police", "老年人": "elderly_care",
    "敬老院": "elderly_care", "养老院": "elderly_care", "卫生室": "clinic", "诊所": "clinic", "菜市场": "market",
    "厕所": "toilet", "卫生间": "toilet", "小学": "school", "中学": "school", "托儿所": "kindergarten",
    "充电桩": "charging", "健身器材": "fitness", "垃圾桶": "waste_sorting", "垃圾站": "waste_sorting",
    "避难场所": "shelter", "公交车站": "bus_stop", "公共汽车": "bus_stop", "除颤": "aed",
}  # fmt: skip
"""What people call the categories of facilities, besides their names: word -> code."""


class Found(BaseModel):
    """One result; `centre` and `bbox` in EPSG:4326, (lon, lat). An estate's id is that of one of its buildings.

    `building` is the id of the building that an address lies in; a street is found whole, with the id of one piece.
    """

    kind: str
    id: int
    code: str | None
    name: str | None
    detail: str | None
    centre: list[float]
    bbox: list[float] | None
    building: int | None = None


class Results(BaseModel):
    """What was found, best first."""

    results: list[Found]


@router.get("/api/search", summary="Search by name")
async def search(
    account: SignedIn,
    here: Here,
    q: Annotated[str, Query(min_length=1, max_length=100)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    near: Annotated[str | None, Query(description="lon,lat: addresses that are close come first")] = None,
) -> Results:
    """Whatever within the scope has these words in its name, or a code that begins with them."""
    words = q.strip().replace("\x00", "")
    literal = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    scope = account.scope
    query = _SQL.format(
        area_seen=scope.sql("a.id"),
        grid_seen=scope.sql("g.area_id"),
        building_seen=scope.sql("b.area_id"),
        facility_seen=scope.sql("f.area_id"),
    )
    values = {
        "words": words,
        "pattern": f"%{literal}%",
        "prefix": f"{literal}%",
        "limit": limit,
        "categories": [code for said, code in _ALSO_CALLED.items() if len(words) > 1 and words in said],
        **scope.values(),
    }
    rows = await here.database.all(query, values) if words else []
    results = [Found(**row) for row in rows]
    if words and len(results) < limit and account.may(Permission.SEE_FINE):
        found = await addresses.search(here.database, scope, words, limit=limit - len(results), near=near_of(near))
        results += [_address(row) for row in found]
    return Results(results=results)


def _address(row: Row) -> Found:
    named = {"id": row["id"], "code": row["code"], "name": row["text"], "detail": row["parts"].get("estate")}
    within = (row["building"] or {}).get("id")
    return Found(kind="address", centre=row["point"], bbox=None, building=within, **named)
