"""Deadlines: limits in minutes, hours, working hours or working days, counted with the Chinese holiday calendar.

Holidays and the weekends that are worked in exchange come from `chinese_calendar`, which knows the years that the
State Council has announced; of other years only weekends are free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
from psycopg import AsyncConnection

from gis.db import Row

_HOURS = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
"""When people work on a working day, in the service's time zone: seven and a half hours."""
_A_DAY = sum((datetime.combine(date.min, e) - datetime.combine(date.min, b) for b, e in _HOURS), timedelta())
_unannounced = set[int]()
"""Years of which the holidays aren't known."""
LIMITS = """
WITH here AS (SELECT coalesce(
  (SELECT r.rule_set FROM issue_rule_area r JOIN area a ON a.id = r.area_id JOIN area here ON here.path <@ a.path
   WHERE here.id = %(area)s ORDER BY nlevel(a.path) DESC LIMIT 1), 'standard') AS rule_set)
SELECT l.class, l.level, l.step, l.amount, l.unit FROM issue_limit l, here
WHERE l.rule_set = here.rule_set OR (l.rule_set = 'standard'
  AND NOT EXISTS (SELECT FROM issue_limit o WHERE o.rule_set = here.rule_set AND o.step = l.step))
"""
"""The limits that count in an area: those of its rule set, and for steps that it says nothing of the usual ones."""


def is_working_day(day: date) -> bool:
    """Whether people work on a day."""
    if day.year not in _unannounced:
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            _unannounced.add(day.year)
    return day.weekday() < 5


def _stretches(day: date, start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The working stretches of a day from a moment on."""
    for begins, ends in _HOURS if is_working_day(day) else ():
        opening, closing = (datetime.combine(day, at, zone) for at in (begins, ends))
        if closing > start:
            yield max(opening, start), closing


def due(start: datetime, amount: int, unit: str, zone: ZoneInfo) -> datetime:
    """When `amount` of `unit` (minute, hour, working_hour, working_day) is over that began at `start`; in UTC.

    A working day is a full day's working time, so what is reported in the evening begins to count the next morning.
    """
    if unit in ("minute", "hour"):
        return start + timedelta(minutes=amount * (60 if unit == "hour" else 1))
    left = timedelta(hours=amount) if unit == "working_hour" else amount * _A_DAY
    return _after_working(start, left, zone)


def working_time(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """How much working time lies between two moments, the later one second; nothing when it isn't later."""
    if end <= start:
        return timedelta()
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    between = ((first + timedelta(days=number)) for number in range(1, (last - first).days))
    found = sum(is_working_day(day) for day in between) * _A_DAY
    for day in sorted({first, last}):
        for opening, closing in _stretches(day, start, zone):
            found += max(min(closing, end) - opening, timedelta())
    return found


def _after_working(start: datetime, left: timedelta, zone: ZoneInfo) -> datetime:
    day = first = start.astimezone(zone).date()
    while True:
        if day > first and left > _A_DAY and is_working_day(day):
            left -= _A_DAY
        else:
            for opening, closing in _stretches(day, start, zone):
                if left <= closing - opening:
                    return (opening + left).astimezone(start.tzinfo)
                left -= closing - opening
        day += timedelta(days=1)


async def limits_on(connection: AsyncConnection[Any], area_id: int | None) -> list[Row]:
    """The limits of the rule set that is in force in an area."""
    return await (await connection.execute(LIMITS, {"area": area_id})).fetchall()


def _chosen(limits: Iterable[Row], code: str, level: str) -> dict[str, Row]:
    """Step -> its limit: a class's own goes before the one for all, and one for the level before one for any."""
    best: dict[str, tuple[tuple[bool, bool], Row]] = {}
    for limit in limits:
        if limit["class"] in (None, code) and limit["level"] in (None, level):
            rank = (limit["class"] is not None, limit["level"] is not None)
            if limit["step"] not in best or rank > best[limit["step"]][0]:
                best[limit["step"]] = (rank, limit)
    return {step: limit for step, (_, limit) in best.items()}


def of_class(
    limits: Iterable[Row], code: str, steps: Iterable[str], start: datetime, zone: ZoneInfo, level: str = "village"
) -> dict[str, str]:
    """Step -> ISO moment, for those of `steps` that have a limit."""
    wanted = set(steps)
    return {
        step: due(start, limit["amount"], limit["unit"], zone).isoformat()
        for step, limit in _chosen(limits, code, level).items()
        if step in wanted
    }


def units(limits: Iterable[Row], code: str, level: str) -> dict[str, str]:
    """Step -> the unit of its limit."""
    return {step: limit["unit"] for step, limit in _chosen(limits, code, level).items()}


def pause(running: Mapping[str, str], units: Mapping[str, str], now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What is left of deadlines that stop now: of working time where they count working time. One that has passed
    keeps its moment."""
    left: dict[str, Any] = {}
    for step, moment in running.items():
        ends = datetime.fromisoformat(moment)
        working = units.get(step, "hour").startswith("working")
        rest = working_time(now, ends, zone) if working else max(ends - now, timedelta())
        left[step] = {"due": moment} if ends <= now else {"left_s": rest.total_seconds(), "working": working}
    return left


def resume(left: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """The deadlines that go on now, with what was left of them."""
    going: dict[str, str] = {}
    for step, rest in left.items():
        if "due" in rest:
            going[step] = rest["due"]
            continue
        span = timedelta(seconds=rest["left_s"])
        going[step] = (_after_working(now, span, zone) if rest["working"] else now + span).isoformat()
    return going
