"""What is asked of a collection: the box, the time and the page, as OGC API Features writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gis.db import Database, Row
from gis.errors import BadRequest
from gis.features.collections import Collection
from gis.messages import Both

MOST = 10_000
USUAL = 100
_KNOWN = {"bbox", "bbox-crs", "crs", "datetime", "limit", "after", "f"}
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_BOXES = "ST_Intersects({geometry}, ST_MakeEnvelope(%({0}0)s, %({0}1)s, %({0}2)s, %({0}3)s, 4326))"


@dataclass(frozen=True)
class Asked:
    """Conditions as SQL with the values that they bind, and the page."""

    conditions: tuple[str, ...]
    values: dict[str, Any]
    limit: int
    after: int | None


def read(collection: Collection, query: Mapping[str, str]) -> Asked:
    """The question of a query string; raises BadRequest for what it can't answer, unknown parameters included."""
    for name in query:
        if name not in _KNOWN:
            raise BadRequest(what=name[:50], why=Both("没有这个参数", "there is no such parameter"))
    for name in ("bbox-crs", "crs"):
        if query.get(name, _CRS84) != _CRS84:
            raise BadRequest(what=name, why=Both("坐标只有 CRS84（经度，纬度）", "coordinates are CRS84, (lon, lat)"))
    if query.get("f", "json") not in ("json", "geojson"):
        raise BadRequest(what="f", why=Both("只有 json", "there is only json"))
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if "bbox" in query:
        _box(collection, query["bbox"], conditions, values)
    if "datetime" in query and collection.time:
        _time(collection.time, query["datetime"], conditions, values)
    limit = min(_number("limit", query.get("limit", str(USUAL)), least=1), MOST)
    after = _number("after", query["after"], least=0) if "after" in query else None
    return Asked(tuple(conditions), values, limit, after)


def _number(name: str, text: str, *, least: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
        raise BadRequest(what=name, why=Both(f"须为不小于 {least} 的整数", f"an integer of {least} or more"))
    return int(text)


def _box(collection: Collection, text: str, conditions: list[str], values: dict[str, Any]) -> None:
    try:
        box = [float(part) for part in text.split(",")]
    except ValueError:
        box = []
    if len(box) == 6:  # heights don't count here
        box = [box[0], box[1], box[3], box[4]]
    # a comparison with NaN is false
    if len(box) != 4 or not (-90 <= box[1] <= box[3] <= 90) or not all(-180 <= lon <= 180 for lon in (box[0], box[2])):
        raise BadRequest(what="bbox", why=Both("应为 西,南,东,北（度）", "west,south,east,north in degrees"))
    west, south, east, north = box
    halves = [box] if west <= east else [[west, south, 180.0, north], [-180.0, south, east, north]]
    parts = []
    for index, half in enumerate(halves):
        name = f"box{index}_"
        parts.append(_BOXES.format(name, geometry=collection.geometry))
        values.update({f"{name}{corner}": value for corner, value in enumerate(half)})
    conditions.append(f"({' OR '.join(parts)})")


def _time(column: str, text: str, conditions: list[str], values: dict[str, Any]) -> None:
    """RFC 3339: a moment, or an interval with `/` whose open ends are `..` or empty; both ends count."""
    begin, slash, end = text.partition("/")
    moments = [_moment(begin), _moment(end) if slash else _moment(begin)]
    if moments == [None, None] or (moments[0] and moments[1] and moments[0] > moments[1]):
        raise BadRequest(what="datetime", why=Both("应为时刻，或 开始/结束", "a moment, or begin/end"))
    for name, sign, moment in (("since", ">=", moments[0]), ("until", "<=", moments[1])):
        if moment is not None:
            conditions.append(f"{column} {sign} %({name})s")
            values[name] = moment


def _moment(text: str) -> datetime | None:
    if text in ("", ".."):
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as unreadable:
        raise BadRequest(what="datetime", why=Both("应为 RFC 3339 时刻", "a moment as in RFC 3339")) from unreadable
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def items(
    database: Database, collection: Collection, seen: tuple[str, dict[str, Any]], asked: Asked
) -> tuple[list[Row], int | None]:
    """The features of a page in the order of their numbers, and after which number the next page begins."""
    predicate, values = seen
    conditions = [predicate, *asked.conditions]
    if asked.after is not None:
        conditions.append(f"{collection.key} > %(after)s")
    rows = await database.all(
        f"SELECT {collection.key} AS id, ST_AsGeoJSON({collection.geometry}, 7)::jsonb AS geometry,"  # noqa: S608
        f" jsonb_build_object({collection.properties}) AS properties FROM {collection.source}"
        f" WHERE {' AND '.join(conditions)} ORDER BY {collection.key} LIMIT %(rows)s",
        {**values, **asked.values, "after": asked.after, "rows": asked.limit + 1},
    )
    more = len(rows) > asked.limit
    return rows[: asked.limit], rows[asked.limit - 1]["id"] if more else None


async def item(database: Database, collection: Collection, seen: tuple[str, dict[str, Any]], number: int) -> Row | None:
    """One feature, if somebody sees it."""
    predicate, values = seen
    return await database.one(
        f"SELECT {collection.key} AS id, ST_AsGeoJSON({collection.geometry}, 7)::jsonb AS geometry,"  # noqa: S608
        f" jsonb_build_object({collection.properties}) AS properties FROM {collection.source}"
        f" WHERE {predicate} AND {collection.key} = %(number)s",
        {**values, "number": number},
    )
