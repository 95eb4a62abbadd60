"""Tiles stay light however much the twin holds, and nothing in them is torn, lost or another's."""

import time

import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from gis.access.roles import Role
from tests.conftest import account
from tests.tiles.test_tiles import decode, tile_of
from tiles import afar

_LIMIT = 250_000
_TOWN = """
INSERT INTO building (name, height, use, area_id, geom)
SELECT i || '-' || j || '号楼', 6 + i %% 30, 'residential', (SELECT id FROM area WHERE code = 's' || (i * 2 / %(side)s)),
  ST_MakeEnvelope(118.08 + i * 0.0002, 36.85 + j * 0.0002, 118.0801 + i * 0.0002, 36.8501 + j * 0.0002, 4326)
FROM generate_series(0, %(side)s - 1) i, generate_series(0, %(side)s - 1) j
"""


def areas(db):
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) SELECT 's' || i, i || '社区', 'community', ('s' || i)::ltree,"
        " ST_MakeEnvelope(118.08 + i * 0.01, 36.85, 118.09 + i * 0.01, 36.87, 4326) FROM generate_series(0, 1) i"
    )


@pytest.fixture
def town(db):
    """6,400 small houses in two communities, one large hall."""
    areas(db)
    db.execute("SET gridtwin.placed = 'on'")
    db.execute(_TOWN, {"side": 80})
    db.execute(
        "INSERT INTO building (name, area_id, geom) SELECT '大厅', id, ST_MakeEnvelope(118.1, 36.85, 118.102, 36.852, 4326)"
        " FROM area WHERE code = 's1'"
    )
    account(db, "admin")
    account(db, "west", Role.VIEWER, ("s0",))


def seen(client, zoom):
    """The buildings of all tiles of the town at a zoom, each once."""
    west, north = tile_of(118.0799, 36.8671, zoom)
    east, south = tile_of(118.1021, 36.8499, zoom)
    found = {}
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            for feature in decode(client, "buildings", zoom, x, y).get("buildings", {"features": []})["features"]:
                found[feature["id"]] = feature["properties"]
    return found


def merged(client):
    """Asks for a far tile until buildings are merged in it: the service does it soon after a commit."""
    deadline = time.monotonic() + 20
    x, y = tile_of(118.085, 36.855, 12)
    while time.monotonic() < deadline:
        features = decode(client, "buildings", 12, x, y)["buildings"]["features"]
        if features and all("count" in feature["properties"] for feature in features):
            return
        time.sleep(0.05)
    raise AssertionError("buildings were never merged")


def test_many_buildings_are_merged_from_afar_and_none_is_lost(db, town, service):
    client = service.client("admin")
    merged(client)
    for zoom in range(8, 15):
        found = seen(client, zoom)
        assert sum(properties.get("count", 1) for properties in found.values()) == 6401, zoom
        assert all(properties.get("count", 1) >= 1 for properties in found.values())
    hall = db.execute("SELECT id FROM building WHERE name = '大厅'").fetchone()[0]
    assert hall in seen(client, 13), "large buildings stay themselves"
    assert len(seen(client, 15)) == 6401
    assert all(properties["name"] for properties in seen(client, 15).values())


def test_merged_buildings_of_others_are_not_counted(db, town, service):
    admin, west = service.client("admin"), service.client("west")
    merged(admin)
    for zoom in (8, 12, 14):
        assert sum(properties.get("count", 1) for properties in seen(west, zoom).values()) == 3200


def test_an_edit_is_seen_from_afar_soon_and_few_buildings_are_drawn_again_themselves(db, town, service):
    client = service.client("admin")
    merged(client)
    count = lambda: sum(properties.get("count", 1) for properties in seen(client, 10).values())  # noqa: E731

    def comes_to(wanted):
        deadline = time.monotonic() + 20
        while (found := count()) != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        return found == wanted

    db.execute("DELETE FROM building WHERE name LIKE '0-%%'")
    assert comes_to(6321)
    db.execute("DELETE FROM building WHERE name NOT LIKE '1-%%'")
    assert comes_to(80)
    ids = {row[0] for row in db.execute("SELECT id FROM building")}
    deadline = time.monotonic() + 20
    while set(seen(client, 10)) != ids and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(seen(client, 10)) == ids


place = st.tuples(st.floats(118.07, 118.11), st.floats(36.84, 36.88), st.sampled_from([1e-6, 1e-4, 1e-3, 1e-2]))
STEPS = st.one_of(
    st.tuples(
        st.just("INSERT INTO building (name, geom) VALUES ('n', ST_Expand(ST_SetSRID(ST_Point(%s, %s), 4326), %s))"), place
    ),
    st.tuples(
        st.just("UPDATE building SET geom = ST_Expand(ST_SetSRID(ST_Point(%s, %s), 4326), %s) WHERE name = '3-3号楼'"),
        place,
    ),
    st.tuples(st.just("DELETE FROM building WHERE ST_DWithin(geom, ST_SetSRID(ST_Point(%s, %s), 4326), %s)"), place),
    st.tuples(
        st.just("UPDATE building SET height = 99, area_id = NULL WHERE geom && ST_Expand(ST_SetSRID(ST_Point(%s, %s), 4326), %s)"),
        place,
    ),
)  # fmt: skip


def squares(db):
    return db.execute(
        "SELECT zoom, cell_x, cell_y, area_id, count, height, use,"
        " ST_XMin(geom_3857), ST_YMin(geom_3857), ST_XMax(geom_3857), ST_YMax(geom_3857)"
        " FROM building_afar ORDER BY 1, 2, 3, 4 NULLS FIRST"
    ).fetchall()


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=5))
def test_what_edits_renew_is_what_would_be_made_anew(db, dsn, steps):
    if not db.execute("SELECT count(*) FROM area").fetchone()[0]:
        areas(db)
    db.execute("TRUNCATE building")
    db.execute(_TOWN, {"side": 64})
    assert afar.renew(dsn) == afar.Renewed(None, merged=True)
    for statement, values in steps:
        db.execute(statement, values)
        renewed = afar.renew(dsn)
        assert renewed.merged == (db.execute("SELECT count(*) FROM building").fetchone()[0] > afar.FEW)
    kept = squares(db)
    db.execute("UPDATE building_afar_state SET seen = NULL")
    afar.renew(dsn)
    anew = squares(db)
    assert [one[:7] for one in anew] == [one[:7] for one in kept]
    assert [one[7:] for one in anew] == [pytest.approx(one[7:], abs=0.01) for one in kept], "metres"


def test_only_one_process_renews_at_a_time(db, dsn):
    with psycopg.connect(dsn) as other:
        other.execute("SELECT pg_advisory_xact_lock(7205759403792793)")
        assert afar.renew(dsn) is None
    assert afar.renew(dsn) == afar.Renewed(None, merged=False)


def grids(db, shapes):
    """A plan in force of these shapes (4326), which are one cover."""
    plan = db.execute(
        "INSERT INTO plan (kind, name, state, valid) VALUES ('community', '一', 'published', '[2026-01-01,)') RETURNING id"
    ).fetchone()[0]
    with db.cursor() as cursor:
        cursor.executemany(
            "WITH c AS (INSERT INTO grid_code (kind, code) VALUES ('community', %(code)s) RETURNING id)"
            " INSERT INTO grid (plan_id, id, code, name, geom)"
            " SELECT %(plan)s, id, %(code)s, %(code)s || '网格的名字', ST_GeomFromWKB(%(shape)s, 4326) FROM c",
            [{"plan": plan, "code": f"370303001{i:06}", "shape": one.wkb} for i, one in enumerate(shapes)],
        )


def winding(columns, rows, west, south, step, bends):
    """Cells with winding borders that neighbours share, corner by corner."""

    def corner(i, j):
        return (west + step * (i + 0.2 * ((i * 7 + j * 3) % 5 - 2) / 2), south + step * (j + 0.2 * ((i * 5 + j * 11) % 7 - 3) / 3))  # fmt: skip

    def border(a, b):
        (ax, ay), (bx, by) = a, b
        if a > b:
            return border(b, a)[::-1]
        way = []
        for k in range(bends):
            t = k / bends
            off = 0.03 * step * ((k * 13 + int(ax * 1e5)) % 5 - 2) * (k > 0)
            way.append((ax + (bx - ax) * t + off * (by - ay) / step, ay + (by - ay) * t - off * (bx - ax) / step))
        return [*way, b]

    for i in range(columns):
        for j in range(rows):
            ring = []
            corners = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)]
            for k in range(4):
                ring += border(corners[k], corners[(k + 1) % 4])[:-1]
            yield shapely.Polygon(ring)


def test_neighbouring_grids_share_their_borders_at_every_zoom(db, service):
    account(db, "admin")
    grids(db, winding(8, 8, 118.08, 36.85, 0.004, 12))
    client = service.client("admin")
    for zoom in range(9, 17):
        x, y = tile_of(118.096, 36.866, zoom)
        features = decode(client, "grids", zoom, x, y)["grids"]["features"]
        drawn = [shape(feature["geometry"]) for feature in features]
        assert all(one.is_valid for one in drawn), zoom
        together = shapely.union_all(drawn)
        parts = getattr(together, "geoms", [together])
        slits = sum(shapely.Polygon(ring).area for part in parts for ring in part.interiors)
        assert slits == 0, zoom
        assert len(parts) == 1, zoom
        assert sum(one.area for one in drawn) == pytest.approx(together.area, rel=1e-3), "nor do they overlap"


def test_five_thousand_grids_are_light_at_every_zoom(db, service):
    account(db, "admin")
    grids(db, winding(72, 70, 117.9, 36.6, 0.004, 4))
    client = service.client("admin")
    for zoom in (8, 9, 10, 11, 12, 14):
        x, y = tile_of(118.04, 36.74, zoom)
        answer = client.get(f"/tiles/areas,areas_label,grids,grids_label/{zoom}/{x}/{y}.pbf")
        assert len(answer.content) <= _LIMIT, zoom
    x, y = tile_of(118.04, 36.74, 8)
    far = decode(client, "grids,grids_label", 8, x, y)
    assert len(far["grids"]["features"]) > 4000, "none is left out"
    x, y = tile_of(118.04, 36.74, 13)
    near = decode(client, "grids,grids_label", 13, x, y)
    assert all(feature["properties"]["name"] for feature in near["grids"]["features"])
    assert len(near["grids_label"]["features"]) > 50
