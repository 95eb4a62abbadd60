"""Payloads as the apps send them become fixes in one set of units."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import BadRequest
from live.formats import gridtwin, osmand, overland, owntracks, values

NOW = 1_790_000_000_000_000
JSON = "application/json"


def one(fixes):
    assert len(fixes) == 1
    return fixes[0]


def test_osmand_in_the_query_has_an_iso_time():
    query = b"id=902064&lat=42.06288&lon=-88.23412&timestamp=2016-01-27T18%3A55%3A47Z&hdop=6.0&altitude=224.0&speed=0.0"
    device, fixes = osmand.read(query, "", b"", NOW)
    fix = one(fixes)
    assert device == "902064"
    assert (fix.lon, fix.lat, fix.at) == (-88.23412, 42.06288, 1_453_920_947_000_000)
    assert (fix.altitude, fix.speed, fix.attributes) == (224.0, 0.0, {"hdop": "6.0"})


def test_osmand_speed_is_in_knots_and_battery_in_per_cent():
    fix = one(
        osmand.read(b"id=1&lat=36.8&lon=118&speed=10&bearing=370&batt=85&accuracy=12.5&charge=true", "", b"", NOW)[1]
    )
    assert fix.speed == pytest.approx(5.144444444)
    assert (fix.heading, fix.battery, fix.accuracy, fix.attributes) == (10.0, 0.85, 12.5, {"charge": "true"})


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ("1551874878", 1_551_874_878_000_000),
        ("2147483647", 2_147_483_647_000_000),
        ("2147483648", 2_147_483_648_000),
        ("1551874878123", 1_551_874_878_123_000),
        ("2019-03-06T12:21:18Z", 1_551_874_878_000_000),
        ("2019-03-06T12:21:18.123456%2B00:00", 1_551_874_878_123_456),
        ("2019-03-06T20:21:18%2B0800", 1_551_874_878_000_000),
        ("", NOW),
    ],
)
def test_osmand_times(sent, at):
    assert one(osmand.read(f"id=1&lat=1&lon=1&timestamp={sent}".encode(), "", b"", NOW)[1]).at == at


def test_osmand_merges_query_and_form_and_takes_an_empty_body():
    form = "application/x-www-form-urlencoded"
    device, fixes = osmand.read(b"id=7", form, b"location=36.85,118.06&heading=90", NOW)
    assert (device, one(fixes).lon, one(fixes).lat, one(fixes).heading) == ("7", 118.06, 36.85, 90.0)
    device, fixes = osmand.read(b"deviceid=7&lat=36.85&lon=118.06", form, b"", NOW)
    assert (device, one(fixes).lon) == ("7", 118.06)


def test_osmand_without_coordinates_is_a_heartbeat():
    fix = one(osmand.read(b"id=1&timestamp=1551874878&batt=50", "", b"", NOW)[1])
    assert (fix.lon, fix.lat, fix.battery) == (None, None, 0.5)


def test_osmand_json_location_is_in_metres_a_second():
    body = json.dumps(
        {
            "location": {
                "timestamp": "2025-06-15T13:45:12.862Z",
                "coords": {
                    "latitude": 37.4219983,
                    "longitude": -122.084,
                    "accuracy": 5,
                    "speed": 3,
                    "heading": -1,
                    "altitude": 5,
                },
                "is_moving": False,
                "event": "motionchange",
                "battery": {"level": 1, "is_charging": False},
                "extras": {},
            },
            "device_id": "48241179",
        }
    ).encode()
    device, fixes = osmand.read(b"", JSON, body, NOW)
    fix = one(fixes)
    assert device == "48241179"
    assert (fix.at, fix.lon, fix.lat) == (1_749_995_112_862_000, -122.084, 37.4219983)
    assert (fix.speed, fix.heading, fix.battery, fix.altitude) == (3.0, None, 1.0, 5.0)
    assert fix.attributes == {"is_moving": False, "event": "motionchange", "charge": False}


def test_osmand_json_array_is_a_batch_of_one_device():
    flat = [{"id": "9", "timestamp": 1551874878 + i, "lat": 36.8, "lon": 118 + i, "speed": 10} for i in range(3)]
    device, fixes = osmand.read(b"", JSON, json.dumps(flat).encode(), NOW)
    assert device == "9"
    assert [fix.lon for fix in fixes] == [118, 119, 120]
    assert fixes[0].speed == pytest.approx(5.1444, abs=1e-4)
    with pytest.raises(BadRequest):
        osmand.read(b"", JSON, b'[{"id":"9"},{"id":"10"}]', NOW)


@pytest.mark.parametrize(("query", "body"), [(b"lat=1&lon=2", b""), (b"", b""), (b"id=", b""), (b"", b"{broken")])
def test_osmand_without_a_device_or_json_is_refused(query, body):
    with pytest.raises(BadRequest):
        osmand.read(query, JSON, body, NOW)


def test_owntracks_velocity_is_in_kilometres_an_hour():
    body = (
        b'{"_type":"location","acc":15,"alt":440,"batt":46,"conn":"w","lat":46.0681247,"lon":11.1512805,'
        b'"t":"u","tid":"5t","tst":1551874878,"vac":2,"vel":36,"cog":271}'
    )
    fix = one(owntracks.read(body, NOW))
    assert (fix.lon, fix.lat, fix.at) == (11.1512805, 46.0681247, 1_551_874_878_000_000)
    assert fix.speed == pytest.approx(10.0)
    assert (fix.accuracy, fix.altitude, fix.battery, fix.heading) == (15.0, 440.0, 0.46, 271.0)
    assert fix.attributes == {"conn": "w", "t": "u", "tid": "5t", "vac": 2}
    assert one(owntracks.read(body.replace(b"1551874878", b'"1551874878"'), NOW)).at == fix.at


@pytest.mark.parametrize(
    "kind", ["transition", "waypoint", "waypoints", "lwt", "card", "status", "steps", "beacon", "cmd", "unheard-of"]
)
def test_owntracks_takes_other_messages_without_error(kind):
    assert owntracks.read(json.dumps({"_type": kind, "tst": 1}).encode(), NOW) == []
    assert owntracks.read(b"", NOW) == []


def overland_feature(**properties):
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [118.06, 36.85]},
        "properties": {"timestamp": "2015-10-01T08:00:00-0700", **properties},
    }


def test_overland_reads_points_and_leaves_log_entries_out():
    features = [
        overland_feature(
            speed=4, course=-1, horizontal_accuracy=30, battery_level=0.8, altitude=12, motion=["walking"]
        ),
        overland_feature(speed=-1, course=90, timestamp="2015-10-01T15:00:01Z"),
        {"type": "Feature", "properties": {"timestamp": "2015-10-01T15:00:02Z", "action": "started"}},
        {"type": "Feature", "geometry": None, "properties": {}},
    ]
    first, second = overland.read(json.dumps({"locations": features, "current": {}, "trip": {}}).encode(), NOW)
    assert (first.at, first.speed, first.heading) == (1_443_711_600_000_000, 4.0, None)
    assert (first.accuracy, first.battery, first.altitude) == (30.0, 0.8, 12.0)
    assert first.attributes == {"motion": ["walking"]}
    assert (second.at, second.speed, second.heading) == (1_443_711_601_000_000, None, 90.0)


def test_our_own_format_keeps_units_and_what_else_was_said():
    body = {
        "fixes": [
            {"lon": 118.06, "lat": 36.85, "at": "2026-05-01T08:00:00+08:00", "accuracy": 4, "speed": 1.4, "heading": 0,
             "altitude": -3, "battery": 0.5, "id": "a", "steps": 12},
            {"lon": 118.06, "lat": 36.85, "at": 1777593600, "battery": 85},
        ],
        "crs": "GCJ-02",
    }  # fmt: skip
    (first, second), system = gridtwin.read(json.dumps(body).encode(), NOW)
    assert system.name == "GCJ-02"
    assert first.at == second.at == 1_777_593_600_000_000
    assert (first.speed, first.heading, first.altitude, first.battery) == (1.4, 0.0, -3.0, 0.5)
    assert first.attributes == {"steps": 12, "id": "a"}
    assert second.battery is None
    assert first.key != second.key


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b'{"fixes": 1}', b'{"fixes": [], "crs": "nowhere"}', b"\xff"]
)
def test_our_own_format_refuses_what_is_no_batch(body):
    with pytest.raises(BadRequest):
        gridtwin.read(body, NOW)


def test_one_bad_fix_loses_no_batch():
    fixes = [
        {"lon": 118, "lat": 36, "at": NOW / 1e6},
        None,
        "x",
        {"lon": "abc", "lat": None, "at": "soon"},
        {"at": 1e300},
    ]
    found, _ = gridtwin.read(json.dumps({"fixes": fixes}).encode(), NOW)
    assert len(found) == 5
    assert found[0].lon == 118
    assert [fix.at for fix in found[1:]] == [None] * 4
    assert found[3].attributes == {"lon": "abc"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_nothing_that_a_phone_may_say_is_an_exception(said):
    named = {"lon": said, "lat": said, "at": said, "speed": said, "heading": said, "battery": said, "id": said}
    gridtwin.read(json.dumps({"fixes": [said, named]}).encode(), NOW)
    owntracks.read(json.dumps({**named, "_type": "location", "tst": said, "vel": said}).encode(), NOW)
    overland.read(
        json.dumps(
            {"locations": [{"geometry": {"type": "Point", "coordinates": said}, "properties": said}, said]}
        ).encode(),
        NOW,
    )
    osmand.read(b"id=1", JSON, json.dumps([said, {"location": said}, {"location": {"coords": said}}]).encode(), NOW)
    osmand.read(b"id=1", JSON, json.dumps({"coords": {"speed": said}, "battery": said, "id": "1"}).encode(), NOW)
    values.moment(said)


@given(st.floats(-180, 180), st.floats(-90, 90), st.integers(0, 2**41))
def test_a_fix_that_is_sent_again_has_the_same_key(lon, lat, at):
    def key(encoded):
        return one(gridtwin.read(json.dumps({"fixes": [encoded]}).encode(), NOW)[0]).key

    assert key({"lon": lon, "lat": lat, "at": at}) == key({"at": at, "lat": lat, "lon": lon, "battery": 0.3})
    assert key({"lon": lon, "lat": lat, "id": "x"}) == key({"lon": lat, "lat": lon, "id": "x"})
