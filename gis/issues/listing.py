"""Issues as lists, one with its history, and counts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from gis.access.accounts import Account
from gis.access.roles import MAY, SAYS, Permission
from gis.db import Database, Row
from gis.errors import NotAllowed, NotFound
from gis.issues import tally
from gis.issues.sorting import SURE
from gis.issues.transitions import NAMES, TRANSITIONS, State, allowed
from gis.issues.visible import looks_only, named, predicate, reported, surroundings
from gis.messages import Both

_COLUMNS = """i.id, i.text, i.source, i.class, c.name_zh, c.name_en, i.confidence, i.candidates, i.words, i.state,
  i.urgent, i.version, i.reported_at, i.received_at, i.changed_at, i.closed_at, i.reporter_id, i.reported_by,
  i.worker_id, i.due_at, i.level, i.order_number, i.supervised, i.paused, i.extension, i.split_from,
  i.in_time, i.made_up, i.dispatched_at, i.signed_at,
  w.name AS worker_name, i.unit,
  i.area_id, i.building_id, i.address_id, i.place, i.result, i.rating, i.returns, i.merged_into, i.deadlines,
  i.handler_id, h.username AS handler, a.code AS area, g.code AS grid, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat,
  coalesce((SELECT array_agg(p.id ORDER BY p.id) FROM issue_photo p WHERE p.issue_id = i.id), '{}') AS photos"""
_JOINS = """FROM issue i JOIN issue_class c ON c.code = i.class
LEFT JOIN area a ON a.id = i.area_id LEFT JOIN grid_code g ON g.id = i.grid_id
LEFT JOIN account h ON h.id = i.handler_id LEFT JOIN worker w ON w.id = i.worker_id"""
# only the conditions that are asked for stand in the query: an optional one, `$1 IS NULL OR …`, can use no index
_CONDITIONS = {
    "states": "i.state = ANY(%(states)s)",
    "words": "(i.text ILIKE %(words)s OR {placed} OR i.id = %(number)s::bigint)",
    "overdue_at": "i.due_at < %(overdue_at)s",
    "worker": "i.worker_id = %(worker)s",
    "class": """i.class = ANY(ARRAY(
      SELECT o.code FROM issue_class o WHERE o.code = %(class)s OR o.group_code = %(class)s))""",
    "area": """i.area_id = ANY(ARRAY(
      SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))""",
    "since": "i.reported_at >= %(since)s",
    "west": """i.geom_3857 && ST_Transform(ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326), 3857)
      AND CASE WHEN i.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) THEN true END""",
    "pressing": "i.state <> '已归档'",
    "unsure": f"i.confidence < {SURE}",
    # where a list ended is an issue that whoever asks sees: another's age is none of their business
    "before": """(i.reported_at, i.id) < (SELECT i.reported_at, i.id FROM issue i JOIN issue_class c ON c.code = i.class
      WHERE i.id = %(before)s AND {seen})""",
}
_PAGE = """WITH page AS MATERIALIZED (
  SELECT i.id FROM issue i {classes} WHERE {matches}
  ORDER BY {order} LIMIT %(limit)s)
"""
_LISTED = f"SELECT {_COLUMNS} {_JOINS} JOIN page ON page.id = i.id ORDER BY "
_NAMES_A_WORKER = ("worker", "from", "lon", "lat", "metres")
"""What of a step's details tells of a worker: to whom it went, from whom, and where a worker did it."""
_EVENTS = """
SELECT e.action, e.from_state, e.to_state, e.actor, e.at, e.note, e.details, h.display_name AS unit_name,
  coalesce(w.name, h.display_name) AS to_name, f.name AS from_name
FROM issue_event e LEFT JOIN worker w ON w.id = e.details ->> 'worker' LEFT JOIN worker f ON f.id = e.details ->> 'from'
LEFT JOIN account h ON h.username = e.details ->> 'handler' AND h.role = 'handler'
WHERE e.issue_id = %s ORDER BY e.id
"""
_NEWEST = "i.reported_at DESC, i.id DESC"
_PRESSING = "i.urgent DESC, i.due_at NULLS LAST, i.reported_at DESC, i.id DESC"


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
    pressing: bool = False,
    unsure: bool = False,
) -> list[Row]:
    """Issues that somebody sees, newest first; `before` (an id) goes on where a list ended. `pressing`: what isn't
    closed, urgent ones first, then by the next deadline. Raises NotAllowed for a worker's list to who sees no workers.

    `words` stand in the text or the place, or are the number; `overdue_at` keeps those with a deadline before it;
    `unsure` those whose class was found with little confidence and chosen by nobody.
    """
    if worker is not None and Permission.SEE_WORKERS not in MAY[account.role]:
        raise NotAllowed(what=SAYS[Permission.SEE_WORKERS])
    seen, values = predicate(account)
    west, south, east, north = bbox or (None, None, None, None)
    number = (words or "").strip().lstrip("#＃")
    asked = {
        "states": states, "words": _like(words), "overdue_at": overdue_at, "worker": worker, "class": code,
        "area": area, "since": since, "west": west, "before": before, "pressing": pressing or None,
        "unsure": unsure or None,
    }  # fmt: skip
    order = _PRESSING if pressing else _NEWEST
    matches = " AND ".join([seen, *(_CONDITIONS[name] for name, value in asked.items() if value is not None)])
    placed = "i.place ILIKE %(words)s"
    if Permission.SEE_FINE not in MAY[account.role]:
        placed = f"({placed} AND i.handler_id = %(me)s)"
    matches = matches.replace("{seen}", seen).replace("{placed}", placed)
    classes = "JOIN issue_class c ON c.code = i.class" if "c." in seen else ""
    bound = {
        **values, **asked, "south": south, "east": east, "north": north, "limit": limit,
        "number": int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None,
    }  # fmt: skip
    async with database.connection() as connection:  # planned for these very values: a class may be rare or frequent
        cursor = await connection.execute(
            _PAGE.format(matches=matches, order=order, classes=classes) + _LISTED + order,
            bound,
            prepare=False,
            binary=True,
        )
        return [{**row, **surroundings(account, row)} for row in await cursor.fetchall()]


def _like(words: str | None) -> str | None:
    """A pattern that finds the words as they are."""
    if words is None:
        return None
    return "%" + re.sub(r"([\\%_])", r"\\\1", words) + "%"


async def one(database: Database, account: Account, number: int, *, left: bool = False) -> dict[str, Any]:
    """An issue with its history and what this account may do with it; raises NotFound. `left`: as this account's own
    step has just left it, even out of its sight; there is nothing more to do with it then."""
    seen, values = predicate(account)
    if left:
        seen = "true"
    row = await database.one(f"SELECT {_COLUMNS} {_JOINS} WHERE i.id = %(id)s AND {seen}", {**values, "id": number})
    if row is None:
        raise NotFound(what=named(number))
    events = await database.all(_EVENTS, (number,))
    events = [{**_without_part(one), **_called(one["action"])} for one in events]
    pictures = await database.all(
        "SELECT id, stage, added_at AS at, width, height FROM issue_photo WHERE issue_id = %s ORDER BY id", (number,)
    )
    if Permission.SEE_WORKERS not in MAY[account.role]:
        events = [
            {
                **one,
                "details": {key: value for key, value in one["details"].items() if key not in _NAMES_A_WORKER},
                "to_name": one["unit_name"],
                "from_name": None,
            }
            for one in events
        ]
    mine = reported(account, row)
    may = [] if left or looks_only(account) else allowed(State(row["state"]), account.role, own=mine, issue=row)
    actions = [{"action": one.action, "zh": one.title.zh, "en": one.title.en, "needs": list(one.needs)} for one in may]
    return {**row, **surroundings(account, row), "events": events, "actions": actions, "pictures": pictures}


def _called(action: str) -> dict[str, str]:
    """What a step or another event is called, in both languages."""
    title = TRANSITIONS[action].title if action in TRANSITIONS else NAMES.get(action, Both(action, action))
    return {"zh": title.zh, "en": title.en}


def _without_part(event: Row) -> Row:
    """A split as it is told: the part's number only. Its words and class are told to who sees the part, there."""
    if event["action"] != "split":
        return event
    return {**event, "details": {k: v for k, v in event["details"].items() if k not in ("text", "class")}}


async def counts(database: Database, account: Account, area: str | None) -> dict[str, int]:
    """State -> how many, of all classes: counts of restricted ones tell nobody's story."""
    return await tally.states(database, account.scope, area)
