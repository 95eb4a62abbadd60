"""Screens that say that they are alive, and what one centre shows on another's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from gis.access import managing
from gis.access.accounts import Account
from gis.db import Database, Row
from gis.errors import NotFound
from gis.messages import Both

FORGOTTEN = timedelta(days=30)
"""A screen that hasn't been heard of for so long is no more."""
SENT_VALID = timedelta(minutes=5)
"""What was sent to a screen that is away isn't shown later."""
MOST = 50
"""Screens of one account."""

_BEAT = """
INSERT INTO wall_screen AS s (account_id, screen, first_at, beat_at, version, frame_rate, delay_ms, live, webgl,
  memory_mb, width, height, browser, place, picture, pictured_at)
VALUES (%(account)s, %(screen)s, %(now)s, %(now)s, %(version)s, %(frame_rate)s, %(delay_ms)s, %(live)s, %(webgl)s,
  %(memory_mb)s, %(width)s, %(height)s, %(browser)s, %(place)s, %(picture)s, %(pictured_at)s)
ON CONFLICT (account_id, screen) DO UPDATE SET beat_at = excluded.beat_at, version = excluded.version,
  frame_rate = excluded.frame_rate, delay_ms = excluded.delay_ms, live = excluded.live, webgl = excluded.webgl,
  memory_mb = excluded.memory_mb, width = excluded.width, height = excluded.height, browser = excluded.browser,
  place = excluded.place, picture = coalesce(excluded.picture, s.picture),
  pictured_at = coalesce(excluded.pictured_at, s.pictured_at)
RETURNING s.id, s.sent
"""
_FORGET = """
DELETE FROM wall_screen WHERE beat_at < %(old)s OR account_id = %(account)s AND id NOT IN (
  SELECT id FROM wall_screen WHERE account_id = %(account)s ORDER BY beat_at DESC LIMIT %(most)s)
"""
_LIST = """
SELECT s.id, coalesce(w.name, a.display_name) AS name, a.username, s.first_at, s.beat_at, s.version, s.frame_rate,
  s.delay_ms, s.live, s.webgl, s.memory_mb, s.width, s.height, s.browser, s.place, s.pictured_at,
  coalesce((SELECT jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name, 'level', r.level) ORDER BY r.path)
    FROM account_area g JOIN area r ON r.id = g.area_id WHERE g.account_id = a.id), '[]') AS areas
FROM wall_screen s JOIN account a ON a.id = s.account_id LEFT JOIN wall w ON w.account_id = a.id
WHERE (%(id)s::bigint IS NULL OR s.id = %(id)s) AND {manageable}
ORDER BY name, s.id
"""
# Other screens: of centres whose areas hold one of mine, or lie within mine, and my own account's but for `screen`;
# none of these when the asking screen isn't named.
_OTHERS = """
SELECT s.id, coalesce(w.name, a.display_name) AS name, s.place, s.width, s.height, s.account_id = %(account)s AS own
FROM wall_screen s JOIN account a ON a.id = s.account_id LEFT JOIN wall w ON w.account_id = a.id
WHERE s.beat_at > %(since)s AND NOT a.disabled
  AND (s.account_id <> %(account)s OR s.screen <> %(screen)s)
  AND (s.account_id = %(account)s OR %(everywhere)s OR a.everywhere OR EXISTS (
  SELECT FROM account_area g JOIN area theirs ON theirs.id = g.area_id, area mine
  WHERE g.account_id = a.id AND mine.id = ANY(%(mine)s) AND (mine.path <@ theirs.path OR theirs.path <@ mine.path)))
ORDER BY own, name, s.id
"""
_SEND = """
UPDATE wall_screen s SET sent = %(sent)s FROM account a
WHERE a.id = s.account_id AND s.id = %(id)s AND (a.everywhere OR EXISTS (
  SELECT FROM account_area g JOIN area theirs ON theirs.id = g.area_id, area shown
  WHERE g.account_id = a.id AND shown.code = %(area)s AND shown.path <@ theirs.path))
RETURNING s.id
"""
_SEEN = "SELECT 1 FROM area a WHERE a.code = %(area)s AND {seen}"


async def beat(database: Database, now: datetime, account: Account, said: dict[str, Any]) -> dict[str, Any] | None:
    """Notes that a screen is alive; returns what another centre sent it since, once."""
    picture = said.get("picture")
    values = {**said, "account": account.id, "now": now, "pictured_at": now if picture else None}
    row = await database.one(_BEAT, values)
    assert row is not None  # noqa: S101 - RETURNING of an upsert
    if picture:
        await database.all(_FORGET + " RETURNING id", {"old": now - FORGOTTEN, "account": account.id, "most": MOST})
    sent: dict[str, Any] | None = row["sent"]
    if sent is None:
        return None
    await database.all("UPDATE wall_screen SET sent = NULL WHERE id = %s RETURNING id", (row["id"],))
    return sent if datetime.fromisoformat(sent["at"]) > now - SENT_VALID else None


async def listing(database: Database, manager: Account, *, screen_id: int | None = None) -> list[Row]:
    """The screens of the accounts that somebody may manage, by name."""
    query = _LIST.format(manageable=managing.manageable(manager.scope.sql("managed.area_id")))
    return await database.all(query, {"id": screen_id, **manager.scope.values()})


async def picture(database: Database, manager: Account, screen_id: int) -> bytes:
    """The last picture of a screen, a JPEG; raises NotFound."""
    found = await listing(database, manager, screen_id=screen_id)
    row = await database.one("SELECT picture FROM wall_screen WHERE id = %s", (screen_id,)) if found else None
    if row is None or row["picture"] is None:
        raise NotFound(what=Both(f"大屏画面 {screen_id}", f"picture of screen {screen_id}"))
    return bytes(row["picture"])


async def others(database: Database, now: datetime, account: Account, screen: str | None = None) -> list[Row]:
    """The screens, alive within the last minute, of centres above and below one's own, and its own but `screen`."""
    values = {
        "screen": screen,
        "since": now - timedelta(minutes=1),
        "account": account.id,
        "everywhere": account.everywhere,
        "mine": list(account.area_ids),
    }
    return await database.all(_OTHERS, values)


async def send(database: Database, now: datetime, account: Account, screen_id: int, scene: dict[str, Any]) -> None:
    """Shows a scene on another centre's screen; raises NotFound unless both see the scene's area."""
    seen = _SEEN.format(seen=account.scope.sql("a.id"))
    if await database.one(seen, {"area": scene["area"], **account.scope.values()}) is None:
        raise NotFound(what=Both(f"区域 {scene['area']}", f"area {scene['area']}"))
    known = {row["id"] for row in await others(database, now, account, "")}
    sent = Jsonb({**scene, "by": account.display_name, "at": now.isoformat()})
    values = {"id": screen_id, "area": scene["area"], "sent": sent}
    if screen_id not in known or await database.one(_SEND, values) is None:
        raise NotFound(what=Both(f"能看到该区域的大屏 {screen_id}", f"screen {screen_id} that sees this area"))
