"""The public view: everything moved alike, nobody in it, and only where an operator opened it."""

import mapbox_vector_tile
import pytest
from pydantic import ValidationError

from gis.settings import Settings
from tests.tiles.test_tiles import street, tile_of  # noqa: F401 - a fixture

EAST, NORTH = 420.0, -260.0


def decode(content):
    return mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})


def test_strangers_see_shapes_moved_alike_and_no_people(dsn, db, street, run_service):  # noqa: F811 - the fixture
    open_to_all = run_service(dsn, public_offset=(EAST, NORTH), map_approval="鲁S 1 号")
    stranger, own = open_to_all.client(), run_service(dsn).client("admin")
    told = stranger.get("/public/twin.json").json()
    assert told["approval"] == "鲁S 1 号"
    west, south = db.execute(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_Translate(ST_Transform("
        "ST_SetSRID(ST_MakePoint(118.08, 36.85), 4326), 3857), %s, %s), 4326) AS p) moved",
        (EAST, NORTH),
    ).fetchone()
    assert told["bounds"][:2] == pytest.approx([west, south], abs=1e-9)

    z = 14
    x, y = tile_of(118.09, 36.855, z)
    public = decode(stranger.get(f"/public/tiles/areas,buildings/{z}/{x}/{y}.pbf").content)
    exact = decode(own.get(f"/tiles/areas,buildings/{z}/{x}/{y}.pbf").content)
    unit = 40075016.6855785 / 2**z / 4096

    def corner(tile, layer):
        whole = [f for f in tile[layer]["features"] if f["geometry"]["type"] == "Polygon"]
        rings = {f["id"]: f["geometry"]["coordinates"][0] for f in whole}
        return {number: (min(p[0] for p in ring), max(p[1] for p in ring)) for number, ring in rings.items()}

    shared = corner(public, "buildings").keys() & corner(exact, "buildings").keys()
    inside = [n for n in shared if 600 < corner(exact, "buildings")[n][0] < 3000]
    assert inside
    for number in inside:
        (x0, y0), (x1, y1) = corner(exact, "buildings")[number], corner(public, "buildings")[number]
        assert (x1 - x0, y1 - y0) == pytest.approx((EAST / unit, -NORTH / unit), abs=2)

    for path in ("addresses", "workers", "issues", "facilities", "buildings_label"):
        assert stranger.get(f"/public/tiles/{path}/{z}/{x}/{y}.pbf").status_code == 404
    assert stranger.get(f"/public/tiles/buildings/16/{2 * x}/{2 * y}.pbf").status_code == 404, "households from here on"
    assert "households" not in str(public)
    assert stranger.get("/api/areas").status_code == 401


def test_without_an_offset_there_is_no_public_view(service):
    for path in ("/public/twin.json", "/public/tiles/areas/4/13/6.pbf"):
        assert service.client().get(path).status_code == 404


@pytest.mark.parametrize("given", ["120", "a,b", "0,0", "9000,0"])
def test_an_offset_that_is_none_is_refused(monkeypatch, given):
    monkeypatch.setenv("GRIDTWIN_PUBLIC_OFFSET", given)
    with pytest.raises(ValidationError, match="an offset is"):
        Settings()
