"""Decoded tiles hold exactly what PostGIS says they should, on both sides of every seam."""

import gzip
import json
import math

import mapbox_vector_tile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.access.roles import Role
from tests.conftest import SHARED, account
from tiles.layers import LAYERS
from tiles.pyramid import Tile

CAMBRIDGE = SHARED / "cambridge"


def decode(client, layers, z, x, y, query=""):
    answer = client.get(f"/tiles/{layers}/{z}/{x}/{y}.pbf{query}")
    assert answer.status_code == 200, answer.text
    if not answer.content:
        return {}
    return mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})


def ids(tile, layer):
    return [feature["id"] for feature in tile.get(layer, {"features": []})["features"]]


def tile_of(lon, lat, z):
    n = 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return int((lon + 180) / 360 * n), int(y)


def expected(db, table, z, x, y, margin):
    """Ids that intersect the tile widened by `margin` (a share of its size)."""
    rows = db.execute(
        f"SELECT id FROM {table} WHERE ST_Intersects(geom_3857, ST_TileEnvelope(%s, %s, %s, margin => %s::float8))"
        " ORDER BY id",
        (z, x, y, margin),
    )
    return [row[0] for row in rows]


@pytest.fixture
def street(db):
    """A small street: two communities, four grids, rows of buildings, facilities."""
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118.08, 36.85, 118.10, 36.86, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom)"
        " SELECT 's' || i, i || '社区', 'community', id, ('s.s' || i)::ltree,"
        " ST_MakeEnvelope(118.08 + i * 0.01, 36.85, 118.09 + i * 0.01, 36.86, 4326)"
        " FROM area, generate_series(0, 1) i"
    )
    plan = db.execute(
        "INSERT INTO plan (kind, name, state, valid) VALUES ('community', '一', 'published', '[2026-01-01,)') RETURNING id"
    ).fetchone()[0]
    db.execute("INSERT INTO grid_code (kind, code) SELECT 'community', 'g' || i FROM generate_series(0, 3) i")
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, geom) SELECT %s, id, code, code || '网格',"
        " ST_MakeEnvelope(118.08 + n * 0.005, 36.85, 118.085 + n * 0.005, 36.86, 4326)"
        " FROM (SELECT *, row_number() OVER (ORDER BY id) - 1 AS n FROM grid_code) c",
        (plan,),
    )
    db.execute(
        "INSERT INTO building (code, name, height, levels, use, geom)"
        " SELECT 'b' || i || '-' || j, i || '号楼', 3 * j, j, 'residential', ST_MakeEnvelope("
        "  118.0803 + i * 0.001, 36.8503 + j * 0.001, 118.0807 + i * 0.001, 36.8505 + j * 0.001, 4326)"
        " FROM generate_series(0, 18) i, generate_series(0, 8) j"
    )
    db.execute(
        "INSERT INTO facility (name, category, geom) SELECT '栓' || i, 'hydrant',"
        " ST_SetSRID(ST_Point(118.0801 + i * 0.00099, 36.8551), 4326) FROM generate_series(0, 19) i"
    )
    account(db, "admin")
    account(db, "west", Role.VIEWER, ("s0",))
    return plan


@pytest.mark.parametrize("zoom", range(8, 19))
def test_both_sides_of_a_seam_hold_what_postgis_says(db, street, service, zoom):
    client = service.client("admin")
    x, y = tile_of(118.0901, 36.8549, zoom)
    for column in (x - 1, x, x + 1):
        for layer, table in (
            ("areas", "area"),
            ("grids", "grid"),
            ("buildings", "building"),
            ("facilities", "facility"),
        ):
            tile = decode(client, layer, zoom, column, y)
            inside = expected(db, table, zoom, column, y, 0)
            within_buffer = expected(db, table, zoom, column, y, 64.5 / 4096)
            found = ids(tile, layer)
            assert found == sorted(found), "features are ordered by id"
            assert len(found) == len(set(found))
            assert set(inside) <= set(found) <= set(within_buffer), (layer, zoom, column)


def test_one_address_of_each_stairwell_bears_its_name_and_all_bear_their_doors(db, street, service):
    db.execute(
        "INSERT INTO address (text, unit, room, building_id, geom)"
        " SELECT concat_ws('-', b.code, u, r), CASE WHEN u > 0 THEN u || '单元' ELSE '' END, r::text, b.id,"
        " ST_Translate(b.geom_corner, u * 1e-5 + r * 1e-6, 0)"
        " FROM (SELECT id, code, ST_StartPoint(ST_ExteriorRing(geom)) AS geom_corner FROM building"
        "  WHERE code IN ('b9-3', 'b9-4')) b, generate_series(0, 2) u, generate_series(101, 103) r"
    )
    x, y = tile_of(118.0893, 36.8535, 17)
    addresses = decode(service.client("admin"), "addresses", 17, x, y)["addresses"]["features"]
    assert {one["properties"]["room"] for one in addresses} == {"101", "102", "103"}
    named = [
        (one["properties"]["building_id"], one["properties"]["unit"])
        for one in addresses
        if "unit" in one["properties"]
    ]
    buildings = {one["properties"]["building_id"] for one in addresses}
    assert sorted(named) == sorted((building, unit) for building in buildings for unit in ("1单元", "2单元"))
    middle = {one["properties"]["room"] for one in addresses if "unit" in one["properties"]}
    assert middle == {"102"}, "the one in the middle"


def test_all_layers_come_in_one_tile_each_with_its_name(street, service):
    client = service.client("admin")
    x, y = tile_of(118.0901, 36.8549, 16)
    tile = decode(client, "areas,grids,buildings,facilities", 16, x, y)
    assert set(tile) == {"areas", "grids", "buildings", "facilities"}
    assert all(layer["extent"] == 4096 for layer in tile.values())


def test_properties_follow_the_zoom(street, service):
    client = service.client("admin")
    properties = {}
    for zoom in (12, 14, 15, 18):
        x, y = tile_of(118.0903, 36.8504, zoom)
        features = decode(client, "buildings", zoom, x, y)["buildings"]["features"]
        properties[zoom] = set().union(*(feature["properties"] for feature in features))
        if zoom >= 15:
            assert all(feature["properties"]["name"] for feature in features), "every building bears its name"
    assert properties[12] == {"height"}
    assert properties[14] == {"height", "levels", "use"}
    assert properties[15] == {"height", "levels", "use", "name"}
    assert {"name", "code"} <= properties[18]


def test_each_label_stands_in_exactly_one_tile_and_inside_its_polygon(db, street, service):
    client = service.client("admin")
    for zoom in (9, 13, 16):
        west, north = tile_of(118.0799, 36.8601, zoom)
        east, south = tile_of(118.1001, 36.8499, zoom)
        for layer, table in (("areas_label", "area"), ("grids_label", "grid")):
            found = []
            for x in range(west, east + 1):
                for y in range(north, south + 1):
                    tile = decode(client, layer, zoom, x, y)
                    for feature in tile.get(layer, {"features": []})["features"]:
                        assert feature["geometry"]["type"] == "Point"
                        found.append(feature["id"])
            every = [row[0] for row in db.execute(f"SELECT id FROM {table} ORDER BY id")]
            assert sorted(found) == every
    outside = db.execute("SELECT count(*) FROM grid WHERE NOT ST_Contains(geom_3857, label_3857)").fetchone()[0]
    assert outside == 0


def test_a_building_smaller_than_a_tile_unit_is_still_there(db, street, service):
    client = service.client("admin")
    db.execute(
        "INSERT INTO building (name, geom) VALUES ('亭', ST_MakeEnvelope(118.0999, 36.8599, 118.0999001, 36.8599001, 4326))"
    )
    new = db.execute("SELECT max(id) FROM building").fetchone()[0]
    x, y = tile_of(118.0999, 36.8599, 10)
    tile = decode(client, "buildings", 10, x, y)
    assert new in ids(tile, "buildings")


def test_the_etag_is_that_of_the_bytes(db, street, service):
    client = service.client("admin")
    x, y = tile_of(118.0901, 36.8549, 15)
    path = f"/tiles/buildings/15/{x}/{y}.pbf"
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    db.execute("UPDATE building SET name = name || '甲'")
    changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_a_community_sees_its_own_ground_only(db, street, service):
    everyone, west = service.client("admin"), service.client("west")
    x, y = tile_of(118.0901, 36.8549, 12)
    theirs = {
        row[0] for row in db.execute("SELECT b.id FROM building b JOIN area a ON a.id = area_id WHERE a.code = 's0'")
    }
    assert set(ids(decode(west, "buildings", 12, x, y), "buildings")) == theirs
    assert len(ids(decode(everyone, "buildings", 12, x, y), "buildings")) > len(theirs) > 0
    codes = [f["properties"]["code"] for f in decode(west, "areas", 12, x, y)["areas"]["features"]]
    assert codes == ["s0"]
    all_bounds = everyone.get("/tiles/buildings.json").json()["bounds"]
    own_bounds = west.get("/tiles/buildings.json").json()["bounds"]
    assert own_bounds[2] < all_bounds[2], "the extent of what others see is not told"


def test_tilejson_says_what_there_is(street, service):
    document = service.client("admin").get("/tiles/areas,grids,buildings.json").json()
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == [f"{service.url}/tiles/areas,grids,buildings/{{z}}/{{x}}/{{y}}.pbf"]
    assert [layer["id"] for layer in document["vector_layers"]] == ["areas", "grids", "buildings"]
    assert document["bounds"] == pytest.approx([118.08, 36.85, 118.10, 36.86], abs=1e-9)


def test_grids_of_a_day_and_of_a_draft(db, street, service):
    draft = db.execute(
        "INSERT INTO plan (kind, name, state) VALUES ('community', '草案', 'draft') RETURNING id"
    ).fetchone()[0]
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, geom, area_id)"
        " SELECT %s, id, code, '合并网格', ST_MakeEnvelope(118.08, 36.85, 118.10, 36.86, 4326), area_id"
        " FROM grid WHERE code = 'g0'",
        (draft,),
    )
    admin, viewer = service.client("admin"), service.client("west")
    x, y = tile_of(118.0901, 36.8549, 14)
    names = lambda tile: {f["properties"]["name"] for f in tile.get("grids", {"features": []})["features"]}  # noqa: E731
    assert len(names(decode(admin, "grids", 14, x, y))) == 4
    assert len(names(decode(admin, "grids", 14, x, y, "?at=2026-05-01"))) == 4
    assert names(decode(admin, "grids", 14, x, y, "?at=2025-05-01")) == set()
    assert names(decode(admin, "grids", 14, x, y, f"?plan={draft}")) == {"合并网格"}
    assert names(decode(admin, "grids", 14, x, y, "?kind=party")) == set()
    assert viewer.get(f"/tiles/grids/14/{x}/{y}.pbf?plan={draft}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/tiles/account/1/0/0.pbf", 404, "unknown-layer"),
        ("/tiles/areas,/1/0/0.pbf", 404, "unknown-layer"),
        ("/tiles/areas/1/2/0.pbf", 404, "no-such-tile"),
        ("/tiles/areas/23/0/0.pbf", 404, "no-such-tile"),
        ("/tiles/grids/1/0/0.pbf?kind=none", 400, "bad-request"),
        ("/tiles/grids/1/0/0.pbf?at=yesterday", 400, "bad-request"),
        ("/tiles/grids/1/0/0.pbf?plan=-1", 400, "bad-request"),
        ("/tiles/grids/1/0/0.pbf?plan=99", 404, "not-found"),
    ],
)
def test_a_wrong_request_gets_its_reason(street, service, path, status, code):
    answer = service.client("admin").get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_nobody_sees_a_tile_without_signing_in(street, service):
    for path in ("/tiles/areas/8/212/99.pbf", "/tiles/areas.json"):
        assert service.client().get(path).status_code == 401


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(z=st.integers(8, 22), u=st.floats(0, 1), v=st.floats(0, 1))
def test_any_tile_over_the_street_is_exact(db, street, service, z, u, v):
    client = service.client("admin") if not hasattr(service, "kept") else service.kept
    service.kept = client
    x, y = tile_of(118.08 + 0.02 * u, 36.85 + 0.01 * v, z)
    found = set(ids(decode(client, "buildings", z, x, y), "buildings"))
    assert set(expected(db, "building", z, x, y, 0)) <= found <= set(expected(db, "building", z, x, y, 64.5 / 4096))


@settings(max_examples=200)
@given(z=st.integers(0, 22), u=st.floats(0, 1, exclude_max=True), v=st.floats(0, 1, exclude_max=True))
def test_neighbouring_boxes_share_their_edge(z, u, v):
    tile = Tile(z, int(u * 2**z), int(v * 2**z))
    assert tile.exists()
    right, below = Tile(z, tile.x + 1, tile.y), Tile(z, tile.x, tile.y + 1)
    assert tile.box()["east"] == pytest.approx(right.box()["west"], abs=1e-6)
    assert tile.box()["south"] == pytest.approx(below.box()["north"], abs=1e-6)


@pytest.mark.real_data
def test_cambridge_blocks_are_exact_from_z8_to_z18(db, service):
    if not CAMBRIDGE.exists():
        pytest.skip("../shared/data/cambridge is not here")
    with gzip.open(CAMBRIDGE / "DEMOGRAPHICS_AdjustedBlocks2020.geojson.gz") as file:
        features = json.load(file)["features"]
    with db.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO area (code, name, level, path, geom) VALUES"
            " (%s, %s, 'community', %s::ltree, ST_SetSRID(ST_GeomFromGeoJSON(%s), 4326))",
            [
                (
                    f["properties"]["GEOID20"],
                    f["properties"]["NAME20"],
                    f["properties"]["GEOID20"],
                    json.dumps(f["geometry"]),
                )
                for f in features
            ],
        )
    account(db, "admin")
    client = service.client("admin")
    for zoom in range(8, 19):
        x, y = tile_of(-71.1106, 42.3736, zoom)
        for column, row in ((x, y), (x + 1, y), (x, y + 1)):
            found = set(ids(decode(client, "areas", zoom, column, row), "areas"))
            assert set(expected(db, "area", zoom, column, row, 0)) <= found
            assert found <= set(expected(db, "area", zoom, column, row, 64.5 / 4096))


def test_every_layer_that_is_declared_can_be_drawn(street, service):
    client = service.client("admin")
    x, y = tile_of(118.0901, 36.8549, 17)
    for layer in LAYERS:
        decode(client, layer, 17, x, y)


def test_a_label_says_how_much_room_its_polygon_has(db, street, service):
    client = service.client("admin")
    x, y = tile_of(118.0901, 36.8549, 14)
    for feature in decode(client, "grids_label", 14, x, y)["grids_label"]["features"]:
        area = db.execute("SELECT ST_Area(geom_3857) FROM grid WHERE id = %s", (feature["id"],)).fetchone()[0]
        pixel = 2 * 20037508.342789244 / 2**14 / 512
        assert feature["properties"]["room"] == pytest.approx(area**0.5 / pixel, abs=1)


def test_an_estate_is_named_in_its_middle_and_a_lake_on_its_water(db):
    ring = "POLYGON((118 36, 118.01 36, 118.01 36.01, 118 36.01, 118 36), (118.001 36.001, 118.001 36.009,"
    ring += " 118.009 36.009, 118.009 36.001, 118.001 36.001))"
    for kind, on_it in (("residential", False), ("water", True)):
        row = db.execute(
            "INSERT INTO ground (kind, geom) VALUES (%s, ST_GeomFromText(%s, 4326))"
            " RETURNING ST_Contains(geom_3857, label_3857), ST_Contains(ST_ConvexHull(geom_3857), label_3857)",
            (kind, ring),
        ).fetchone()
        assert row == (on_it, True)
