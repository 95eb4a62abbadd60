"""The tests of scope are seen to fail: taking the predicate out of one place of the code is noticed."""

from gis.access.roles import Role
from tests.scope.calls import ask, leaks, reads, standing
from tests.scope.taking_out import Watched
from tests.scope.test_scope import TOWN

PLACES = {
    ("gis.areas.hierarchy", "listing", "sql"): "GET /api/areas",
    ("gis.buildings", "card", "sql"): "GET /api/buildings/{building_id}",
    ("gis.areas.grids", "card", "sql"): "GET /api/grids/{grid_id}",
    ("gis.search", "search", "sql"): "GET /api/search",
    ("gis.issues.visible", "predicate", "sql"): "GET /api/issues",
    ("gis.access.people", "listing", "sql"): "GET /api/people",
    ("gis.access.device_register", "listing", "sql"): "GET /api/devices",
}
"""Where the predicate is taken out, and a route that shows what lies outside then."""


def test_taking_the_predicate_out_of_one_place_is_noticed(new_database):
    with Watched().standing() as watched, standing(new_database(), TOWN) as (town, client):
        asker = town.asker("limited", Role.ADMINISTRATOR, frozenset({3}))
        asked = reads(town, asker, dear=False)
        for place, route in PLACES.items():
            mine = [call for call in asked if call.route == route]
            for out in (None, place):
                watched.out = out
                watched.asked.clear()
                found = []
                for call in mine:
                    try:
                        found += leaks(asker, call, ask(client, call, asker))
                    except AssertionError as failed:  # a 500, which fails the other tests as well
                        found.append(str(failed))
                assert place in watched.asked, f"{route} no longer asks the scope in {place}"
                assert bool(found) == (out is not None), f"{route} with {out} taken out: {found[:3]}"
            watched.out = None
