"""What issues tell: counts and rates by state, class, area, source, hour and level, from the tally that triggers keep.

Rates, of what was reported in the period: 办结率 closed / counted (neither merged nor withdrawn); 满意率 满意 and
基本满意 / asked (those who were reached); on time: filed within the deadline / filed; returned: sent back or failed a
check / all. A rate of nothing is null.
"""

from __future__ import annotations

import asyncio
import time as _clock
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from gis.access.accounts import Account
from gis.db import Database, Row
from gis.issues import hotspots, tally
from gis.issues.transitions import State
from gis.issues.visible import by_area, predicate
from gis.service import Service

_HERE = Path(__file__).parent
_AREAS, _RECURRING = ((_HERE / f"{name}.sql").read_text("utf-8") for name in ("statistics_areas", "recurring"))
LEVELS = ("village", "town", "district")
_BELOW = """(%(area)s::text IS NULL OR i.area_id = ANY(ARRAY(
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s)))
  AND {seen}"""
_NOW = f"""
SELECT d.overdue, d.due_soon,
  (SELECT count(*)::int FROM issue i WHERE i.urgent AND i.state <> '已归档' AND {_BELOW}) AS urgent,
  (SELECT count(*)::int FROM issue i WHERE i.paused IS NOT NULL AND i.state <> '已归档' AND {_BELOW}) AS suspended,
  (SELECT count(*)::int FROM issue i WHERE i.supervised AND i.state <> '已归档' AND {_BELOW}) AS supervised
FROM (SELECT count(*) FILTER (WHERE i.due_at < %(now)s)::int AS overdue,
    count(*) FILTER (WHERE i.due_at >= %(now)s)::int AS due_soon
  FROM issue i WHERE i.due_at < %(soon)s AND {_BELOW}) d
"""  # noqa: S608 - parts of this file
_POINTS = """
SELECT ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat, (i.reported_at AT TIME ZONE %(zone)s)::date AS day
FROM issue i JOIN issue_class c ON c.code = i.class
WHERE i.reported_at >= %(first)s AND i.reported_at < %(after)s AND i.merged_into IS NULL
  AND (%(class)s::text IS NULL OR i.class = %(class)s OR c.group_code = %(class)s)
  AND (%(area)s::text IS NULL OR i.area_id IN (
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))
  AND {seen}
ORDER BY i.id DESC LIMIT 20000
"""
_AREA = "SELECT a.id FROM area a WHERE a.code = %(area)s AND {seen}"
_LATEST = """
SELECT i.id, i.text, i.class, c.name_zh, c.name_en, i.state, i.urgent, i.reported_at AS at, i.place, i.made_up,
  ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat, p.photo
FROM (SELECT issue_id, max(id) AS photo FROM (
    SELECT issue_id, id FROM issue_photo WHERE stage = 'report' ORDER BY id DESC LIMIT 3000) newest
  GROUP BY issue_id) p
JOIN issue i ON i.id = p.issue_id JOIN issue_class c ON c.code = i.class
WHERE (%(area)s::text IS NULL OR i.area_id IN (
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))
  AND {seen}
ORDER BY i.reported_at DESC, i.id DESC LIMIT 6
"""


def share(part: int, whole: int) -> float | None:
    """A rate from 0 to 1; None of nothing."""
    return round(part / whole, 4) if whole else None


def rates(row: Row | dict[str, int]) -> dict[str, float | None]:
    """The four rates of a row of sums."""
    return {
        "closed": share(row["closed"], row["counted"]),
        "pleased": share(row["pleased"], row["asked"]),
        "in_time": share(row["in_time"], row["handled"]),
        "returned": share(row["returned"], row["n"]),
    }


async def statistics(
    service: Service, account: Account, area: str | None, first: date | None, last: date | None
) -> dict[str, Any]:
    """Everything that panels show for an area (a code; None for all that is seen), days `first` to `last` included."""
    database, now = service.database, service.clock.now()
    today = now.astimezone(service.settings.zone).date()
    last = last or today
    first = first or last - timedelta(days=29)
    scope = account.scope
    bound = {"area": area, "now": now, **scope.values()}
    sums = await tally.sums(database, scope, area, ("state", "class", "source", "level", "hour"), first, last)
    week = today - timedelta(days=13)
    rows = await tally.days(database, scope, area, min(first, week), max(last, today))
    days = {row["day"]: row for row in rows}
    areas = await database.all(
        _AREAS.format(seen_issue=scope.sql("i.area_id"), seen_child=scope.sql("c.id"), seen_parent=scope.sql("p.id")),
        {**bound, **tally.bound(("state",), first, last)},
    )
    present = await database.one(_NOW.format(seen=scope.sql("i.area_id")), {**bound, "soon": now + timedelta(hours=2)})
    all_states = await tally.states(database, scope, area)
    present = {**(present or {}), "open": sum(n for state, n in all_states.items() if state != State.CLOSED)}
    known = area and await database.one(_AREA.format(seen=account.scope.sql("a.id")), bound)
    may_see, values = predicate(account)
    latest = await database.all(_LATEST.format(seen=may_see), {"area": area, **values})
    facets: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in sums:
        facets[row["facet"]][row["key"]] = row
    whole = {name: sum(row[name] for row in facets["state"].values()) for name in tally.MEASURES}
    return {
        "area": area if known else None, "from": first, "to": last,
        "states": {state.value: facets["state"].get(state.value, {"n": 0})["n"] for state in State},
        "counts": whole | {"reported": whole["n"]}, "rates": rates(whole), "now": present,
        "today": {name: days[today][name] if today in days else 0 for name in ("reported", "closed")},
        "classes": await _classes(database, facets["class"]),
        "sources": {key: row["n"] for key, row in sorted(facets["source"].items(), key=lambda one: -one[1]["n"])},
        "hours": [facets["hour"].get(str(hour), {"n": 0})["n"] for hour in range(24)],
        "levels": {level: facets["level"].get(level, {"closed": 0})["closed"] for level in LEVELS},
        "areas": [{**{k: row[k] for k in ("area", "name", "level", "n", "closed", "overdue")}, "rates": rates(row)}
                  for row in areas],
        "days": _days(days, first, last), "trend": _trend(days, today),
        "latest": [{**row, "photo": f"/api/issues/{row['id']}/photos/{row['photo']}"} for row in latest],
    }  # fmt: skip


def _days(days: dict[date, Row], first: date, last: date) -> list[dict[str, Any]]:
    found = []
    for number in range(min((last - first).days + 1, 800)):
        day = first + timedelta(days=number)
        row = days.get(day)
        found.append({"day": day, "reported": (row and row["reported"]) or 0, "closed": (row and row["closed"]) or 0})
    return found


def _trend(days: dict[date, Row], today: date) -> dict[str, Any]:
    """The seven days up to today against the seven before them."""

    def week(ago: int, name: str) -> int:
        whole = (days.get(today - timedelta(days=ago + number)) for number in range(7))
        return sum((row[name] or 0) for row in whole if row)

    told = {}
    for name in ("reported", "closed"):
        this, before = week(0, name), week(7, name)
        told[name] = {"this_week": this, "last_week": before, "change": share(this - before, before)}
    return told


async def _classes(database: Database, sums: dict[str, Row]) -> list[dict[str, Any]]:
    names = await database.all("SELECT code, group_code, name_zh, name_en FROM issue_class")
    known = {row["code"]: row for row in names}
    return [
        {
            "class": code,
            "group": known[code]["group_code"],
            "name_zh": known[code]["name_zh"],
            "name_en": known[code]["name_en"],
            "n": row["n"],
            "closed": row["closed"],
            "rates": rates(row),
        }
        for code, row in sorted(sums.items(), key=lambda one: (-one[1]["n"], one[0]))
        if row["n"]
    ]


async def recurring(
    service: Service, account: Account, area: str | None, first: date | None, last: date | None, least: int, limit: int
) -> list[Row]:
    """Places (a building, or 50 m of a street) where one class was reported at least `least` times in the period."""
    zone = service.settings.zone
    last = last or service.clock.now().astimezone(zone).date()
    first = first or last - timedelta(days=29)
    seen, values = by_area(account)
    bound = {"area": area, "first": _midnight(first, zone), "after": _midnight(last + timedelta(days=1), zone)}
    return await service.database.all(_RECURRING.format(seen=seen), {**values, **bound, "least": least, "limit": limit})


def _midnight(day: date, zone: Any) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


_kept: dict[Any, tuple[float, dict[str, Any]]] = {}
_KEPT_S = 300.0


async def hot_spots(
    service: Service, account: Account, area: str | None, first: date | None, last: date | None, code: str | None,
    side_m: float,
) -> dict[str, Any]:  # fmt: skip
    """Where (Gi*) and where of late (scan) more was reported than chance explains; `code` is a class or a group."""
    zone = service.settings.zone
    last = last or service.clock.now().astimezone(zone).date()
    first = first or last - timedelta(days=29)
    key = (service.database.dsn, account.id, account.worker, account.scope, area, first, last, code, side_m)
    if key in _kept and _clock.monotonic() - _kept[key][0] < _KEPT_S:
        return _kept[key][1]
    seen, values = predicate(account)
    bound = {"area": area, "first": _midnight(first, zone), "after": _midnight(last + timedelta(days=1), zone)}
    rows = await service.database.all(_POINTS.format(seen=seen), {**values, **bound, "class": code, "zone": zone.key})
    told: dict[str, Any] = {"from": first, "to": last, "class": code, "issues": len(rows), "side_m": side_m,
                            "cells": [], "clusters": []}  # fmt: skip
    if len(rows) >= 10:
        lons, lats, days = ([row[name] for row in rows] for name in ("lon", "lat", "day"))
        grid = hotspots.gathered(lons, lats, days, first, (last - first).days + 1, side_m)
        told["side_m"] = round(grid.side_m)
        told["cells"] = await asyncio.to_thread(hotspots.gi_star, grid)
        told["clusters"] = await asyncio.to_thread(hotspots.scan, grid)
    if len(_kept) > 200:
        _kept.clear()
    _kept[key] = (_clock.monotonic(), told)
    return told
