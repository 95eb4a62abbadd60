"""What phones send is on disk when they are answered: once, whole, and with what is odd flagged."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.live.conftest import ago, eventually, send


def fix(lon=118.05, lat=36.05, seconds=60, **more):
    return {"lon": lon, "lat": lat, "at": ago(seconds), **more}


def stored(db, worker="worker1"):
    return db.execute(
        "SELECT at, ST_X(geom), ST_Y(geom), flags FROM fix WHERE worker = %s ORDER BY at", (worker,)
    ).fetchall()


def test_a_batch_is_stored_once_however_often_it_is_sent(db, phone):
    client = phone()
    batch = [fix(118.05 + i * 1e-4, seconds=100 - i * 10, accuracy=5, battery=0.5) for i in range(5)]
    assert send(client, *batch) == {"accepted": 5, "duplicate": 0, "flagged": 0, "refused": 0}
    assert send(client, *batch) == {"accepted": 0, "duplicate": 5, "flagged": 0, "refused": 0}
    assert send(client, *batch, batch[0], fix(118.06, seconds=1)) == {
        "accepted": 1, "duplicate": 6, "flagged": 0, "refused": 0,
    }  # fmt: skip
    assert len(stored(db)) == 6


def test_the_senders_id_says_which_fix_it_is(db, phone):
    client = phone()
    assert send(client, fix(id="a"), fix(id="b"), fix(118.051, id="a"))["accepted"] == 2
    assert len(stored(db)) == 2


@pytest.mark.parametrize(
    ("odd", "flag"),
    [
        ({"lon": 0, "lat": 0}, "zero"),
        ({"lon": 118.3}, "jump"),
        ({"seconds": -7200}, "future"),
        ({"accuracy": 900}, "inaccurate"),
        ({"mocked": True}, "mocked"),
    ],
)
def test_what_is_odd_is_flagged_and_kept_and_does_not_move_now(db, phone, service, odd, flag):
    client = phone()
    send(client, fix(seconds=70))
    assert send(client, fix(**odd)) == {"accepted": 1, "duplicate": 0, "flagged": 1, "refused": 0}
    viewer = service.client("street")
    track = viewer.get("/api/workers/worker1/track").json()
    assert len(track["features"]) == 2
    flagged = [feature["properties"]["flags"] for feature in track["features"] if feature["properties"]["flags"]]
    assert len(flagged) == 1
    assert flag in flagged[0]
    assert len(viewer.get("/api/workers/worker1/track", params={"clean": True}).json()["features"]) == 1
    assert viewer.get("/api/workers/worker1").json()["geometry"]["coordinates"] == [118.05, 36.05]


def test_coordinates_that_are_none_on_the_globe_are_kept_as_they_were_said(db, phone):
    assert send(phone(), fix(lon=999, lat=12), fix(lon="east"), {"at": ago(5)})["flagged"] == 3
    rows = db.execute("SELECT geom IS NULL, flags, attributes->>'lon' FROM fix ORDER BY 3").fetchall()
    assert rows == [(True, 1, "999.0"), (True, 1, "east"), (True, 1, None)]


def test_no_time_can_fail_a_batch(db, phone):
    times = ["1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "yesterday", 1e17, -5, "9999999999999999"]
    batch = [{"lon": 118.05, "lat": 36.05, "at": at} for at in times]
    assert send(phone(), *batch, fix())["accepted"] == 7
    assert {row[0] for row in db.execute("SELECT sent FROM fix_stray")} == {str(at) for at in times}
    client = phone()
    assert send(client, *batch, fix())["duplicate"] == 7


def test_text_that_a_database_would_refuse_loses_nothing(db, phone):
    odd = {"note": "a\x00b", "at": "\x00", "lon": 118, "lat": 36}
    assert send(phone(), fix(id="\x00"), odd, fix(118.051, note="\\u0000", seconds=50))["accepted"] == 3
    assert db.execute("SELECT attributes->>'note' FROM fix_stray").fetchone() == ("ab",)


def test_a_phones_coordinate_system_is_undone(db, phone, service):
    client = phone()
    said = {"lon": 118.06891797, "lat": 36.85490977, "at": ago(9)}
    send(client, said, crs="GCJ-02")
    ((_, lon, lat, _),) = stored(db)
    assert (lon, lat) == (pytest.approx(118.06282, abs=1e-6), pytest.approx(36.854343, abs=1e-6))
    service.client("admin").patch(f"/api/devices/{client.enrolled['id']}", json={"crs": "GCJ-02"})
    assert send(client, said)["duplicate"] == 1


def test_traccar_client_and_osmand_get_an_empty_200_and_an_unknown_id_400(db, phone):
    client = phone(app="traccar")
    identity = client.enrolled["settings"]["id"]
    client.headers.pop("Authorization")
    query = {"id": identity, "lat": 36.05, "lon": 118.05, "timestamp": ago(20), "speed": 10, "batt": 50}
    answer = client.get("/osmand", params=query)
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.post("/osmand", params={"id": identity}, data={"location": "36.05,118.051"}).status_code == 200
    assert client.post("/osmand/", params={"id": identity}).status_code == 200
    location = {
        "location": {"timestamp": ago(10), "coords": {"latitude": 36.05, "longitude": 118.052, "speed": -1}},
        "device_id": identity,
    }
    assert client.post("/osmand", json=location).content == b""
    assert client.post("/osmand", json=[{**query, "lon": 118.053, "timestamp": ago(5)}]).status_code == 200
    assert {round(row[1], 6) for row in stored(db) if row[1]} == {118.05, 118.051, 118.052, 118.053}
    speed, battery = db.execute("SELECT speed, battery FROM fix WHERE abs(ST_X(geom) - 118.05) < 1e-9").fetchone()
    assert (speed, battery) == (pytest.approx(5.1444, abs=1e-4), pytest.approx(0.5))
    other = "y" if identity.endswith("x") else "x"
    for params in ({"id": "1"}, {"id": identity[:-1] + other}, {}):
        assert client.get("/osmand", params={"lat": 1, "lon": 1, **params}).status_code == 400


def test_a_heartbeat_keeps_the_worker_where_they_are(db, phone, service):
    client = phone()
    send(client, fix(seconds=30))
    traccar = phone(app="traccar")
    answer = traccar.get("/osmand", params={"id": traccar.enrolled["settings"]["id"], "batt": 7})
    assert answer.status_code == 200
    worker = service.client("street").get("/api/workers/worker1").json()
    assert worker["geometry"]["coordinates"] == [118.05, 36.05]
    assert worker["properties"]["battery"] == pytest.approx(0.07)


def test_owntracks_gets_an_array(db, phone):
    client = phone(app="owntracks")
    given = client.enrolled["settings"]
    client.headers.pop("Authorization")
    login = (given["username"], given["password"])
    body = {"_type": "location", "lat": 36.05, "lon": 118.05, "tst": 1, "vel": 36, "batt": 46, "acc": 15}
    answer = client.post("/owntracks", json=body, auth=login)
    assert (answer.status_code, answer.json()) == (200, [])
    assert client.post("/owntracks", json={"_type": "lwt"}, auth=login).json() == []
    assert client.post("/owntracks", content=b"", auth=login).json() == []
    assert client.post("/owntracks", json=body, auth=("worker1", "wrong")).status_code == 401
    assert client.post("/owntracks", json=body).status_code == 401
    assert db.execute("SELECT speed, attributes FROM fix_stray").fetchone() == (10.0, None)


def test_overland_hears_ok_and_nothing_else(db, phone):
    client = phone(app="overland")
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [118.05, 36.05]},
        "properties": {"timestamp": ago(3), "speed": -1, "battery_level": 0.8},
    }
    answer = client.post("/overland", json={"locations": [feature, {"type": "Feature", "properties": {}}]})
    assert (answer.status_code, answer.content) == (200, b'{"result":"ok"}')
    assert len(stored(db)) == 1


def test_only_phones_may_send_and_phones_may_only_send(phone, service):
    client = phone()
    assert client.get("/api/workers").status_code == 403
    assert service.client("admin").post("/api/fixes", json={"fixes": []}).status_code == 403
    assert service.client().post("/api/fixes", json={"fixes": []}).status_code == 401
    answer = client.post("/api/fixes", content=b"{", headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert "JSON" in answer.json()["detail"]


def test_what_was_sent_off_duty_is_answered_well_and_not_stored(db, phone):
    client, traccar = phone(), phone(app="traccar")
    db.execute("DELETE FROM duty_hours")
    eventually(lambda: send(client, fix(seconds=9))["refused"] == 1)
    kept = len(stored(db))
    query = {"id": traccar.enrolled["settings"]["id"], "lat": 36.05, "lon": 118.05}
    assert traccar.get("/osmand", params=query).status_code == 200
    assert send(client, fix(118.06, seconds=8)) == {"accepted": 0, "duplicate": 0, "flagged": 0, "refused": 1}
    assert len(stored(db)) == kept


def test_workers_and_tracks_stop_at_the_scope(phone, service):
    send(phone("worker1"), fix())
    send(phone("worker2"), fix(118.15))
    west, street = service.client("west"), service.client("street")
    assert [f["id"] for f in west.get("/api/workers").json()["features"]] == ["worker1"]
    assert [f["id"] for f in street.get("/api/workers").json()["features"]] == ["worker1", "worker2"]
    assert west.get("/api/workers/worker2").status_code == 404
    assert west.get("/api/workers/worker2/track").status_code == 404


def test_a_track_has_mileage_stops_and_gpx(phone, service):
    walk = [fix(118.05 + i * 1e-4, seconds=1000 - i * 10, speed=1.2) for i in range(20)]
    rest = [fix(118.052, seconds=800 - i * 60, speed=0) for i in range(6)]
    send(phone(), *walk, *rest)
    client = service.client("street")
    track = client.get("/api/workers/worker1/track", params={"from": ago(2000), "to": ago(0)}).json()
    assert len(track["features"]) == 26
    assert track["mileage_m"] == pytest.approx(20 * 8.99, rel=0.02)
    assert len(track["stops"]) == 1
    times = [feature["properties"]["at"] for feature in track["features"]]
    assert times == sorted(times)
    gpx = client.get("/api/workers/worker1/track", params={"format": "gpx"})
    assert gpx.headers["Content-Type"].startswith("application/gpx+xml")
    assert gpx.text.count("<trkpt") == 26
    assert client.get("/api/workers/worker1/track", params={"from": "soon"}).status_code == 400


def test_now_is_rebuilt_after_a_restart(dsn, phone, run_service):
    client = phone()
    send(client, fix(seconds=90), fix(118.0501, seconds=30, heading=90, speed=1.0), fix(0, 0, seconds=5))
    again = run_service(dsn).client("street").get("/api/workers").json()["features"]
    assert [(f["geometry"]["coordinates"], f["properties"]["heading"]) for f in again] == [([118.0501, 36.05], 90.0)]


def test_a_database_that_goes_away_is_told_and_nothing_is_half_stored(db, phone):
    client = phone()
    send(client, fix())
    db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    batch = [fix(118.05 + i * 1e-4, seconds=50 - i) for i in range(10)]

    def taken():
        answer = client.post("/api/fixes", json={"fixes": batch})
        assert answer.status_code in (200, 503), answer.text
        if answer.status_code == 503:
            assert answer.headers["Retry-After"]
            assert len(stored(db)) in (1, 11)
        return answer.status_code == 200

    eventually(taken)
    assert len(stored(db)) == 11


def test_a_full_disk_is_told_as_try_again(dsn, db, phone):
    """The server has no room for another day: what PostgreSQL says then (53100) is said by a trigger here."""
    client = phone()
    send(client, fix())
    db.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
    )
    day = db.execute("SELECT tableoid::regclass::text FROM fix").fetchone()[0]
    db.execute(f"CREATE TRIGGER full_disk BEFORE INSERT ON {day} FOR EACH ROW EXECUTE FUNCTION full_disk()")
    assert client.post("/api/fixes", json={"fixes": [fix(118.06, seconds=55)]}).status_code == 503
    db.execute(f"DROP TRIGGER full_disk ON {day}")
    assert send(client, fix(118.0501, seconds=55))["accepted"] == 1


moments = st.lists(st.integers(1, 3000), min_size=1, max_size=30)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments, st.randoms(use_true_random=False), st.integers(1, 4))
def test_a_shuffled_doubled_and_split_stream_stores_the_same_set(db, phone, service, seconds, chance, parts):
    client = getattr(service, "phone_of_the_property", None) or phone()
    service.phone_of_the_property = client
    viewer = getattr(service, "viewer_of_the_property", None) or service.client("street")
    service.viewer_of_the_property = viewer
    db.execute("DELETE FROM fix")
    fixes = [fix(118.05 + (s % 97) * 1e-5, seconds=s) for s in seconds]
    sent = fixes + chance.sample(fixes, k=len(fixes) // 2)
    chance.shuffle(sent)
    newest = []
    for part in range(parts):
        send(client, *sent[part::parts])
        newest.append(viewer.get("/api/workers/worker1").json()["properties"]["at"])
    assert newest == sorted(newest), "now never goes back"
    expected = {(each["at"], each["lon"], each["lat"]) for each in fixes}
    assert {(at.isoformat(), round(lon, 7), lat) for at, lon, lat, _ in stored(db)} == {
        (at, round(lon, 7), lat) for at, lon, lat in expected
    }


def test_days_are_dropped_by_retention_and_rewritten_when_closed(dsn, db, phone):
    from datetime import UTC, datetime, timedelta

    from live import days

    client = phone()
    send(client, *[fix(118.05 + i * 1e-4, seconds=3 * 86_400 + 100 - i) for i in range(50)], fix())
    now = datetime.now(UTC)
    with psycopg.connect(dsn, autocommit=True) as connection:
        days.tend(connection, now, retention_days=30)
        day = (now - timedelta(days=3)).date()
        assert connection.execute("SELECT count(*) FROM fix_day").fetchone()[0] >= 1
        indexes = connection.execute(
            "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%%gist%%' AND tablename LIKE 'fix_2%%'"
        ).fetchone()[0]
        assert indexes >= 1
        assert connection.execute("SELECT count(*) FROM fix").fetchone()[0] == 51
        assert send(client, fix(118.07, seconds=3 * 86_400 + 7))["accepted"] == 1, "a closed day still takes fixes"
        assert day in days.existing(connection) or day + timedelta(days=-1) in days.existing(connection)
        days.tend(connection, now, retention_days=1)
        assert connection.execute("SELECT count(*) FROM fix WHERE at < now() - interval '2 days'").fetchone()[0] == 0


def test_reading_a_track_is_recorded_with_its_reason(db, phone, service):
    send(phone(), fix())
    client = service.client("street")
    assert client.get("/api/workers/worker1/track", params={"reason": "核查走访"}).status_code == 200
    row = db.execute("SELECT actor, thing_id, detail->>'reason' FROM audit WHERE action = 'track.read'").fetchone()
    assert row == ("street", "worker1", "核查走访")


def test_a_phone_that_says_nothing_is_silent_and_off_duty_nobody_is(dsn, db, phone, run_service):
    from datetime import timedelta

    from gis.clock import FixedClock
    from tests.live.conftest import NOW

    clock = FixedClock(NOW)
    later = run_service(dsn, clock=clock)
    for worker, said in (("worker1", {"battery": 0.6}), ("worker2", {"battery": 0.02, "lon": 118.15})):
        client = later.client()
        client.headers["Authorization"] = phone(worker).headers["Authorization"]
        send(client, fix(**{"seconds": 5, **said}))
    viewer = later.client("street")

    def told(*names):
        found = viewer.get("/api/workers").json()["features"]
        return [tuple(each["properties"][name] for name in names) for each in found]

    clock.advance(timedelta(minutes=10))
    silent = [("silent", "app_killed", True), ("silent", "battery", True)]
    eventually(lambda: told("status", "looks_like", "on_duty") == silent)
    db.execute("DELETE FROM duty_hours")
    eventually(lambda: told("status", "looks_like", "on_duty") == [("off_duty", None, False)] * 2)
