"""Workers walk in their grids, through the doors of a running service, and are in its tiles."""

import threading

import mapbox_vector_tile
import pytest

from gis.errors import BadRequest
from gridtwin.demo import phones
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
