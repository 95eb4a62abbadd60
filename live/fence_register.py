"""Zones that somebody drew and targets of patrols: written down with their fence, within the scope."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from gis.access import audit
from gis.access.accounts import Account
from gis.access.audit import Who
from gis.db import Database, Row
from gis.errors import BadRequest, NotFound
from gis.messages import Both

_LIST = (Path(__file__).parent / "fence_register.sql").read_text(encoding="utf-8")
_NAMES = {"zone": Both("区域围栏", "zone"), "target": Both("巡查点", "target")}
_MOST_KM2 = 500.0
# the fence: what was drawn, or a building's footprint, with some metres around; the area is the deepest one around it
_FENCE = """
WITH given AS (
  SELECT CASE WHEN %(building)s::bigint IS NOT NULL
    THEN (SELECT geom FROM building WHERE id = %(building)s AND {building_seen})
    ELSE ST_MakeValid(ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(%(shape)s), 4326))) END AS geom
), fence AS (
  SELECT CASE WHEN %(metres)s::real > 0 THEN ST_Buffer(geom::geography, %(metres)s::real)::geometry
    ELSE ST_CollectionExtract(geom, 3) END AS geom FROM given
)
SELECT f.geom AS fence, ST_IsEmpty(f.geom) OR f.geom IS NULL AS empty, ST_Area(f.geom::geography) / 1e6 AS km2,
  (SELECT a.id FROM area a WHERE {seen} AND (%(area)s::text IS NULL OR a.code = %(area)s)
    AND (%(area)s::text IS NOT NULL OR ST_Intersects(a.geom, ST_PointOnSurface(f.geom)))
   ORDER BY nlevel(a.path) DESC LIMIT 1) AS area_id
FROM fence f
"""
_ADD = """
INSERT INTO zone (kind, name, area_id, building_id, metres, geom, dwell_s, visits, every_days, created_at, created_by,
  changed_at)
VALUES (%(kind)s, %(name)s, %(area_id)s, %(building)s, %(metres)s, %(fence)s, %(dwell_s)s, %(visits)s, %(every_days)s,
  %(now)s, %(by)s, %(now)s)
RETURNING id
"""


async def listing(
    database: Database, account: Account, kind: str, today: date, *, area: str | None = None, one: int | None = None
) -> list[Row]:
    """The zones or targets within the scope by name; raises NotFound for the `one` that isn't seen."""
    values = {"kind": kind, "area": area, "id": one, "today": today, **account.scope.values()}
    rows = await database.all(_LIST.format(seen=account.scope.sql("z.area_id")), values)
    if one is not None and not rows:
        raise NotFound(what=Both(f"{_NAMES[kind].zh} {one}", f"{_NAMES[kind].en} {one}"))
    return rows


async def add(database: Database, account: Account, by: Who, now: datetime, kind: str, said: dict[str, Any]) -> int:
    """Writes one down; `said` holds name, geometry (GeoJSON) or building, metres, area, dwell_s, visits, every_days.

    Raises BadRequest when that makes no fence, or none within the scope.
    """
    scope = account.scope
    values: dict[str, Any] = {
        "kind": kind, "now": now, "by": by.name, "shape": None, "building": said.get("building"),
        "metres": said.get("metres") or 0, "area": said.get("area"), "name": said["name"].strip(),
        "dwell_s": said.get("dwell_s"), "visits": said.get("visits"), "every_days": said.get("every_days"),
        **scope.values(),
    }  # fmt: skip
    if said.get("geometry") is not None:
        values["shape"] = msgspec.json.encode(said["geometry"]).decode()
    if (values["shape"] is None) == (values["building"] is None):
        why = Both("请给出图形或楼宇之一", "either a shape or a building, and not both")
        raise BadRequest(what="geometry", why=why)
    async with database.transaction() as connection:
        try:
            query = _FENCE.format(seen=scope.sql("a.id"), building_seen=scope.sql("building.area_id"))
            row = await (await connection.execute(query.encode(), values)).fetchone()
        except (psycopg.errors.InternalError, psycopg.errors.DataError) as unreadable:
            raise BadRequest(what="geometry", why=Both("不是有效的 GeoJSON 图形", "no GeoJSON shape")) from unreadable
        if row is None or row["empty"]:
            why = Both("没有面积：点和线需要半径（metres）", "it covers nothing: points and lines need metres")
            raise BadRequest(what="geometry", why=why)
        if row["km2"] > _MOST_KM2:
            raise BadRequest(what="geometry", why=Both("面积超过 500 平方公里", "it is larger than 500 km²"))
        if row["area_id"] is None:
            raise BadRequest(what="area", why=Both("不在您的管辖范围内", "it lies outside your areas"))
        made = await (await connection.execute(_ADD.encode(), {**values, **row})).fetchone()
        identity = int(made["id"]) if made else 0
        told = {"name": values["name"]}
        await audit.record(connection, now, by, f"{kind}.add", kind, identity, areas=[row["area_id"]], detail=told)
    return identity


async def remove(database: Database, account: Account, by: Who, now: datetime, kind: str, identity: int) -> None:
    """Takes one away; what happened there stays until its day is made anew. Raises NotFound."""
    query = f"DELETE FROM zone WHERE id = %(id)s AND kind = %(kind)s AND {account.scope.sql('area_id')}"  # noqa: S608
    async with database.transaction() as connection:
        values = {"id": identity, "kind": kind, **account.scope.values()}
        cursor = await connection.execute((query + " RETURNING area_id, name").encode(), values)
        row = await cursor.fetchone()
        if row is None:
            raise NotFound(what=Both(f"{_NAMES[kind].zh} {identity}", f"{_NAMES[kind].en} {identity}"))
        told = {"name": row["name"]}
        await audit.record(connection, now, by, f"{kind}.remove", kind, identity, areas=[row["area_id"]], detail=told)


async def change(
    database: Database, account: Account, by: Who, now: datetime, kind: str, identity: int, said: dict[str, Any]
) -> None:
    """Changes name, dwell_s, visits, every_days; another fence is another zone. Raises NotFound."""
    known = {"name", "dwell_s", "visits", "every_days"}
    columns: dict[str, Any] = {name: value for name, value in said.items() if name in known}
    sets = "".join(f", {name} = %({name})s" for name in columns)
    query = (
        f"UPDATE zone SET changed_at = %(now)s{sets} WHERE id = %(id)s AND kind = %(kind)s"  # noqa: S608 - our names
        f" AND {account.scope.sql('area_id')} RETURNING area_id"
    )
    async with database.transaction() as connection:
        values = {"id": identity, "kind": kind, "now": now, **columns, **account.scope.values()}
        row = await (await connection.execute(query.encode(), values)).fetchone()
        if row is None:
            raise NotFound(what=Both(f"{_NAMES[kind].zh} {identity}", f"{_NAMES[kind].en} {identity}"))
        await audit.record(
            connection, now, by, f"{kind}.change", kind, identity, areas=[row["area_id"]], detail=columns
        )
