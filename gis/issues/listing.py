"""Issues as lists, one with its history, and counts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from gis.access.accounts import Account
from gis.db import Database, Row
from gis.errors import NotFound
from gis.issues.transitions import State, allowed
from gis.issues.visible import predicate, reported

_COLUMNS = """i.id, i.text, i.source, i.class, c.name_zh, c.name_en, i.confidence, i.candidates, i.words, i.state,
  i.urgent, i.version, i.reported_at, i.received_at, i.changed_at, i.closed_at, i.reporter_id, i.reported_by,
  i.worker_id, i.due_at, i.level, i.order_number, i.supervised, i.paused, i.extension, i.split_from,
  i.in_time, i.made_up, i.dispatched_at, i.signed_at,
  w.name AS worker_name, i.unit,
  i.area_id, i.building_id, i.address_id, i.place, i.result, i.rating, i.returns, i.merged_into, i.deadlines,
  h.username AS handler, a.code AS area, g.code AS grid, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat,
  coalesce((SELECT array_agg(p.id ORDER BY p.id) FROM issue_photo p WHERE p.issue_id = i.id), '{}') AS photos"""
_JOINS = """FROM issue i JOIN issue_class c ON c.code = i.class
LEFT JOIN area a ON a.id = i.area_id LEFT JOIN grid_code g ON g.id = i.grid_id
LEFT JOIN account h ON h.id = i.handler_id LEFT JOIN worker w ON w.id = i.worker_id"""
_MATCHES = """(%(states)s::text[] IS NULL OR i.state = ANY(%(states)s))
  AND (%(words)s::text IS NULL OR i.text ILIKE %(words)s OR i.place ILIKE %(words)s OR i.id::text = %(number)s)
  AND (%(overdue_at)s::timestamptz IS NULL OR i.due_at < %(overdue_at)s)
  AND (%(worker)s::text IS NULL OR i.worker_id = %(worker)s)
  AND (%(class)s::text IS NULL OR i.class = %(class)s OR c.group_code = %(class)s)
  AND (%(area)s::text IS NULL OR i.area_id IN (
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))
  AND (%(since)s::timestamptz IS NULL OR i.reported_at >= %(since)s)
  AND (%(west)s::float8 IS NULL OR i.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
  AND (%(before)s::bigint IS NULL OR (i.reported_at, i.id) < (
    SELECT reported_at, id FROM issue WHERE id = %(before)s))"""


_LIST = (  # the predicate is filled in by `format`, so the braces of the array literal are doubled
    f"SELECT {_COLUMNS} {_JOINS} WHERE {_MATCHES} AND".replace("{", "{{").replace("}", "}}")
    + " {seen} ORDER BY i.reported_at DESC, i.id DESC LIMIT %(limit)s"
)
_COUNTS = """
SELECT i.state, count(*) AS n FROM issue i
WHERE (%(area)s::text IS NULL OR i.area_id IN (
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))
  AND {seen}
GROUP BY i.state
"""


async def listing(
    database: Database,
    account: Account,
    *,
    states: list[str] | None,
    code: str | None,
    area: str | None,
    since: datetime | None,
    bbox: tuple[float, float, float, float] | None,
    words: str | None = None,
    overdue_at: datetime | None = None,
    worker: str | None = None,
    before: int | None,
    limit: int,
) -> list[Row]:
    """Issues that somebody sees, newest first; `before` (an id) goes on where a list ended.

    `words` stand in the text or the place, or are the number; `overdue_at` keeps those with a deadline before it.
    """
    seen, values = predicate(account)
    west, south, east, north = bbox or (None, None, None, None)
    return await database.all(
        _LIST.format(seen=seen),
        {
            **values, "states": states, "words": _like(words), "number": (words or "").lstrip("#＃"),
            "overdue_at": overdue_at, "worker": worker, "class": code, "area": area, "since": since,
            "limit": limit, "before": before,
            "west": west, "south": south, "east": east, "north": north,
        },
    )  # fmt: skip


def _like(words: str | None) -> str | None:
    """A pattern that finds the words as they are."""
    if words is None:
        return None
    return "%" + re.sub(r"([\\%_])", r"\\\1", words) + "%"


async def one(database: Database, account: Account, number: int) -> dict[str, Any]:
    """An issue with its history and what this account may do with it; raises NotFound."""
    seen, values = predicate(account)
    row = await database.one(f"SELECT {_COLUMNS} {_JOINS} WHERE i.id = %(id)s AND {seen}", {**values, "id": number})
    if row is None:
        raise NotFound(what=f"issue {number}")
    events = await database.all(
        "SELECT action, from_state, to_state, actor, at, note, details FROM issue_event"
        " WHERE issue_id = %s ORDER BY id",
        (number,),
    )
    pictures = await database.all(
        "SELECT id, stage, added_at AS at, width, height FROM issue_photo WHERE issue_id = %s ORDER BY id", (number,)
    )
    mine = reported(account, row)
    actions = [
        {"action": one.action, "zh": one.title.zh, "en": one.title.en, "needs": list(one.needs)}
        for one in allowed(State(row["state"]), account.role, own=mine, issue=row)
    ]
    return {**row, "events": events, "actions": actions, "pictures": pictures}


async def counts(database: Database, account: Account, area: str | None) -> dict[str, int]:
    """State -> how many, of all classes: counts of restricted ones tell nobody's story."""
    rows = await database.all(
        _COUNTS.format(seen=account.scope.sql("i.area_id")),
        {"area": area, **account.scope.values()},
    )
    return {state.value: 0 for state in State} | {row["state"]: row["n"] for row in rows}
