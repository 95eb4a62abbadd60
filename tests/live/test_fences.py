"""What tracks say about fences: entered, left, stayed, crossed, outside the own grid, visited; once, however late."""

import json

import pytest
from websockets.sync.client import connect

from gis.access.roles import Role
from tests.conftest import account
from tests.live.conftest import ago, eventually, send

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[118.05, 36.05], [118.051, 36.05], [118.051, 36.051], [118.05, 36.051], [118.05, 36.05]]],
}


@pytest.fixture
def dispatcher(street, db, service):
    account(db, "dispatcher", Role.DISPATCHER, ("s",))
    return service.client("dispatcher")


def fix(lon, seconds, lat=36.0505):
    return {"lon": lon, "lat": lat, "at": ago(seconds), "accuracy": 5, "speed": 1.2}


def events(client, **query):
    answer = client.get("/api/geofence-events", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


def draw(db, dispatcher, path="/api/zones", **said):
    """Draws a zone, and lets it count since yesterday."""
    answer = dispatcher.post(path, json=said)
    assert answer.status_code == 201, answer.text
    db.execute("UPDATE zone SET created_at = now() - interval '2 days', changed_at = now()")
    again = dispatcher.patch(f"{path}/{answer.json()['id']}", json={"name": said["name"]})
    assert again.status_code == 200, again.text
    return answer.json()


def ways(seconds=1200):
    """A walk from the west through the square to the east, 27 m each 20 s."""
    return [fix(118.0485 + 0.0003 * i, seconds - 20 * i) for i in range(14)]


def told(client, worker="worker1"):
    found = events(client, worker=worker)
    return [(event["kind"], event["name"]) for event in reversed(found) if event["fence"] != "grid"]


def test_a_way_through_a_zone_is_told_once_and_a_late_part_of_it_changes_nothing(db, dispatcher, phone, service):
    zone = draw(db, dispatcher, name="工地", geometry=SQUARE, dwell_s=30)
    assert (zone["properties"]["area"], zone["geometry"]["type"]) == ("s0", "Polygon")
    client = phone("worker1")
    walk = ways()
    send(client, *walk[:2])
    eventually(lambda: events(dispatcher, kind="enter", fence="grid"))
    with connect(
        service.url.replace("http", "ws") + "/live?format=json", additional_headers={"Authorization": dispatcher.headers["authorization"]},
    ) as wall:  # fmt: skip
        assert json.loads(wall.recv(10))["type"] == "snapshot"
        send(client, *walk[2:])
        message = json.loads(wall.recv(10))
        while message["type"] != "geofence":
            message = json.loads(wall.recv(10))
    assert [(one["kind"], one["worker"], one["name"]) for one in message["events"]] == [
        ("enter", "worker1", "工地"), ("dwell", "worker1", "工地"), ("leave", "worker1", "工地"),
    ]  # fmt: skip
    whole = [("enter", "工地"), ("dwell", "工地"), ("leave", "工地")]
    assert told(dispatcher) == whole
    leave = events(dispatcher, kind="leave")[0]
    assert 40 < leave["seconds"] < 100
    send(client, *walk)  # sent again
    db.execute("DELETE FROM geofence_event")
    send(client, fix(118.0480, 1300))  # late: the day is made anew
    eventually(lambda: told(dispatcher) == whole)
    again = events(dispatcher, kind="leave")[0]
    assert again == leave
    (viewed,) = events(service.client("west"), kind="dwell")
    assert "worker" not in viewed, "walls are told numbers"
    assert viewed["number"] == 1


def test_the_same_fixes_in_any_order_give_the_same_events(db, dispatcher, phone, service):
    draw(db, dispatcher, name="工地", geometry=SQUARE, dwell_s=30)
    one = phone("worker1")
    walk = ways()
    for some in (walk[:3], walk[7:], walk[5:7], walk[3:5]):
        send(one, *some)
    eventually(lambda: told(dispatcher) == [("enter", "工地"), ("dwell", "工地"), ("leave", "工地")], 15)
    assert events(dispatcher, fence="zone", limit=1)[0]["kind"] == "leave"


def test_who_leaves_their_grid_in_duty_hours_is_outside_until_they_are_back(db, dispatcher, phone, service):
    client = phone("worker1")

    def state():
        return dispatcher.get("/api/workers/worker1").json()["properties"].get("outside_grid")

    send(client, fix(118.0990, 300))
    send(client, fix(118.1001, 280))  # 10 m over the border: noise
    send(client, fix(118.1020, 240))
    eventually(lambda: state() is True)
    send(client, fix(118.0985, 100))
    eventually(lambda: state() is False)
    found = events(dispatcher, worker="worker1", kind=["outside", "back"])
    assert [(event["kind"], event["grid"]) for event in found] == [("back", "s0001"), ("outside", "s0001")]
    assert events(service.client("west"), kind="enter", fence="grid")[0]["grid"] == "s0001", "and no other grid"


def test_a_target_is_visited_by_a_track_even_between_two_fixes(db, dispatcher, phone, service):
    point = {"type": "Point", "coordinates": [118.0500, 36.0505]}
    target = draw(db, dispatcher, "/api/targets", name="水库泵站", geometry=point, metres=25, visits=2, every_days=2)
    assert (target["properties"]["done"], target["properties"]["due"]) == (0, True)
    client = phone("worker1")
    send(client, fix(118.0490, 300), fix(118.0510, 240))  # 180 m: past it between two fixes
    identity = target["id"]
    eventually(lambda: dispatcher.get(f"/api/targets/{identity}").json()["properties"]["done"] == 1)
    send(client, fix(118.0501, 100), fix(118.0500, 80))
    now = eventually(
        lambda: (seen := dispatcher.get(f"/api/targets/{identity}").json()["properties"])["done"] == 2 and seen
    )
    assert (now["due"], now["last_worker"]) == (False, "worker1")
    assert [event["kind"] for event in events(dispatcher, fence="target", id=identity)] == ["enter", "cross"]


def test_zones_are_drawn_within_the_scope_and_by_those_who_may(db, dispatcher, service):
    account(db, "eastern", Role.DISPATCHER, ("s1",))
    eastern, west, admin = service.client("eastern"), service.client("west"), service.client("admin")
    said = {"name": "工地", "geometry": SQUARE}
    assert west.post("/api/zones", json=said).status_code == 403
    assert eastern.post("/api/zones", json=said).json()["detail"].endswith("不在您的管辖范围内")
    assert eastern.post("/api/zones", json={**said, "area": "s0"}).status_code == 400
    made = dispatcher.post("/api/zones", json=said).json()["id"]
    assert [zone["id"] for zone in west.get("/api/zones").json()["features"]] == [made]
    assert eastern.get("/api/zones").json()["features"] == []
    for ask in (eastern.get, eastern.delete):
        assert ask(f"/api/zones/{made}").status_code == 404
    assert dispatcher.patch(f"/api/zones/{made}", json={"name": "新工地"}).json()["properties"]["name"] == "新工地"
    db.execute(
        "INSERT INTO building (name, area_id, geom) SELECT '一号楼', id, ST_MakeEnvelope(118.01, 36.01, 118.0103, 36.0102, 4326)"
        " FROM area WHERE code = 's0'"
    )
    (building,) = db.execute("SELECT id FROM building").fetchone()
    around = dispatcher.post("/api/zones", json={"name": "楼周边", "building": building, "metres": 30})
    assert around.status_code == 201
    assert eastern.post("/api/zones", json={"name": "x", "building": building, "metres": 30}).status_code == 400
    assert dispatcher.delete(f"/api/zones/{made}").status_code == 204
    assert [zone["properties"]["name"] for zone in admin.get("/api/zones").json()["features"]] == ["楼周边"]
    acts = db.execute("SELECT action FROM audit WHERE thing = 'zone' ORDER BY seq").fetchall()
    assert [row[0] for row in acts] == ["zone.add", "zone.change", "zone.add", "zone.remove"]


@pytest.mark.parametrize(
    "said",
    [
        {"name": "点", "geometry": {"type": "Point", "coordinates": [118.05, 36.05]}},
        {"name": "无"},
        {"name": "乱", "geometry": {"type": "Polygon", "coordinates": [[1]]}},
        {"name": "乱", "geometry": {"type": "Nothing"}},
        {"name": "大", "geometry": {"type": "Point", "coordinates": [118.05, 36.05]}, "metres": 1e9},
        {"name": "", "geometry": SQUARE},
        {"name": "界外", "geometry": {"type": "Point", "coordinates": [1, 1]}, "metres": 10},
    ],
)
def test_what_makes_no_fence_is_refused_in_a_sentence(dispatcher, said):
    answer = dispatcher.post("/api/zones", json=said)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "bad-request"
