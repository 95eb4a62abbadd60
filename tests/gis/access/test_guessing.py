"""Guessing is slowed down, and keeps nobody out who has the password."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from gis.access.guessing import network
from gis.clock import FixedClock
from tests.conftest import PASSWORD


@pytest.fixture
def clock():
    return FixedClock(datetime(2026, 5, 1, tzinfo=UTC))


@pytest.fixture
def slowed(dsn, town, run_service, clock):
    return run_service(dsn, clock=clock)


def attempt(service, username, password="wrong"):  # noqa: S107 - none
    return service.client().post("/api/session", json={"username": username, "password": password})


@pytest.mark.parametrize("username", ["west", "nobody"])
def test_five_tries_are_free_then_each_waits_twice_as_long(slowed, clock, username):
    assert [attempt(slowed, username).status_code for _ in range(5)] == [401] * 5
    waits = []
    for _ in range(4):
        refused = attempt(slowed, username)
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-tries")
        waits.append(int(refused.headers["Retry-After"]))
        clock.advance(timedelta(seconds=waits[-1]))
        assert attempt(slowed, username).status_code == 401
    assert waits == [1, 2, 4, 8]
    clock.advance(timedelta(minutes=16))
    assert attempt(slowed, username).status_code == 401, "forgotten"


def test_the_right_password_ends_the_count_and_others_are_not_concerned(slowed, clock):
    wall = slowed.client("east")
    for _ in range(5):
        attempt(slowed, "west")
    assert attempt(slowed, "west", PASSWORD).status_code == 429, "not even the right one, while it has to wait"
    assert attempt(slowed, "east", PASSWORD).status_code == 200
    assert wall.get("/api/session").status_code == 200
    clock.advance(timedelta(seconds=1))
    assert attempt(slowed, "west", PASSWORD).status_code == 200
    assert [attempt(slowed, "west").status_code for _ in range(5)] == [401] * 5


def test_who_has_signed_in_here_before_gets_in_whatever_others_try(db, slowed):
    assert attempt(slowed, "east", PASSWORD).status_code == 200
    db.execute("UPDATE sign_in_failure SET failures = 1000, last_at = '2026-05-01Z'")
    for number in range(51):
        attempt(slowed, f"guess{number}")
    assert attempt(slowed, "west", PASSWORD).status_code == 429, "a new name at an address that guesses"
    assert attempt(slowed, "east", PASSWORD).status_code == 200


def test_many_at_once_with_the_right_password_all_get_in(slowed):
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: attempt(slowed, "west", PASSWORD).status_code, range(12)))
    assert answers == [200] * 12


def test_many_guesses_at_once_dont_all_pass(slowed):
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: attempt(slowed, "west").status_code, range(30)))
    assert answers.count(429) >= 30 - 5 - 8


def test_nothing_that_was_typed_is_stored(db, slowed):
    attempt(slowed, "my secret in the wrong field")
    rows = str([row for table in ("sign_in_failure", "audit") for row in db.execute(f"SELECT * FROM {table}")])
    assert "secret" not in rows


@pytest.mark.parametrize(
    ("address", "counted"),
    [("203.0.113.9", "203.0.113.9"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::ffff:203.0.113.9", "203.0.113.9"),
     ("fe80::1%eth0", "fe80::/64"), ("", "")],
)  # fmt: skip
def test_an_ipv6_subscriber_counts_as_one(address, counted):
    assert network(address) == counted
