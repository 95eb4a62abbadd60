"""A row that arrives or moves by psql or QGIS belongs to the area that it lies in."""

import pytest


@pytest.fixture
def areas(db):
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    for number, code in enumerate(("w", "e")):
        db.execute(
            "INSERT INTO area (code, name, level, parent_id, path, geom)"
            " SELECT %s, %s, 'community', id, ('s.' || %s)::ltree, ST_MakeEnvelope(%s, 36, %s, 36.1, 4326)"
            " FROM area WHERE code = 's'",
            (code, code, code, 118 + number * 0.1, 118.1 + number * 0.1),
        )


def area_of(db, table="building"):
    row = db.execute(f"SELECT a.code FROM {table} t LEFT JOIN area a ON a.id = t.area_id").fetchone()
    return row[0]


def test_the_deepest_area_is_found_and_followed(db, areas):
    db.execute("INSERT INTO building (name, geom) VALUES ('b', ST_MakeEnvelope(118.01, 36.01, 118.02, 36.02, 4326))")
    assert area_of(db) == "w"
    db.execute("UPDATE building SET geom = ST_Translate(geom, 0.1, 0)")
    assert area_of(db) == "e"
    db.execute("UPDATE building SET geom = ST_Translate(geom, 5, 0)")
    assert area_of(db) is None


def test_an_area_that_is_given_stands(db, areas):
    db.execute(
        "INSERT INTO facility (name, category, area_id, geom)"
        " SELECT 'f', 'hydrant', id, ST_SetSRID(ST_Point(118.15, 36.05), 4326) FROM area WHERE code = 'w'"
    )
    assert area_of(db, "facility") == "w"


def test_addresses_forget_a_building_that_is_gone(db):
    db.execute("INSERT INTO building (name, geom) VALUES ('b', ST_MakeEnvelope(118.01, 36.01, 118.02, 36.02, 4326))")
    for statement in ("DELETE FROM building WHERE false", "DELETE FROM building"):
        db.execute("DELETE FROM address")
        db.execute(
            "INSERT INTO address (text, building_id, geom)"
            " SELECT '某街道某号', id, ST_PointOnSurface(geom) FROM building"
        )
        db.execute(statement)
        linked, buildings = db.execute(
            "SELECT (SELECT count(building_id) FROM address), (SELECT count(*) FROM building)"
        ).fetchone()
        assert linked == buildings
