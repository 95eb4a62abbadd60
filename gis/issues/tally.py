"""Counts of issues by area, day and what they are, kept by triggers: asked here, and folded here.

A step of an issue appends what it changes (`issue_tally_delta`); a job adds that to the sums (`issue_tally`), which go
up the hierarchy and by month. A question reads both in one statement: no number is behind, whether it is folded or not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import structlog

from gis.access.scope import Scope
from gis.db import Database, Row
from gis.errors import GridtwinError
from gis.issues.transitions import State

log = structlog.get_logger("issues.tally")
MEASURES = ("n", "counted", "closed", "handled", "in_time", "returned", "asked", "pleased")
_TALLY = (Path(__file__).parent / "tally.sql").read_text("utf-8")
_SUMS = (
    _TALLY
    + """
SELECT facet, key, sum(n)::int AS n, sum(counted)::int AS counted, sum(closed)::int AS closed,
  sum(handled)::int AS handled, sum(in_time)::int AS in_time, sum(returned)::int AS returned, sum(asked)::int AS asked,
  sum(pleased)::int AS pleased
FROM told GROUP BY facet, key
"""
)
_DAYS = (
    _TALLY
    + """
SELECT day, coalesce(sum(n) FILTER (WHERE facet = 'state'), 0)::int AS reported,
  coalesce(sum(n) FILTER (WHERE facet = 'closed'), 0)::int AS closed
FROM told GROUP BY day
"""
)
_EVER = (date(1900, 1, 1), date(9999, 11, 30))
_LOOK_S = 5.0
_AT_ONCE = 100_000


def bound(facets: Sequence[str], first: date, last: date, *, by_day: bool = False) -> dict[str, Any]:
    """What the queries bind for facets and days, both included: whole months are read by month, what is over by day."""
    month, month_end = (last + timedelta(days=1),) * 2 if by_day else _whole_months(first, last)
    after = last + timedelta(days=1)
    spans = [(name, first, month) for name in facets]
    if month < month_end:
        spans += [(f"{name}_month", month, month_end) for name in facets] + [
            (name, month_end, after) for name in facets
        ]
    columns = [list(column) for column in zip(*spans, strict=True)]
    return {"facets": columns[0], "firsts": columns[1], "afters": columns[2], "first": first, "last": last}


def _whole_months(first: date, last: date) -> tuple[date, date]:
    """The whole months of a period: the first day of the first, and the day after the last; twice the same without."""
    begin = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    end = (last + timedelta(days=1)).replace(day=1)
    return (begin, end) if begin < end else (last + timedelta(days=1), last + timedelta(days=1))


def _where(scope: Scope, area: str | None) -> dict[str, Any]:
    """What lies in no area is seen by those who see all, when they ask for all."""
    return {"area": area, "nowhere": [0] if scope.everywhere and area is None else [], **scope.values()}


async def sums(
    database: Database, scope: Scope, area: str | None, facets: Sequence[str], first: date, last: date
) -> list[Row]:
    """The measures by facet and key of what was reported from `first` to `last`, both included."""
    query = _SUMS.format(seen=scope.sql("a.id"))
    return await database.all(query, {**_where(scope, area), **bound(facets, first, last)})


async def days(database: Database, scope: Scope, area: str | None, first: date, last: date) -> list[Row]:
    """Reported and closed on each day with any."""
    asked = bound(("state", "closed"), first, last, by_day=True)
    return await database.all(_DAYS.format(seen=scope.sql("a.id")), {**_where(scope, area), **asked})


async def states(database: Database, scope: Scope, area: str | None) -> dict[str, int]:
    """State -> how many there are."""
    rows = await sums(database, scope, area, ("state",), *_EVER)
    return {state.value: 0 for state in State} | {row["key"]: row["n"] for row in rows}


async def use_zone(database: Database, zone: str) -> None:
    """Has the tally count days of this time zone; counts anew when it was another."""
    row = await database.one("SELECT zone FROM issue_tally_zone")
    if row is None or row["zone"] != zone:
        await database.run("SELECT issue_tally_rebuild(%s)", (zone,))


async def run(database: Database) -> None:
    """Folds what was appended every few seconds; never returns."""
    while True:
        try:
            await fold(database)
        except (GridtwinError, OSError) as failed:
            log.error("tally.failed", why=type(failed).__name__)
        await asyncio.sleep(_LOOK_S)


async def fold(database: Database) -> int:
    """Adds what was appended to the sums, a part at a time; returns how many rows that were."""
    whole = 0
    while True:
        async with database.transaction() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            row = await (await connection.execute("SELECT issue_tally_fold(%s) AS folded", (_AT_ONCE,))).fetchone()
        folded = row["folded"] if row else -1
        whole += max(folded, 0)
        if folded < _AT_ONCE:
            break
    if whole >= _AT_ONCE:  # after a bulk of issues: what is read with every question is small again
        await database.run("VACUUM issue_tally_delta")
    return whole
