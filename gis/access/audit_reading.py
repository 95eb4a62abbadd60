"""Reading the audit: filtered, newest first, within the auditor's areas."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gis.access.accounts import Account
from gis.access.scope import EVERYWHERE, Scope
from gis.db import Database, Row

_ROWS = """
SELECT a.seq, a.at, a.actor, a.role, a.action, a.thing, a.thing_id, a.outcome, a.address, a.request, a.detail,
  encode(a.hash, 'hex') AS hash,
  ARRAY(SELECT r.code FROM area r WHERE r.id = ANY(a.areas) AND {area_seen} ORDER BY r.path) AS areas
FROM audit a
WHERE {seen}
  AND (%(actor)s::text IS NULL OR a.actor = %(actor)s)
  AND (%(action)s::text IS NULL OR a.action = %(action)s OR starts_with(a.action, %(action)s || '.'))
  AND (%(thing)s::text IS NULL OR a.thing = %(thing)s)
  AND (%(thing_id)s::text IS NULL OR a.thing_id = %(thing_id)s)
  AND (%(outcome)s::text IS NULL OR a.outcome = %(outcome)s)
  AND (%(since)s::timestamptz IS NULL OR a.at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR a.at < %(until)s)
  AND (%(before)s::bigint IS NULL OR a.seq < %(before)s)
ORDER BY a.seq DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Filter:
    """What is asked for; None doesn't narrow. `action` is an act (`account.add`) or all of a thing's (`account`)."""

    actor: str | None = None
    action: str | None = None
    thing: str | None = None
    thing_id: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def rows(
    database: Database, reader: Account, wanted: Filter, *, before: int | None = None, limit: int = 100
) -> list[Row]:
    """Rows newest first, those before a sequence number if one is given."""
    scope = await _scope(database, reader)
    query = _ROWS.format(seen=scope.sql_any("a.areas"), area_seen=scope.sql("r.id"))
    values: dict[str, Any] = {**vars(wanted), "before": before, "limit": limit, **scope.values()}
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.replace("\x00", "")
    return await database.all(query, values)


async def all_rows(database: Database, reader: Account, wanted: Filter) -> AsyncIterator[Row]:
    """All rows that the filter lets through, newest first, read a thousand at a time."""
    before: int | None = None
    while page := await rows(database, reader, wanted, before=before, limit=1000):
        for row in page:
            yield row
        before = page[-1]["seq"]


async def _scope(database: Database, reader: Account) -> Scope:
    """The areas whose acts somebody reads: all acts, those without area too, when every area is within the scope."""
    if reader.scope.everywhere or not reader.scope.visible:
        return reader.scope
    outside = await database.one(
        f"SELECT 1 AS yes FROM area WHERE NOT {reader.scope.sql('id')} LIMIT 1",  # noqa: S608 - the predicate
        reader.scope.values(),
    )
    return reader.scope if outside else EVERYWHERE
