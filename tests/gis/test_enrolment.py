"""A code on a screen or on paper makes a phone into a worker's: once, by an explicit act, before it expires."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from gis.clock import FixedClock


def code_of(made):
    return made["link"].rpartition("#code=")[2]


def make(client, worker="worker1", **more):
    answer = client.post("/api/enrolments", json={"worker": worker, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_code_makes_one_phone_and_only_when_it_is_spent(workers, service):
    admin, phone = service.client("admin"), service.client()
    made = make(admin)
    assert made["link"].startswith(f"{service.url}/phone#code=")
    code = code_of(made)
    for _ in range(3):
        seen = phone.post("/api/enrolments/look", json={"code": code}).json()
        assert (seen["worker"], seen["grid"]) == ("worker1", "0号社区第一网格")
    assert admin.get("/api/devices").json()["devices"] == []
    spent = phone.post("/api/enrolments/spend", json={"code": code, "app": "owntracks", "crs": "GCJ-02"})
    assert spent.status_code == 201
    assert spent.json()["settings"]["password"] == spent.json()["token"]
    device = admin.get("/api/devices").json()["devices"][0]
    assert (device["id"], device["worker"], device["app"], device["crs"]) == (
        spent.json()["id"], "worker1", "owntracks", "GCJ-02",
    )  # fmt: skip
    again = phone.post("/api/enrolments/spend", json={"code": code})
    assert (again.status_code, again.json()["code"]) == (410, "code-unusable")
    assert phone.post("/api/enrolments/look", json={"code": code}).status_code == 410


def test_a_code_that_two_phones_spend_at_once_is_spent_once(workers, service):
    code = code_of(make(service.client("admin")))
    clients = [service.client() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda client: client.post("/api/enrolments/spend", json={"code": code}), clients))
    assert sorted(answer.status_code for answer in answers) == [201, 410, 410, 410, 410, 410]


def test_codes_expire(workers, dsn, run_service):
    clock = FixedClock(datetime(2026, 5, 4, 3, tzinfo=UTC))
    service = run_service(dsn, clock=clock)
    made = make(service.client("admin"), hours=2)
    clock.advance(timedelta(hours=2))
    assert service.client().post("/api/enrolments/spend", json={"code": code_of(made)}).status_code == 410


def test_codes_are_shown_by_those_who_may_and_within_their_scope(workers, service):
    head = service.client("head")
    assert make(head)["worker"] == "worker1"
    assert head.post("/api/enrolments", json={"worker": "worker2"}).status_code == 404
    assert service.client("viewer").post("/api/enrolments", json={"worker": "worker1"}).status_code == 403
    assert service.client().post("/api/enrolments", json={"worker": "worker1"}).status_code == 401


def test_only_the_digest_of_a_code_is_stored(db, workers, service):
    code = code_of(make(service.client("admin")))
    assert code not in str(db.execute("SELECT e::text FROM enrolment e").fetchall())


@pytest.mark.parametrize("code", ["x", "网格", "\x00", "' OR 1=1 --", "a" * 100])
def test_made_up_codes_are_refused(workers, service, code):
    assert service.client().post("/api/enrolments/spend", json={"code": code}).status_code == 410


def test_the_picture_shows_the_link(workers, service):
    made = make(service.client("admin"))
    kind, _, picture = made["qr"].partition(",")
    drawn = base64.b64decode(picture) if "base64" in kind else unquote(picture).encode()
    assert kind.startswith("data:image/svg+xml")
    assert drawn.lstrip().startswith((b"<svg", b"<?xml"))


# where somebody stands; what phones say there in WGS 84, GCJ-02 and BD-09 (DOMAIN.md, section 5)
STANDING = {"shown_lon": 118.06282, "shown_lat": 36.854343}


@pytest.mark.parametrize(
    ("said", "accuracy", "crs"),
    [
        ((118.06282, 36.854343), 8, "EPSG:4326"),
        ((118.0631, 36.8545), 15, "EPSG:4326"),
        ((118.06891797, 36.85490977), 8, "GCJ-02"),
        ((118.0692, 36.8551), 30, "GCJ-02"),
        ((118.07533894, 36.86121019), 12, "BD-09"),
        ((118.0780, 36.8543), 8, None),  # 1.4 km off: no system moves anything there
        ((118.06891797, 36.85490977), 900, None),  # too vague to tell anything
    ],
)
def test_an_offset_tells_the_coordinate_system_of_a_phone(workers, service, db, said, accuracy, crs):
    admin, phone = service.client("admin"), service.client()
    assert phone.post("/api/enrolments/place", json={"lon": 1, "lat": 1, "accuracy": 1, **STANDING}).status_code == 401
    made = phone.post("/api/enrolments/spend", json={"code": code_of(make(admin))}).json()
    phone.headers["Authorization"] = f"Bearer {made['token']}"
    where = {"lon": said[0], "lat": said[1], "accuracy": accuracy, **STANDING}
    placed = phone.post("/api/enrolments/place", json=where).json()
    assert placed["crs"] == crs, placed
    device = admin.get(f"/api/devices/{made['id']}").json()
    assert device["crs"] == (crs or "EPSG:4326")
    changed = db.execute("SELECT actor, detail->>'crs' FROM audit WHERE action = 'device.change'").fetchall()
    assert changed == ([(f"phone:{made['id']}", crs)] if crs in ("GCJ-02", "BD-09") else [])
    if crs:
        fix = {"lon": said[0], "lat": said[1], "at": datetime.now(UTC).isoformat(), "accuracy": accuracy}
        db.execute("INSERT INTO duty_hours (weekdays, starts, ends) VALUES ('{1,2,3,4,5,6,7}', '00:00', '00:00')")
        assert phone.post("/api/fixes", json={"fixes": [fix]}).status_code == 200
        (lon, lat) = (placed["lon"], placed["lat"])
        assert abs(lon - STANDING["shown_lon"]) < 0.0006
        assert abs(lat - STANDING["shown_lat"]) < 0.0006
