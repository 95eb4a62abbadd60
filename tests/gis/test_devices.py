"""Phones: enrolled for a worker, found by what their apps send, revoked at once."""

import asyncio
import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from gis.access.devices import Devices
from gis.clock import SystemClock
from gis.db import Database
from tests.gis.conftest import enrol


@pytest.fixture
def finding(dsn):
    """Runs a coroutine function with a `Devices` of its own process, as it were."""

    def run(use):
        async def go():
            database = Database(dsn, size=2)
            await database.open()
            devices = Devices(database, SystemClock())
            try:
                return await use(devices)
            finally:
                await devices.close()
                await database.close()

        return asyncio.run(go())

    return run


async def eventually(look):
    """Asks again until the answer is true: what other processes changed is felt a little later."""
    async with asyncio.timeout(20):
        while not await look():
            await asyncio.sleep(0.05)


def test_a_phone_is_enrolled_named_listed_and_revoked(workers, service):
    admin = service.client("admin")
    made = enrol(admin, "worker1", name="备用机")
    listed = admin.get("/api/devices").json()["devices"]
    assert [(row["id"], row["worker"], row["grid"], row["name"]) for row in listed] == [
        (made["id"], "worker1", "0号社区第一网格", "备用机")
    ]
    changed = admin.patch(f"/api/devices/{made['id']}", json={"crs": "GCJ-02"}).json()
    assert (changed["crs"], changed["name"], changed["revoked_at"]) == ("GCJ-02", "备用机", None)
    assert admin.delete(f"/api/devices/{made['id']}").status_code == 204
    assert admin.delete(f"/api/devices/{made['id']}").status_code == 204
    assert admin.get(f"/api/devices/{made['id']}").json()["revoked_at"] is not None


def test_what_is_done_to_phones_is_in_the_audit(db, workers, service):
    admin = service.client("admin")
    made = enrol(admin, "worker1")
    admin.patch(f"/api/devices/{made['id']}", json={"crs": "BD-09"})
    admin.delete(f"/api/devices/{made['id']}")
    acts = db.execute(
        "SELECT action, actor, thing_id, detail->>'worker', cardinality(areas) FROM audit WHERE thing = 'device'"
    )
    assert acts.fetchall() == [
        (action, "admin", str(made["id"]), "worker1", 1)
        for action in ("device.enrol", "device.change", "device.revoke")
    ]
    assert made["token"] not in str(db.execute("SELECT a::text FROM audit a").fetchall())


def test_the_token_is_told_once_and_only_its_digest_is_stored(db, workers, service):
    admin = service.client("admin")
    token = enrol(admin, "worker1")["token"]
    assert token not in admin.get("/api/devices").text
    assert token not in str(db.execute("SELECT d::text FROM device d").fetchall())


def test_settings_are_what_each_app_takes(workers, service):
    admin = service.client("admin")
    traccar = enrol(admin, "worker1", "traccar")
    assert traccar["settings"]["url"] == f"{service.url}/osmand"
    assert traccar["settings"]["id"] == f"{traccar['id']}-{traccar['token']}"
    assert parse_qs(urlsplit(traccar["settings"]["link"]).query)["id"] == [traccar["settings"]["id"]]
    owntracks = enrol(admin, "worker1", "owntracks")
    inline = parse_qs(urlsplit(owntracks["settings"]["link"]).query)["inline"][0]
    config = json.loads(base64.b64decode(inline, validate=True))
    assert config == owntracks["settings"]["config"]
    assert (config["_type"], config["mode"], config["url"]) == ("configuration", 3, f"{service.url}/owntracks")
    assert (config["username"], config["password"]) == ("worker1", owntracks["token"])
    overland = enrol(admin, "worker1", "overland")
    link = parse_qs(urlsplit(overland["settings"]["link"]).query)
    assert (link["url"], link["token"]) == ([f"{service.url}/overland"], [overland["token"]])
    assert all(made["secure"] is False for made in (traccar, owntracks, overland)), "plain HTTP is named"


def test_a_station_head_enrols_within_the_scope_only(workers, service):
    admin, head = service.client("admin"), service.client("head")
    elsewhere = enrol(admin, "worker2")
    assert head.post("/api/devices", json={"worker": "worker2"}).status_code == 404
    assert head.post("/api/devices", json={"worker": "机动"}).status_code == 404
    assert head.get(f"/api/devices/{elsewhere['id']}").status_code == 404
    assert head.patch(f"/api/devices/{elsewhere['id']}", json={"name": "x"}).status_code == 404
    assert head.delete(f"/api/devices/{elsewhere['id']}").status_code == 404
    own = enrol(head, "worker1")
    assert [row["id"] for row in head.get("/api/devices").json()["devices"]] == [own["id"]]
    assert [row["id"] for row in admin.get("/api/devices").json()["devices"]] == [own["id"], elsewhere["id"]]
    assert admin.get("/api/devices", params={"worker": "worker2"}).json()["devices"][0]["id"] == elsewhere["id"]
    assert enrol(admin, "机动")["worker"] == "机动"


def test_others_do_not_enrol(workers, service):
    viewer = service.client("viewer")
    assert viewer.get("/api/devices").status_code == 403
    assert viewer.post("/api/devices", json={"worker": "worker1"}).status_code == 403
    assert viewer.delete("/api/devices/1").status_code == 403
    assert service.client().get("/api/devices").status_code == 401


@pytest.mark.parametrize(
    "wrong", [{}, {"worker": ""}, {"worker": "worker1", "app": "gpslogger"}, {"worker": "worker1", "crs": "EPSG:4548"}]
)
def test_what_cannot_be_enrolled_is_said(workers, service, wrong):
    assert service.client("admin").post("/api/devices", json=wrong).status_code == 400


def test_an_unknown_worker_or_device_is_not_found(workers, service):
    admin = service.client("admin")
    assert admin.post("/api/devices", json={"worker": "worker'; DROP TABLE worker"}).status_code == 404
    assert admin.delete("/api/devices/999").status_code == 404
    assert admin.get("/api/devices/99999999999999999999").status_code == 400


def test_a_phone_may_do_nothing_that_accounts_do(workers, service):
    token = enrol(service.client("admin"), "worker1")["token"]
    phone = service.client()
    phone.headers["Authorization"] = f"Bearer {token}"
    for method, path in [
        ("GET", "/api/areas"), ("GET", "/api/twin"), ("GET", "/api/search?q=1"), ("GET", "/api/devices"),
        ("POST", "/api/devices"), ("GET", "/tiles/addresses/17/13500/6300.pbf"), ("GET", "/api/session"),
    ]:  # fmt: skip
        answer = phone.request(method, path, json={"worker": "worker1"} if method == "POST" else None)
        assert answer.status_code == 403, (method, path)


def test_a_revoked_phone_is_nobody(workers, service):
    admin = service.client("admin")
    made = enrol(admin, "worker1")
    phone = service.client()
    phone.headers["Authorization"] = f"Bearer {made['token']}"
    assert phone.get("/api/areas").status_code == 403
    admin.delete(f"/api/devices/{made['id']}")
    assert phone.get("/api/areas").status_code == 401


def test_every_form_in_which_apps_send_the_token_finds_the_phone(workers, service, finding):
    made = enrol(service.client("admin"), "worker1", crs="BD-09")
    other = enrol(service.client("admin"), "worker2")
    token, number = made["token"], made["id"]

    async def use(devices):
        found = await devices.find(token)
        assert (found.id, found.worker_id, found.app, found.crs) == (number, "worker1", "gridtwin", "BD-09")
        assert await devices.find(f"{number}-{token}") == found
        assert await devices.find(f"worker1-{token}") == found
        assert await devices.find_basic("worker1", token) == found
        assert await devices.find_basic(str(number), token) == found
        assert await devices.find_basic("worker2", token) is None
        assert await devices.find(f"{other['id']}-{token}") is None
        for wrong in ("", "-", str(number), f"{number}-", "worker1", token[:-1], token.upper(), "网" * 27, token + "x"):
            assert await devices.find(wrong) is None, wrong

    finding(use)


def test_what_other_programs_change_is_felt_soon(db, workers, service, finding):
    admin = service.client("admin")
    kept, revoked, moved, deleted = (enrol(admin, "worker1") for _ in range(4))

    async def use(devices):
        before = [await devices.find(made["token"]) for made in (kept, revoked, moved, deleted)]
        assert all(before)
        db.execute("UPDATE device SET revoked_at = now() WHERE id = %s", (revoked["id"],))
        db.execute("UPDATE device SET crs = 'GCJ-02' WHERE id = %s", (moved["id"],))
        late = enrol(admin, "worker2")

        async def is_refused():
            return await devices.find(revoked["token"]) is None

        await eventually(is_refused)
        assert (await devices.find(moved["token"])).crs == "GCJ-02"
        assert (await devices.find(late["token"])).worker_id == "worker2"
        db.execute("DELETE FROM device WHERE id = %s", (deleted["id"],))
        db.execute("UPDATE device SET revoked_at = NULL WHERE id = %s", (revoked["id"],))

        async def is_gone():
            return await devices.find(deleted["token"]) is None

        await eventually(is_gone)
        assert (await devices.find(revoked["token"])).id == revoked["id"]
        assert await devices.find(kept["token"]) == before[0]

    finding(use)


def test_a_phone_that_was_found_was_seen(db, workers, service, finding):
    made = enrol(service.client("admin"), "worker1")
    finding(lambda devices: devices.find(made["token"]))
    seen, enrolled = db.execute("SELECT last_seen_at, enrolled_at FROM device").fetchone()
    assert seen == enrolled
    assert seen is not None
