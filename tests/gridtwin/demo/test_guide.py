"""The guided quarter of an hour over HTTP; tests/e2e walks it in browsers."""

import json

from gis.access.roles import Role
from tests.conftest import account

WAYS = ("/api/demo/guide", "/api/demo/guide/buildings.geojson", "/api/demo/guide/phone")
ENTRANCES = {"key-a": "admin", "key-c": "command", "key-d": "dispatcher", "key-p": "planner"}


def test_only_whoever_may_be_everybody_is_guided(dsn, db, run_service):
    account(db, "admin")
    account(db, "command", Role.VIEWER)
    account(db, "dispatcher", Role.DISPATCHER)
    assert run_service(dsn).client("admin").get(WAYS[0]).status_code == 404, "there is no guide outside the demo"

    demo = run_service(dsn, entrances=ENTRANCES)
    for path in WAYS:
        assert demo.client("command").get(path).status_code == 404
        assert demo.client().get(path).status_code == 401
    browser = demo.client()
    assert browser.get("/enter?token=key-a&to=/wall%23at=area:1").headers["Location"] == "/wall#at=area:1"
    told = browser.get("/api/demo/guide").json()
    assert [one["step"] for one in told["steps"]][::7] == ["report", "replay"]
    assert not any(one["seen_at"] for one in told["steps"])

    # the links sign the same browser in as others; it stays guided, and knows when it began
    dispatch = next(one for one in told["steps"] if one["step"] == "dispatch")
    assert browser.get(dispatch["link"]).headers["Location"] == "/desk"
    again = browser.get("/api/demo/guide", params={"since": told["since"]}).json()
    assert again["since"] == told["since"]
    assert json.loads(browser.get(WAYS[1]).content)["features"] == [], "no free ground where there is no grid"
    assert browser.get(WAYS[2]).status_code == 404, "no worker, no phone"


def test_one_click_links_lead_to_our_own_pages_only(dsn, db, run_service):
    account(db, "admin")
    client = run_service(dsn, entrances=ENTRANCES).client()
    for elsewhere in ("//elsewhere.example", "https://elsewhere.example", "/wallet", "/\\elsewhere.example"):
        assert client.get("/enter", params={"token": "key-a", "to": elsewhere}).status_code == 400, elsewhere
