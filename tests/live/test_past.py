"""What is kept of the past can be read by those who may, and reading it is recorded."""

import json
import struct

import numpy as np
import pytest

from tests.live.conftest import ago, eventually, send

PLACE = {"lon": 118.05, "lat": 36.05}


def fix(lon, seconds, lat=36.05, **more):
    return {"lon": lon, "lat": lat, "at": ago(seconds), "accuracy": 5, "speed": 1.2, **more}


@pytest.fixture
def walked(phone):
    """worker1 walks from west to east past PLACE, 27 m a step of 20 s, with a jump; worker2 walks in the east."""
    one, two = phone("worker1"), phone("worker2", "overland")
    ways = [fix(118.047 + 0.0003 * i, 1000 - 20 * i, accuracy=4) for i in range(21)]
    send(one, *ways[:10])
    send(one, *ways[10:], fix(118.3, 595))
    two.headers["Content-Type"] = "application/json"
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [118.11 + 0.0003 * i, 36.05]},
         "properties": {"timestamp": ago(1000 - 20 * i), "speed": 1.2}}
        for i in range(21)
    ]  # fmt: skip
    assert two.post("/overland", json={"locations": features}).json() == {"result": "ok"}


def test_an_area_is_replayed_worker_by_worker_without_what_is_doubtful(walked, service, db):
    street, west, admin = (service.client(name) for name in ("street", "west", "admin"))
    span = {"from": ago(1000), "to": ago(0), "step": 1}
    told = street.get("/api/replay", params=span).json()
    assert [worker["number"] for worker in told["workers"]] == [1, 2]
    assert "name" not in told["workers"][0], "walls are told no names"
    assert told["points"] == 42
    assert told["workers"][0]["lon"][::10] == [118.047, 118.05, 118.053]
    assert np.diff(told["workers"][0]["at"]).tolist() == [20_000] * 20
    assert [worker["number"] for worker in west.get("/api/replay", params=span).json()["workers"]] == [1]
    named = admin.get("/api/replay", params={**span, "step": 100, "area": "s1"}).json()["workers"]
    assert [(worker["id"], worker["name"]) for worker in named] == [("worker2", "网格员2")]
    assert len(named[0]["at"]) in (5, 6), "at most one in each step"
    assert west.get("/api/replay", params={"area": "s1"}).status_code == 404
    assert street.get("/api/replay", params={"from": "2026-01-01", "to": "2026-05-01"}).status_code == 400
    rows = db.execute(
        "SELECT actor, detail->>'workers' FROM audit WHERE action = 'replay.read' ORDER BY seq"
    ).fetchall()
    assert rows == [("street", "2"), ("west", "1"), ("admin", "1")]


def test_the_binary_form_holds_the_same_in_columns(walked, service):
    street = service.client("street")
    span = {"from": ago(1000), "to": ago(0), "step": 1}
    told = street.get("/api/replay", params=span).json()
    answer = street.get("/api/replay", params={**span, "format": "binary"})
    assert answer.headers["content-type"] == "application/vnd.gridtwin.replay"
    body = answer.content
    assert body[:4] == b"GTR1"
    (size,) = struct.unpack_from("<I", body, 4)
    head = json.loads(body[8 : 8 + size])
    points = head["points"]
    at = np.frombuffer(body, "<u4", points, 8 + size)
    lon = np.frombuffer(body, "<i4", points, 8 + size + 4 * points)
    lat = np.frombuffer(body, "<i4", points, 8 + size + 8 * points)
    standing = np.frombuffer(body, "u1", points, 8 + size + 12 * points)
    assert len(body) == 8 + size + 13 * points
    assert not standing.any()
    for worker, said in zip(head["workers"], told["workers"], strict=True):
        part = slice(worker["first"], worker["first"] + worker["count"])
        assert (at[part] + np.int64(head["from"])).tolist() == said["at"]
        assert (lon[part] / 1e7).tolist() == said["lon"]
        assert (lat[part] / 1e7).tolist() == said["lat"]


@pytest.mark.parametrize("closed", [False, True], ids=["open day", "closed day"])
def test_who_was_near_a_place_is_found_by_fixes_and_the_way_between_them(walked, service, db, dsn, closed):
    if closed:
        from live import days

        for day in days.existing(db):
            days.rewrite(db, day)
    admin = service.client("admin")
    near = admin.get("/api/workers/near", params={**PLACE, "from": ago(1100), "to": ago(0)}).json()["workers"]
    assert [worker["id"] for worker in near] == ["worker1"]
    (visit,) = near[0]["visits"]
    assert visit["nearest_m"] < 2
    # between two fixes, 10 m beside the street
    beside = {"lon": 118.05015, "lat": 36.05009, "radius": 12, "from": ago(1100)}
    assert len(admin.get("/api/workers/near", params=beside).json()["workers"]) == 1
    assert admin.get("/api/workers/near", params={**beside, "radius": 8}).json()["workers"] == []
    assert admin.get("/api/workers/near", params={**PLACE, "from": ago(5000), "to": ago(2000)}).json()["workers"] == []
    assert service.client("west").get("/api/workers/near", params={"lon": 118.11, "lat": 36.05}).json()["workers"] == []


def test_a_track_is_cleaned_or_as_it_came_and_a_file(walked, service):
    admin = service.client("admin")
    track = "/api/workers/worker1/track"
    assert len(admin.get(track, params={"raw": True}).json()["features"]) == 22
    clean = admin.get(track, params={"raw": False})
    assert len(clean.json()["features"]) == 21
    assert 530 < clean.json()["mileage_m"] < 550
    saved = admin.get(track, params={"download": True})
    assert saved.headers["content-disposition"].endswith("worker1.geojson")
    gpx = admin.get(track, params={"format": "gpx", "clean": True})
    assert gpx.text.count("<trkpt") == 21


def test_a_reason_is_asked_for_where_one_is_required(street, dsn, run_service):
    service = run_service(dsn, track_reason="required")
    admin = service.client("admin")
    for path in ("/api/replay", "/api/workers/near?lon=118&lat=36"):
        assert admin.get(path).status_code == 400
        assert (
            admin.get(
                path, params={"reason": "投诉核实", **({"lon": 118, "lat": 36} if "near" in path else {})}
            ).status_code
            == 200
        )


def shares(client, **query):
    answer = client.get("/api/coverage", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_coverage_tells_what_nobody_passed_and_follows_late_fixes(db, phone, service):
    db.execute(
        "INSERT INTO street (name, geom) VALUES"
        " ('东西路', ST_GeomFromText('LINESTRING(118.047 36.05, 118.057 36.05)', 4326))"
    )
    db.execute(
        "INSERT INTO building (name, area_id, geom) SELECT name, (SELECT id FROM area WHERE code = 's0'),"
        " ST_MakeEnvelope(lon, 36.0501, lon + 0.0002, 36.0503, 4326) FROM (VALUES ('近楼', 118.0475), ('远楼', 118.0565))"
        " b (name, lon)"
    )
    client, admin = phone("worker1"), service.client("admin")
    none = shares(admin, area="s0", missing=True)
    assert none["streets"] == {"metres": 899, "passed_m": 0, "share": 0.0}
    assert none["buildings"] == {"count": 2, "passed": 0, "share": 0.0}
    assert [feature["properties"]["kind"] for feature in none["missing"]["features"]] == [
        "street",
        "building",
        "building",
    ]
    send(client, *[fix(118.0498 + 0.0003 * i, 600 - 20 * i) for i in range(8)])
    send(client, *[fix(118.047 + 0.0003 * i, 900 - 20 * i) for i in range(10)])  # late
    some = eventually(lambda: (now := shares(admin, grid="s0001", missing=True))["buildings"]["passed"] and now, 20)
    assert 0.45 < some["streets"]["share"] < 0.6
    assert [grid["code"] for grid in some["grids"]] == ["s0001"]
    street, building = some["missing"]["features"]
    assert building["properties"]["name"] == "远楼"
    assert street["properties"]["name"] == "东西路"
    assert street["geometry"]["coordinates"][-1] == [118.057, 36.05]
    assert shares(admin, **{"area": "s0", "from": "2026-01-01", "to": "2026-01-02"})["streets"]["passed_m"] == 0
    assert [grid["code"] for grid in shares(service.client("west"))["grids"]] == ["s0001"]
    assert service.client("west").get("/api/coverage", params={"grid": "s1001"}).status_code == 404


def test_a_closed_day_is_marked_again_from_history(walked, service, db):
    from zoneinfo import ZoneInfo

    from live import days, passed

    def marks():
        return db.execute("SELECT count(*), sum(length(bits)) FROM passed").fetchone()

    eventually(lambda: marks()[0] >= 2, 20)
    before = marks()
    db.execute("DELETE FROM passed")
    for day in days.existing(db):
        passed.mark_closed(db, ZoneInfo("Asia/Shanghai"), day)
    assert marks() == before
