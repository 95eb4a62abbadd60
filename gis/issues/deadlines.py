"""Deadlines: limits in minutes, hours, working hours or working days, counted with the Chinese holiday calendar.

Holidays and the weekends that are worked in exchange come from `chinese_calendar`, which knows the years that the
State Council has announced; of other years only weekends are free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from gis.db import Row

_HOURS = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
"""When people work on a working day, in the service's time zone: seven and a half hours."""


def is_working_day(day: date) -> bool:
    """Whether people work on a day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # a year that has not been announced
        return day.weekday() < 5


def _stretches(start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The working stretches from a moment on."""
    day = start.astimezone(zone).date()
    while True:
        if is_working_day(day):
            for begins, ends in _HOURS:
                opening, closing = (datetime.combine(day, at, zone) for at in (begins, ends))
                if closing > start:
                    yield max(opening, start), closing
        day += timedelta(days=1)


def due(start: datetime, amount: int, unit: str, zone: ZoneInfo) -> datetime:
    """When `amount` of `unit` (minute, hour, working_hour, working_day) is over that began at `start`; in UTC.

    A working day is a full day's working time, so what is reported in the evening begins to count the next morning.
    """
    if unit in ("minute", "hour"):
        return start + timedelta(minutes=amount * (60 if unit == "hour" else 1))
    if unit == "working_hour":
        left = timedelta(hours=amount)
    else:
        a_day = sum((datetime.combine(date.min, e) - datetime.combine(date.min, b) for b, e in _HOURS), timedelta())
        left = amount * a_day
    for opening, closing in _stretches(start, zone):
        if left <= closing - opening:
            return (opening + left).astimezone(start.tzinfo)
        left -= closing - opening
    raise AssertionError("working days never end")


def of_class(limits: Iterable[Row], code: str, steps: Iterable[str], start: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Step -> ISO moment, for those of `steps` that have a limit; a class's own limit goes before the one for all."""
    best: dict[str, Row] = {}
    for limit in limits:
        known = best.get(limit["step"])
        if limit["class"] == code or (limit["class"] is None and known is None):
            best[limit["step"]] = limit
    wanted = set(steps)
    return {
        step: due(start, limit["amount"], limit["unit"], zone).isoformat()
        for step, limit in best.items()
        if step in wanted
    }
