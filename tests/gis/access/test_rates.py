"""Whoever asks too often has to wait: a phone, a sign-in, an address, and none of them for another."""

import httpx
import pytest

from gis.access.rates import Rates
from gis.access.roles import Role
from gis.errors import TooManyRequests
from gis.settings import Settings
from tests.conftest import account

FIX = {"fixes": [{"lon": 118.05, "lat": 36.85, "at": "2026-05-20T04:00:00Z"}]}


@pytest.fixture
def limited(db, dsn, run_service):
    account(db, "admin", Role.ADMINISTRATOR)
    for worker in ("w1", "w2"):
        db.execute("INSERT INTO worker (id, name) VALUES (%s, '网格员')", (worker,))
    return run_service(dsn, rate_free="none", rate_phone=1, rate_account=3, rate_address=2)


def enrol(admin, worker, app="gridtwin"):
    return admin.post("/api/devices", json={"worker": worker, "app": app}).json()


def until_refused(ask) -> httpx.Response:
    """The first refusal; a slow machine takes longer to get there."""
    for _ in range(2_000):
        answer = ask()
        if answer.status_code == 429:
            return answer
    raise AssertionError("never refused")


def test_a_phone_that_sends_too_much_waits_and_its_neighbours_do_not(limited):
    admin = limited.client("admin")
    first, second = enrol(admin, "w1"), enrol(admin, "w2", "traccar")
    phone = limited.client()
    headers = {"Authorization": f"Bearer {first['token']}", "Accept-Language": "zh"}
    refused = until_refused(lambda: phone.post("/api/fixes", json=FIX, headers=headers))
    assert refused.json()["code"] == "too-many-requests"
    assert "过于频繁" in refused.json()["detail"]
    assert int(refused.headers["Retry-After"]) >= 1
    # the same address, another phone, whose app puts its token into the query
    osmand = {"id": f"{second['id']}-{second['token']}", "lat": 36.85, "lon": 118.05}
    assert phone.get("/osmand", params=osmand).status_code == 200
    until_refused(lambda: phone.get("/osmand", params=osmand))
    assert admin.get("/api/session").status_code == 200


def test_strangers_of_an_address_wait_together_and_the_signed_in_do_not(limited):
    admin = limited.client("admin")
    stranger = limited.client()
    until_refused(lambda: stranger.get("/api/areas", headers={"Authorization": "Bearer unknown"}))
    for path in ("/", "/api/session/ways", "/osmand?id=1-abc"):
        until_refused(lambda path=path: stranger.get(path))
    assert admin.get("/api/areas").status_code == 200
    until_refused(lambda: admin.get("/api/session"))


def test_who_waited_may_ask_again_and_free_networks_are_not_counted():
    moment = [0.0]
    rates = Rates(Settings(rate_address=2, rate_free="10.0.0.0/8,fd00::/8"), lambda: moment[0])

    def ask(address):
        rates.count({"type": "http", "client": (address, 1), "headers": []})

    for _ in range(500):
        ask("10.1.2.3")
        ask("::ffff:10.1.2.3")
        ask("fd00::1")
    for _ in range(41):
        ask("192.0.2.1")
    ask("192.0.2.2")
    with pytest.raises(TooManyRequests) as refused:
        ask("192.0.2.1")
    moment[0] += refused.value.values["seconds"]
    ask("192.0.2.1")
    for low in range(41):
        ask(f"2001:db8::{low:x}")
    with pytest.raises(TooManyRequests):
        ask("2001:db8::ffff")


def test_a_network_that_is_none_is_refused():
    with pytest.raises(ValueError, match="rate_free"):
        Settings(rate_free="the neighbours")
