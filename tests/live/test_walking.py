"""Workers walk in their grids, through the doors of a running service, and are in its tiles."""

import json
import threading
from datetime import UTC, date, datetime

import mapbox_vector_tile
import pytest

from gis.errors import BadRequest
from gridtwin.demo import past, phones, walkers
from tests.live.conftest import ago, eventually, send


@pytest.fixture
def town(db, street):
    """Two streets that cross in the western community, and none in the eastern."""
    db.execute("UPDATE twin SET demo = true")
    db.execute(
        "INSERT INTO street (name, geom) VALUES"
        " ('南北路', ST_GeomFromText('LINESTRING(118.05 35.9, 118.05 36.2)', 4326)),"
        " ('东西路', ST_GeomFromText('LINESTRING(117.9 36.05, 118.09 36.05)', 4326))"
    )


def test_simulated_workers_walk_along_their_streets_in_every_format(dsn, db, town, service):
    stopped = threading.Event()
    run = threading.Thread(
        target=phones.simulate,
        args=(dsn, service.url),
        kwargs={"workers": 2, "every_s": 0.2, "faults": False, "seed": 1, "stopped": stopped},
    )
    run.start()
    try:
        eventually(lambda: db.execute("SELECT count(*) FROM fix").fetchone()[0] >= 12)
    finally:
        stopped.set()
        run.join()
    outside = db.execute(
        "SELECT count(*) FROM fix f JOIN area a ON a.id = f.area_id"
        " WHERE NOT ST_DWithin(f.geom, a.geom, 0.0003) OR f.flags & ~288 <> 0"
    ).fetchone()[0]
    assert outside == 0
    off_the_street = db.execute(
        "SELECT count(*) FROM fix WHERE worker = 'worker1' AND NOT EXISTS"
        " (SELECT FROM street s WHERE ST_DWithin(s.geom, fix.geom, 0.0003))"
    ).fetchone()[0]
    assert off_the_street == 0
    assert {row[0] for row in db.execute("SELECT app FROM device")} == {
        "gridtwin",
        "traccar",
    }


def test_real_workers_are_not_simulated(dsn, street):
    with pytest.raises(BadRequest):
        phones.simulate(dsn, "http://127.0.0.1:1", workers=1, every_s=1, faults=True, seed=1, stopped=threading.Event())


def test_workers_are_in_tiles_within_the_scope(phone, service):
    def numbers(client):
        tile = client.get("/tiles/workers/8/211/100.pbf", headers={"Accept-Encoding": "identity"}).content
        layer = mapbox_vector_tile.decode(tile).get("workers", {"features": []}) if tile else {"features": []}
        return [feature["properties"]["worker"] for feature in layer["features"]]

    send(phone("worker1"), {"lon": 118.05, "lat": 36.05, "at": ago(5)})
    send(phone("worker2"), {"lon": 118.11, "lat": 36.05, "at": ago(5)})
    street, west = service.client("street"), service.client("west")
    eventually(lambda: numbers(street) == ["worker1", "worker2"])
    assert numbers(west) == ["worker1"]


def test_the_past_is_made_by_the_same_walkers_once_and_always_alike(dsn, db, town, service):
    def stored():
        return db.execute("SELECT count(*), sum(key::numeric), count(DISTINCT worker) FROM fix").fetchone()

    now = datetime(2026, 9, 4, 12, tzinfo=UTC)  # a Friday
    made = past.make(dsn, now, last=3)
    assert made == stored()[0] > 3000
    before = stored()
    assert past.make(dsn, now, last=3) == 0, "made once"
    db.execute("DROP TABLE fix_20260902; DELETE FROM fix_day WHERE day = '2026-09-02'")
    assert past.make(dsn, now, last=3) > 1000
    assert stored() == before, "and always alike"
    off_the_street = db.execute(
        "SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM street s WHERE ST_DWithin(s.geom, fix.geom, 0.0003))),"
        " count(*) FROM fix WHERE worker = 'worker1' AND flags & 128 = 0"
    ).fetchone()
    assert off_the_street[0] == 0
    hours = db.execute(
        "SELECT min((at AT TIME ZONE 'Asia/Shanghai')::time), max((at AT TIME ZONE 'Asia/Shanghai')::time) FROM fix"
    ).fetchone()
    assert (hours[0].hour, hours[1].hour) == (8, 17)
    assert {row[0] for row in db.execute("SELECT day FROM fix_day")} == {date(2026, 9, day) for day in (1, 2, 3)}
    street = service.client("street")
    told = street.get("/api/coverage", params={"from": "2026-09-01", "to": "2026-09-03"}).json()
    assert 0 < told["streets"]["share"] <= 1
    replayed = street.get("/api/replay", params={"from": "2026-09-02", "to": "2026-09-02", "step": 600}).json()
    assert [worker["number"] for worker in replayed["workers"]] == [1, 2]


def test_phones_do_wrong_what_real_ones_do(db, town):
    (walker,) = walkers.read(db, 1)
    phone = phones.Phone(walker, phones.Login("gridtwin", 1, "worker1", "x"), faults=True)
    sent = []
    for second in range(0, 12 * 3600, 4):
        for *_, body in phone.tick(4, 1_790_000_000 + second):
            for fix in json.loads(body)["fixes"]:
                at = datetime.fromisoformat(fix["at"]).timestamp() - 1_790_000_000
                sent.append((at, second, fix["lon"], fix["lat"]))
    assert 0.005 < sum(second - at > 3000 for at, second, *_ in sent) / len(sent) < 0.08, "hours late"
    assert 0.02 < 1 - len(set(sent)) / len(sent) < 0.1, "twice"
    assert any(20 < second - at < 600 for at, second, *_ in sent), "tunnels"
    assert any(at > second + 3600 for at, second, *_ in sent), "future"
    assert any(lon == 0 for _, _, lon, _ in sent)
    assert any(lon > 118.08 for _, _, lon, _ in sent), "jumps"


def test_more_walk_than_the_roster_has_and_are_gone_afterwards(dsn, db, town, service):
    stopped = threading.Event()
    run = threading.Thread(
        target=phones.simulate,
        args=(dsn, service.url),
        kwargs={"workers": 12, "every_s": 0.5, "faults": False, "seed": 1, "stopped": stopped},
    )
    run.start()
    try:
        eventually(lambda: db.execute("SELECT count(DISTINCT worker) FROM fix").fetchone()[0] == 12, 20)
    finally:
        stopped.set()
        run.join()
    assert [row[0] for row in db.execute("SELECT id FROM worker ORDER BY id")] == ["worker1", "worker2"]
