"""Whom a dispatcher is offered, and how far they walk."""

import shapely

from gis.issues.nearest import distances
from tests.gis.issues.test_loop import act, report

M = 1 / 111_195  # degrees of a metre at the equator


def line(*places):
    return shapely.to_wkb(shapely.LineString([(x * M, y * M) for x, y in places]))


def metres(start, *ends, streets):
    found = distances(streets, (start[0] * M, start[1] * M), [(x * M, y * M) for x, y in ends])
    return [(round(way) if way is not None else None, round(straight)) for way, straight in found]


def test_the_way_follows_the_streets_from_wherever_one_comes_to_them():
    street = [line((0, 0), (800, 0)), line((800, 0), (800, 600))]
    (way, straight), = metres((400, 30), (800, 600), streets=street)  # fmt: skip
    assert straight == 696
    assert 1000 <= way <= 1060, "from the middle of a street that has corners at its ends only"


def test_whoever_stands_beside_it_does_not_walk_to_the_street_and_back():
    street = [line((0, 0), (800, 0))]
    assert metres((400, 100), (400, 100), (410, 120), streets=street) == [(None, 0), (None, 22)]
    assert metres((400, 400), (700, 400), streets=street) == [(None, 300)], "no street is near"


def test_whose_grid_it_is_stands_first_on_duty_or_not(street, service):
    desk = service.client("desk")
    issue = report(desk)

    def offered():
        rows = desk.get(f"/api/issues/{issue['id']}/workers", params={"limit": 1}).json()["workers"]
        return [(row["worker"], row["own"], row["status"], row["metres"], row["along"]) for row in rows]

    assert offered() == [("w1", True, "off_duty", None, "unknown")]
    assert act(desk, issue, "return", note="不在本网格").json()["worker"] is None
    assert offered() == [("w1", True, "off_duty", None, "unknown")]
    assert act(desk, issue, "dispatch", worker="w1").json()["worker"] == "w1"
