"""What a wall is told over `WS /live`."""

import contextlib
import json
import struct

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from gis.access.roles import Role
from tests.conftest import account
from tests.live.conftest import ago, send


@pytest.fixture
def wall(service):
    """Opens live connections of an account."""

    def open_wall(username="street", query="?format=json", **more):
        token = service.client(username).headers["Authorization"]
        return stack.enter_context(
            connect(
                f"{service.url.replace('http', 'ws')}/live{query}",
                additional_headers={"Authorization": token, **more},
                compression=None,
            )
        )

    with contextlib.ExitStack() as stack:
        yield open_wall


def told(socket):
    """What comes next, but for what happened at geofences, which comes when it is worked out."""
    while (message := json.loads(socket.recv(timeout=10)))["type"] == "geofence":
        pass
    return message


def fix(lon=118.05, lat=36.05, seconds=60, **more):
    return {"lon": lon, "lat": lat, "at": ago(seconds), **more}


def test_a_wall_gets_a_snapshot_then_what_changes(phone, wall):
    client = phone()
    send(client, fix(heading=90, speed=1.5))
    socket = wall()
    first = told(socket)
    while not first["workers"]:  # the tick that shows it may come after the snapshot
        first = told(socket)
    worker = first["workers"][0]
    assert {name: worker[name] for name in ("id", "lon", "lat", "heading", "status")} == {
        "id": "worker1", "lon": 118.05, "lat": 36.05, "heading": 90.0, "status": "moving",
    }  # fmt: skip
    send(client, fix(118.0512345, seconds=30))
    update = told(socket)
    while update["workers"][0]["lon"] == 118.05:  # a tick may tell the first place once more
        update = told(socket)
    assert (update["type"], update["workers"][0]["lon"]) == ("update", 118.0512345)


def test_a_wall_sees_nothing_but_its_scope(phone, wall):
    west, street = wall("west"), wall("street")
    assert told(west) == told(street) == {"type": "snapshot", "workers": []}
    send(phone("worker2"), fix(118.15))
    send(phone("worker1"), fix(118.05))
    assert [each["id"] for each in told(west)["workers"]] == ["worker1"]
    seen = {each["id"] for each in told(street)["workers"]}
    while seen != {"worker1", "worker2"}:
        seen |= {each["id"] for each in told(street)["workers"]}


def test_who_leaves_the_viewport_is_removed(phone, wall):
    client = phone()
    socket = wall(query="?format=json&bbox=118.04,36,118.06,36.1&zoom=15")
    assert told(socket)["workers"] == []
    send(client, fix(118.05))
    assert told(socket)["type"] == "update"
    send(client, fix(118.0605, seconds=10))
    assert told(socket) == {"type": "remove", "workers": [{"id": "worker1"}]}
    socket.send(json.dumps({"viewport": None}))
    assert [each["lon"] for each in told(socket)["workers"]] == [118.0605]


def record(who, where):
    """(number, x, y, heading, state) of a record."""
    return who & 0xFFFFFF, where & 0x3FFF, where >> 14 & 0x3FFF, who >> 24, where >> 28


def decode(message):
    """Frames as docs/live.md describes them: kind, sequence, {(area, x, y, bits): [(number, x, y, heading, state)]}."""
    version, kind, _, sequence, _, cells = struct.unpack_from("<BBHIdI", message)
    assert version == 2
    at, found = 20, {}
    for _ in range(cells):
        area, x, y, count = struct.unpack_from("<IHHI", message, at)
        at += 12
        number = 0 if count >> 31 else count & 0x3FFFFFFF
        found[area, x, y, count >> 30] = [
            record(*struct.unpack_from("<II", message, at + 8 * i)) for i in range(number)
        ]
        at += 8 * number
    assert at == len(message)
    return kind, sequence, found


def test_binary_frames_wait_for_their_acknowledgement_and_then_hold_the_latest(phone, wall):
    client, socket, awake = phone(), wall(query=""), wall()
    kind, sequence, cells = decode(socket.recv(timeout=10))
    assert (kind, sequence, cells) == (1, 1, {})
    socket.send(json.dumps({"ack": sequence}))
    send(client, fix(118.05, 36.05, seconds=60, heading=180, speed=1.5))
    kind, sequence, cells = decode(socket.recv(timeout=10))
    ((key, records),) = cells.items()
    assert (kind, sequence, key[1:]) == (2, 2, (13564, 6430, 1))
    ((number, x, y, heading, state),) = records
    lon = (key[1] + x / 16384) / 2**14 * 360 - 180
    assert (lon, heading, state) == (pytest.approx(118.05, abs=2e-6), 127, 0)
    for step in range(1, 4):  # asleep: nothing comes, nothing is queued
        send(client, fix(round(118.05 + step * 0.001, 3), seconds=60 - step * 10))
        while not any(each["lon"] == round(118.05 + step * 0.001, 3) for each in told(awake)["workers"]):
            pass
    with pytest.raises(TimeoutError):
        socket.recv(timeout=0.5)
    socket.send(json.dumps({"ack": sequence}))
    _, sequence, cells = decode(socket.recv(timeout=10))
    ((key, records),) = cells.items()
    assert key[3] == 0, "the whole cell"
    assert (key[1] + records[0][1] / 16384) / 2**14 * 360 - 180 == pytest.approx(118.053, abs=2e-6)


def test_far_out_only_numbers_are_told(phone, wall):
    send(phone(), fix())
    socket = wall(query="?zoom=7")
    _, sequence, cells = decode(socket.recv(timeout=10))
    while not cells:
        socket.send(json.dumps({"ack": sequence}))
        _, sequence, cells = decode(socket.recv(timeout=10))
    assert [(key[3], records) for key, records in cells.items()] == [(2, [])]


def test_a_revoked_sign_in_ends_the_connection(street, db, wall):
    socket = wall()
    told(socket)
    db.execute("DELETE FROM session")
    with pytest.raises(ConnectionClosed) as ended:
        socket.recv(timeout=10)
    assert ended.value.rcvd.code == 1008


def test_strangers_other_sites_and_roles_without_need_are_refused(street, db, service, wall):
    account(db, "handler", Role.HANDLER, ("s",))
    url = service.url.replace("http", "ws")
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{url}/live").__enter__()
    assert refused.value.response.status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        wall(Origin="https://elsewhere.example")
    assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        wall("handler")
    assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        wall(query="?bbox=1,2,3")
    assert refused.value.response.status_code == 400
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{url}/nowhere").__enter__()
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize(
    "said", ["nonsense", "[]", '{"viewport": [1, 2]}', '{"viewport": "x"}', '{"ack": 1, "viewport": [NaN]}']
)
def test_a_message_that_cannot_be_understood_ends_the_connection(street, wall, said):
    socket = wall()
    told(socket)
    socket.send(said)
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=10)


def test_who_asks_is_told_which_tiles_to_ask_for_again(street, wall, db):
    west, street_wall = wall("west", "?format=json&tell=tiles"), wall("street", "?format=json&tell=tiles")
    assert told(west)["type"] == told(street_wall)["type"] == "snapshot"
    db.execute(
        "INSERT INTO building (name, geom) VALUES ('东楼', ST_MakeEnvelope(118.15, 36.05, 118.1502, 36.0502, 4326))"
    )
    notice = told(street_wall)
    assert notice["type"] == "tiles"
    change = notice["changes"][0]
    assert change["layer"] == "buildings"
    assert change["extent"] == pytest.approx([118.15, 36.05, 118.1502, 36.0502], abs=1e-5)
    db.execute(
        "INSERT INTO building (name, geom) VALUES ('西楼', ST_MakeEnvelope(118.05, 36.05, 118.0502, 36.0502, 4326))"
    )
    # the community in the west is told of its own ground only
    assert told(west)["changes"][0]["extent"] == pytest.approx([118.05, 36.05, 118.0502, 36.0502], abs=1e-5)
