"""The tests of scope are seen to fail: taking the predicate out of one place of the code is noticed, in every room."""

from gis.access.roles import Role
from tests.scope.calls import ask, differs, leaks, reads, standing
from tests.scope.taking_out import Watched
from tests.scope.test_scope import TOWN

SHOWN = {
    ("gis.areas.hierarchy", "listing", "sql"): "GET /api/areas",
    ("gis.buildings", "card", "sql"): "GET /api/buildings/{building_id}",
    ("gis.areas.grids", "card", "sql"): "GET /api/grids/{grid_id}",
    ("gis.search", "search", "sql"): "GET /api/search",
    ("gis.issues.visible", "predicate", "sql"): "GET /api/issues",
    ("gis.access.people", "listing", "sql"): "GET /api/people",
    ("gis.access.device_register", "listing", "sql"): "GET /api/devices",
    ("live.routes", "_seen", "sees"): "GET /api/workers/{worker}",
    ("live.zone", "inside", "sql"): "POST /api/zones/query",
    ("tiles.render", "render_all", "everywhere"): "GET /tiles/{layers}/{z}/{x}/{y}.pbf",
}
"""Where the predicate is taken out, and a route that shows rows of others then."""
TOLD = {
    ("gis.twin", "get_twin", "sql"): "GET /api/twin",
    ("tiles.tilejson", "_extent_query", "sql"): "GET /tiles/{layers}.json",
    ("gis.issues.statistics", "statistics", "sql"): "GET /api/issues/statistics",
}
"""Where it is taken out, and a route whose extents or numbers then change with what others have."""


def test_taking_the_predicate_out_of_one_place_is_noticed(new_database):
    with Watched().standing() as watched, standing(new_database(), TOWN) as (town, client):
        asker = town.asker("limited", Role.ADMINISTRATOR, frozenset({3}))
        asked = reads(town, asker, dear=False)

        def answers(place, route):
            watched.out = place
            try:
                return {call: ask(client, call, asker) for call in asked if call.route == route}
            finally:
                watched.out = None

        wrong = []
        for place, route in SHOWN.items():
            for out in (None, place):
                watched.asked.clear()
                town.stale()
                try:
                    found = [
                        leak for call, answer in answers(out, route).items() for leak in leaks(asker, call, answer)
                    ]
                except AssertionError as failed:  # a 500, which fails the other tests as well
                    found = [str(failed)]
                if place not in watched.asked or bool(found) != (out is not None):
                    wrong.append(f"{route}: {place}, taken out: {out is not None}, finds {found[:2]}")
        before = {(place, out): answers(out, route) for place, route in TOLD.items() for out in (None, place)}
        town.change_outside(asker)
        for place, route in TOLD.items():
            for out in (None, place):
                watched.asked.clear()
                after = answers(out, route)
                found = [
                    one for call, answer in after.items() for one in differs(call, before[place, out][call], answer)
                ]
                if place not in watched.asked or bool(found) != (out is not None):
                    wrong.append(f"{route}: {place}, taken out: {out is not None}, finds {found[:2]}")
        assert not wrong, "\n".join(wrong)
