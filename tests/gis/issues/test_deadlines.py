"""Deadlines count working time as people in China work."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.issues.deadlines import due, is_working_day, pause, resume, working_time

HERE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("day", "works"),
    [("2026-10-01", False), ("2026-02-14", True), ("2026-11-21", False), ("2026-11-20", True), ("2099-01-03", False)],
)
def test_holidays_and_the_weekends_worked_in_exchange(day, works):
    assert is_working_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-11-20T10:00", 20, "minute", "2026-11-20T10:20"),
        ("2026-11-20T23:00", 4, "hour", "2026-11-21T03:00"),
        ("2026-11-20T11:00", 2, "working_hour", "2026-11-20T14:30"),
        ("2026-11-20T17:00", 1, "working_hour", "2026-11-23T09:00"),
        ("2026-11-20T20:00", 1, "working_day", "2026-11-23T17:30"),
        ("2026-11-20T10:00", 1, "working_day", "2026-11-23T10:00"),
        ("2026-09-30T17:30", 1, "working_hour", "2026-10-08T09:30"),
    ],
)
def test_a_limit_ends_when_it_should(start, amount, unit, expected):
    ends = due(datetime.fromisoformat(start).replace(tzinfo=HERE), amount, unit, HERE)
    assert ends == datetime.fromisoformat(expected).replace(tzinfo=HERE)


moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1)).map(lambda at: at.replace(tzinfo=HERE))


@given(moments, st.integers(1, 60), st.integers(1, 60))
def test_limits_add_up(start, first, second):
    halfway = due(start, first, "working_hour", HERE)
    assert due(halfway, second, "working_hour", HERE) == due(start, first + second, "working_hour", HERE)


@settings(max_examples=30)
@given(moments, st.integers(0, 3000))
def test_working_time_is_what_a_limit_takes(start, hours):
    ends = due(start, hours, "working_hour", HERE)
    assert working_time(start, ends, HERE) == timedelta(hours=hours)
    left = pause({"handle": ends.isoformat()}, {"handle": "working_hour"}, start, HERE)
    assert datetime.fromisoformat(resume(left, start, HERE)["handle"]) == ends
