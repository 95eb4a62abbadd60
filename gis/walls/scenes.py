"""Scenes of tours (轮播): made on a screen, kept for the centre of an area, played by its walls."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from gis.access.accounts import Account
from gis.access.scope import Scope
from gis.db import Database, Row
from gis.errors import BadRequest, NotAllowed, NotFound
from gis.messages import Both

MOST = 100
"""Scenes of one centre."""

_LIST = """
SELECT s.id, c.code AS centre, s.name, s.address, s.panels, s.seconds, s.begins, s.ends, s.photos, s.position,
  s.made_by, s.made_at
FROM wall_scene s JOIN area c ON c.id = s.centre_id
WHERE {seen} AND (%(centre)s::text IS NULL OR c.code = %(centre)s) AND (%(id)s::bigint IS NULL OR s.id = %(id)s)
ORDER BY c.path, s.position, s.id
"""
_ADD = """
INSERT INTO wall_scene (centre_id, name, address, panels, seconds, begins, ends, photos, position, made_by, made_at)
SELECT c.id, %(name)s, %(address)s, %(panels)s, %(seconds)s, %(begins)s, %(ends)s, %(photos)s,
  (SELECT coalesce(max(position), 0) + 1 FROM wall_scene WHERE centre_id = c.id), %(by)s, %(now)s
FROM area c WHERE c.code = %(centre)s AND {seen}
  AND (SELECT count(*) FROM wall_scene WHERE centre_id = c.id) < %(most)s
RETURNING id
"""
_CHANGE = """
UPDATE wall_scene s SET name = %(name)s, address = %(address)s, panels = %(panels)s, seconds = %(seconds)s,
  begins = %(begins)s, ends = %(ends)s, photos = %(photos)s, position = %(position)s
FROM area c WHERE c.id = s.centre_id AND s.id = %(id)s AND {seen}
RETURNING s.id
"""
_KNOWN = "SELECT 1 FROM area c WHERE c.code = %(centre)s AND {seen}"
_REMOVE = "DELETE FROM wall_scene s WHERE s.id = %(id)s AND {seen} RETURNING id"
_PHOTOS = """
SELECT FROM wall_scene s, LATERAL (SELECT coalesce(s.begins, '00:00') AS begins, coalesce(s.ends, '24:00') AS ends) h
WHERE s.photos AND s.centre_id = ANY(%(centres)s)
  AND CASE WHEN h.begins <= h.ends THEN %(at)s >= h.begins AND %(at)s < h.ends
    ELSE %(at)s >= h.begins OR %(at)s < h.ends END
LIMIT 1
"""
_ALLOW_PHOTOS = Both("在大屏上允许显示照片（请用自己的账号登录）", "let a wall show photos (sign in as yourself)")


async def shows_photos(database: Database, account: Account, at: time) -> bool:
    """Whether photos of issues may be shown: always to people; on a wall, which visitors read, while a scene of its
    centre that allows photos is played at this time of the day."""
    if account.via != "wall":
        return True
    values = {"centres": list(account.area_ids), "at": at.replace(tzinfo=None)}
    return await database.one(_PHOTOS, values) is not None


async def listing(
    database: Database, scope: Scope, *, centre: str | None = None, scene: int | None = None
) -> list[Row]:
    """The scenes of the centres within the scope, or of one, in the order in which they are played."""
    query = _LIST.format(seen=scope.sql("s.centre_id"))
    return await database.all(query, {"centre": centre, "id": scene, **scope.values()})


async def add(database: Database, now: datetime, account: Account, scene: dict[str, Any]) -> Row:
    """A new scene at the end of its centre's tour; raises NotFound for a centre outside the scope, BadRequest, and
    NotAllowed for photos that a wall itself would allow."""
    if scene["photos"] and account.via == "wall":
        raise NotAllowed(what=_ALLOW_PHOTOS)
    values = {**scene, "by": account.display_name, "now": now, "most": MOST, **account.scope.values()}
    row = await database.one(_ADD.format(seen=account.scope.sql("c.id")), values)
    if row is None:
        if await database.one(_KNOWN.format(seen=account.scope.sql("c.id")), values) is None:
            raise NotFound(what=Both(f"区域 {scene['centre']}", f"area {scene['centre']}"))
        raise BadRequest(what="scene", why=Both(f"一个中心最多 {MOST} 个场景", f"a centre has at most {MOST} scenes"))
    return (await listing(database, account.scope, scene=row["id"]))[0]


async def change(database: Database, account: Account, number: int, part: dict[str, Any]) -> Row:
    """Changes what is given of a scene; raises NotFound, and NotAllowed for photos that a wall itself would allow."""
    found = await listing(database, account.scope, scene=number)
    if not found:
        raise NotFound(what=Both(f"场景 {number}", f"scene {number}"))
    photos = part.get("photos", found[0]["photos"])
    if account.via == "wall" and photos and part.keys() & {"photos", "begins", "ends"}:
        raise NotAllowed(what=_ALLOW_PHOTOS)
    values = {**found[0], **part, "id": number, **account.scope.values()}
    await database.one(_CHANGE.format(seen=account.scope.sql("s.centre_id")), values)
    return (await listing(database, account.scope, scene=number))[0]


async def remove(database: Database, account: Account, number: int) -> None:
    """Takes a scene out of its tour; raises NotFound."""
    query = _REMOVE.format(seen=account.scope.sql("s.centre_id"))
    if await database.one(query, {"id": number, **account.scope.values()}) is None:
        raise NotFound(what=Both(f"场景 {number}", f"scene {number}"))
