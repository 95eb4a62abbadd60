"""Deadlines while an issue's class changes, is suspended, extended, and handled twice: no step gives time that wasn't."""

from datetime import UTC, datetime, timedelta

import pytest

from gis.access.roles import Role
from gis.clock import FixedClock
from tests.conftest import account
from tests.gis.issues.test_loop import act, report

NINE = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)
"""A Wednesday, nine o'clock in China. 0102 has four working hours, 0401 four hours, 0402 eight hours."""
ELEVEN, ONE, HALF_PAST_TWO, FIVE = (NINE + timedelta(hours=hours) for hours in (2, 4, 5.5, 8))


@pytest.fixture
def clock():
    return FixedClock(NINE)


@pytest.fixture
def desk(street, dsn, run_service, clock):
    return run_service(dsn, clock=clock, session_days=3650, issue_silent_minutes=0).client("desk")


def handle(issue):
    due = issue["deadlines"].get("handle")
    return datetime.fromisoformat(due) if due else None


def to(client, issue, code, action="reclassify"):
    answer = act(client, issue, action, **{"class": code})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_another_class_counts_from_when_the_step_began_and_what_is_late_stays_late(desk, clock):
    issue = report(desk, **{"class": "0102"})
    assert handle(issue) == HALF_PAST_TWO
    clock.advance(timedelta(hours=2))
    assert handle(to(desk, issue, "0401")) == ONE
    assert handle(to(desk, issue, "0402")) == FIVE
    assert handle(to(desk, issue, "0102")) == HALF_PAST_TWO
    clock.advance(timedelta(hours=4))
    late = to(desk, issue, "0402")
    assert handle(late) == HALF_PAST_TWO
    assert len(desk.get("/api/issues", params={"overdue": True}).json()["features"]) == 1
    assert act(desk, issue, "handle", note="已清理").json()["in_time"] is False
    again = act(desk, issue, "fail", note="还有一袋").json()
    assert handle(again) == clock.now() + timedelta(hours=8), "the step begins anew"
    assert act(desk, issue, "handle", note="清理干净").json()["in_time"] is False, "late once is late"


def test_an_extension_outlives_other_classes_and_a_suspension(desk, clock):
    issue = report(desk, **{"class": "0102"})
    until = NINE + timedelta(days=2)
    act(desk, issue, "ask_extension", note="需要吊车", until=until.isoformat())
    act(desk, issue, "suspend", note="等待产权单位")
    refused = act(desk, issue, "approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-step")
    clock.advance(timedelta(hours=1))
    act(desk, issue, "resume")
    assert handle(act(desk, issue, "approve").json()) == until
    for code in ("0401", "0402", "0102"):
        assert handle(to(desk, issue, code)) == until
    later = to(desk, act(desk, issue, "extend", note="x", until=(NINE + timedelta(hours=3)).isoformat()).json(), "0402")
    assert handle(later) == FIVE + timedelta(hours=1), "the class's own time is later, and stood still for an hour"


def test_what_is_suspended_goes_on_with_the_time_of_its_new_class(desk, clock):
    issue = report(desk, **{"class": "0102"})
    clock.advance(timedelta(hours=1))
    act(desk, issue, "suspend", note="等待产权单位")
    clock.advance(timedelta(days=1))
    assert to(desk, issue, "0402")["deadlines"] == {}
    assert handle(act(desk, issue, "resume").json()) == clock.now() + timedelta(hours=7)
    assert handle(to(desk, issue, "0401")) == clock.now() + timedelta(hours=3), "what was suspended doesn't count"


def test_the_2341_rule_keeps_the_usual_limits_of_steps_that_it_says_nothing_of(desk, db):
    account(db, "local", Role.ADMINISTRATOR, ("s0",))
    db.execute("INSERT INTO issue_rule_area (area_id, rule_set) SELECT id, '2341' FROM area WHERE code = 's0'")
    issue = report(desk, **{"class": "0102"})
    assert handle(issue) == NINE + timedelta(hours=4), "the rule's, also where a class has its own"
    checked = act(desk, issue, "handle", note="已清理").json()
    assert datetime.fromisoformat(checked["deadlines"]["check"]) == NINE + timedelta(days=1)
