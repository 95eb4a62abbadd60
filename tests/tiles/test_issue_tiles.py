"""Issues in tiles: each by itself from near, gathered from afar, and none lost in between."""

from tests.gis.issues.conftest import street  # noqa: F401 - a fixture
from tests.gis.issues.test_loop import report
from tests.tiles.test_tiles import decode, tile_of


def shown(client, zoom, lon=118.0102, lat=36.0102):
    tile = decode(client, "issues", zoom, *tile_of(lon, lat, zoom))
    return tile.get("issues", {"features": []})["features"]


def test_many_are_one_point_from_afar_that_says_how_many_and_when_the_first_is_due(street, service, db):  # noqa: F811
    desk = service.client("desk")
    made = [report(desk, lon=118.0102 + step * 1e-5) for step in range(5)]
    other = report(desk, text="路灯坏了不亮")
    near = shown(desk, 16)
    assert {one["id"] for one in near} == {one["id"] for one in [*made, other]}
    assert {one["properties"]["area"] for one in near} == {"s0"}
    far = {one["properties"]["class"]: one for one in shown(desk, 10)}
    waste, lamp = far[made[0]["class"]]["properties"], far[other["class"]]
    assert (waste["count"], lamp["id"], lamp["properties"].get("count")) == (5, other["id"], None)
    db.execute('UPDATE issue SET deadlines = \'{"handle": "2020-01-01T00:00:00Z"}\' WHERE id = %s', (made[2]["id"],))
    assert {one["properties"]["class"]: one for one in shown(desk, 10)}[made[0]["class"]]["properties"][
        "due"
    ] == 1577836800
    assert sum(one["properties"].get("count", 1) for one in shown(desk, 4)) == 6
    db.execute("UPDATE issue SET state = '已归档'")
    assert shown(desk, 10) == shown(desk, 16) == []
