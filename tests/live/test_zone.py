"""What lies in a zone: what is drawn and what is buffered, within the scope, and exported."""

import csv
import io

import pytest

from gis.access.roles import Role
from tests.conftest import account

WEST = {"type": "Polygon", "coordinates": [[[118.0, 36.0], [118.1, 36.0], [118.1, 36.1], [118.0, 36.1], [118.0, 36.0]]]}


@pytest.fixture
def town(db):
    """Two communities with four buildings, a hydrant and an issue each."""
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) SELECT 's' || i, i || '号社区', 'community',"
        " ('s' || i)::ltree, ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM generate_series(0, 1) i"
    )
    db.execute(
        "INSERT INTO building (name, households, residents, geom) SELECT '=' || i || '号楼', 10, 25,"
        " ST_MakeEnvelope(118.01 + i * 0.02, 36.01, 118.011 + i * 0.02, 36.011, 4326) FROM generate_series(0, 7) i"
    )
    db.execute(
        "INSERT INTO facility (name, category, geom) SELECT '消防栓', 'hydrant', ST_SetSRID(ST_MakePoint(x, 36.05), 4326)"
        " FROM unnest(ARRAY[118.05, 118.15]) x"
    )
    account(db, "admin")
    account(db, "east", Role.VIEWER, ("s1",))


def ask(client, **zone):
    return client.post("/api/zones/query", json=zone)


def test_a_zone_counts_what_lies_in_it_and_within_the_scope(town, service):
    admin, east = service.client("admin"), service.client("east")
    admin.post("/api/issues", json={"text": "垃圾堆在路上", "lon": 118.05, "lat": 36.05})
    found = ask(admin, geometry=WEST).json()
    assert found["counts"]["buildings"] == len(found["buildings"]) == 5  # the fifth touches the border
    assert (found["counts"]["households"], found["counts"]["residents"]) == (50, 125)
    assert (found["counts"]["facilities"], found["counts"]["issues"]) == (1, 1)
    assert 9e7 < found["area_m2"] < 1.1e8
    hidden = ask(east, geometry=WEST).json()["counts"]
    assert all(count == 0 for name, count in hidden.items() if name not in ("grids", "buildings")), hidden


def test_a_point_needs_a_buffer_in_metres(town, service):
    admin = service.client("admin")
    point = {"type": "Point", "coordinates": [118.05, 36.05]}
    assert ask(admin, geometry=point).status_code == 400
    found = ask(admin, geometry=point, buffer_m=100).json()
    assert found["counts"]["facilities"] == 1
    assert found["area_m2"] == pytest.approx(3.1416 * 100**2, rel=0.02)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[1, 2], ["x", 3]]]},
        {"type": "Polygon", "coordinates": [[[100, 30], [130, 30], [130, 50], [100, 30]]]},
        {"type": "Nonsense"},
    ],
)
def test_what_is_no_zone_is_refused_in_words(town, service, geometry):
    answer = ask(service.client("admin"), geometry=geometry)
    assert answer.status_code == 400
    assert "SQL" not in answer.text
    assert "Traceback" not in answer.text


def test_the_export_is_a_table_without_formulas_and_is_recorded(town, service, db):
    answer = service.client("admin").post("/api/zones/query?format=csv", json={"geometry": WEST})
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert {row["kind"] for row in rows} == {"building", "facility"}
    assert all(row["name"].startswith("'=") for row in rows if row["kind"] == "building")
    assert db.execute("SELECT count(*) FROM audit WHERE action = 'zone.export'").fetchone()[0] == 1
