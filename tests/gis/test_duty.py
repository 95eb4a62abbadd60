"""Duty: positions are taken in a worker's hours or while they have switched duty on, judged by the fix's own time."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.access.duty import Duty, Hours, microseconds
from gis.clock import FixedClock
from gis.db import Database
from tests.gis.conftest import enrol

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 5, 4, tzinfo=ZONE)


def at(text):
    return microseconds(datetime.fromisoformat(text).replace(tzinfo=ZONE))


@pytest.fixture
def judging(dsn):
    """Runs a coroutine function with a `Duty` of its own process, as it were."""

    def run(use, clock=None):
        async def go():
            database = Database(dsn, size=2)
            await database.open()
            try:
                duty = Duty(database, clock or FixedClock(datetime(2026, 5, 4, tzinfo=UTC)), ZONE, switch_hours=12)
                await duty.refresh()
                return await use(duty)
            finally:
                await database.close()

        return asyncio.run(go())

    return run


async def judged(duty, worker, *moments):
    return [duty.on_duty(worker, at(moment)) for moment in moments]


def test_without_hours_nothing_is_taken(workers, judging):
    assert judging(lambda duty: judged(duty, "worker1", "2026-05-04T10:00")) == [False]


def test_a_worker_has_their_own_hours_else_their_posts_else_everybodys(db, workers, judging):
    db.execute("INSERT INTO duty_hours (weekdays, starts, ends) VALUES ('{1,2,3,4,5}', '08:30', '17:30')")
    assert judging(
        lambda duty: judged(
            duty,
            "worker1",
            "2026-05-04T08:29",
            "2026-05-04T08:30",
            "2026-05-04T17:29:59",
            "2026-05-04T17:30",
            "2026-05-09T10:00",
        )
    ) == [False, True, True, False, False]
    db.execute(
        "INSERT INTO post (worker_id, role, grid_id, valid, in_force, noted_by)"
        " SELECT id, 'grid_worker', grid_id, '[2026-01-01,)', true, 'test' FROM worker WHERE grid_id IS NOT NULL"
    )
    db.execute("INSERT INTO duty_hours (role, weekdays, starts, ends) VALUES ('grid_worker', '{6}', '09:00', '12:00')")
    db.execute("INSERT INTO duty_hours (worker_id, weekdays, starts, ends) VALUES ('worker2', '{7}', '22:00', '06:00')")
    moments = ("2026-05-04T10:00", "2026-05-09T10:00", "2026-05-10T23:00", "2026-05-11T05:59")
    assert judging(lambda duty: judged(duty, "worker1", *moments)) == [False, True, False, False]
    assert judging(lambda duty: judged(duty, "worker2", *moments)) == [False, False, True, True]
    assert judging(lambda duty: judged(duty, "机动", *moments)) == [True, False, False, False]


weekdays = st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True)
times = st.times().map(lambda value: value.replace(second=0, microsecond=0))


@given(st.lists(st.tuples(weekdays, times, times), max_size=4), st.integers(0, 7 * 24 * 60 - 1))
def test_hours_cover_exactly_the_minutes_that_they_name(rows, minute):
    moment = MONDAY + timedelta(minutes=minute)

    def within(days, starts, ends):
        for day in days:
            begin = MONDAY + timedelta(days=day - 1, hours=starts.hour, minutes=starts.minute)
            end = MONDAY + timedelta(days=day - 1, hours=ends.hour, minutes=ends.minute)
            if end <= begin:
                end += timedelta(days=1)
            if begin <= moment < end or begin <= moment + timedelta(days=7) < end:
                return True
        return False

    hours = Hours(rows)
    assert hours.cover(moment) == any(within(*row) for row in rows)
    assert not hours.always or hours.cover(moment)


def test_round_the_clock_is_always():
    assert Hours([(range(1, 8), time(0), time(0))]).always


def test_a_worker_switches_duty_on_and_off_and_a_forgotten_switch_ends(workers, dsn, run_service):
    clock = FixedClock(datetime(2026, 5, 4, 3, tzinfo=UTC))
    service = run_service(dsn, clock=clock)
    phone = service.client()
    phone.headers["Authorization"] = f"Bearer {enrol(service.client('admin'), 'worker1')['token']}"
    assert phone.get("/api/duty").json() == {"worker": "worker1", "on_duty": False, "switched_until": None}
    on = phone.post("/api/duty", json={"on": True}).json()
    assert (on["on_duty"], on["switched_until"]) == (True, "2026-05-04T15:00:00Z")
    clock.advance(timedelta(hours=1))
    assert phone.post("/api/duty", json={"on": False}).json()["on_duty"] is False
    phone.post("/api/duty", json={"on": True})
    clock.advance(timedelta(hours=12))
    assert phone.get("/api/duty").json()["on_duty"] is False


def test_what_was_switched_counts_by_the_fixs_own_time(workers, judging):
    clock = FixedClock(datetime(2026, 5, 4, 9, 0, tzinfo=ZONE))

    async def use(duty):
        await duty.switch("worker1", on=True)
        clock.advance(timedelta(hours=2))
        await duty.switch("worker1", on=False)
        clock.advance(timedelta(hours=5))
        await duty.refresh()
        return await judged(
            duty, "worker1", "2026-05-04T08:59:59", "2026-05-04T09:00", "2026-05-04T10:59:59", "2026-05-04T11:00"
        )

    assert judging(use, clock) == [False, True, True, False]


def test_switching_is_the_phones_own(workers, service):
    assert service.client("admin").post("/api/duty", json={"on": True}).status_code == 403
    assert service.client().post("/api/duty", json={"on": True}).status_code == 401


def test_hours_are_set_by_those_who_may_and_within_their_scope(db, workers, service):
    admin, head = service.client("admin"), service.client("head")
    day = {"weekdays": [1, 2], "starts": "08:30", "ends": "17:30"}
    assert admin.put("/api/duty/hours", json={"hours": [day]}).status_code == 204
    assert (
        head.put("/api/duty/hours", json={"worker": "worker1", "hours": [day, {**day, "weekdays": [6]}]}).status_code
        == 204
    )
    assert head.put("/api/duty/hours", json={"worker": "worker2", "hours": [day]}).status_code == 404
    assert head.put("/api/duty/hours", json={"hours": []}).status_code == 403
    assert service.client("viewer").put("/api/duty/hours", json={"hours": []}).status_code == 403
    rules = admin.get("/api/duty/hours").json()["rules"]
    assert [(rule["worker"], [item["weekdays"] for item in rule["hours"]]) for rule in rules] == [
        (None, [[1, 2]]), ("worker1", [[1, 2], [6]]),
    ]  # fmt: skip
    assert admin.put("/api/duty/hours", json={"hours": []}).status_code == 204
    assert [rule["worker"] for rule in admin.get("/api/duty/hours").json()["rules"]] == ["worker1"]


@pytest.mark.parametrize(
    "hours",
    [
        [{"weekdays": [], "starts": "08:30", "ends": "17:30"}],
        [{"weekdays": [8], "starts": "08:30", "ends": "17:30"}],
        [{"weekdays": [1], "starts": "08:30:15", "ends": "17:30"}],
        [{"weekdays": [1], "starts": "25:00", "ends": "17:30"}],
        [{"weekdays": [1], "starts": "08:30+02:00", "ends": "17:30"}],
    ],
)
def test_hours_that_make_no_sense_are_refused(workers, service, hours):
    assert service.client("admin").put("/api/duty/hours", json={"hours": hours}).status_code == 400
