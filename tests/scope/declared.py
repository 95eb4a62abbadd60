"""How the tests of scope call every route: one line for each, found by `METHOD path`.

A new route fails `test_every_route_says_how_its_scope_is_tested` until it stands in ROUTES. Most need one line:

    "GET /api/geofences": Asks(),                                   a list: rows of the scope and no others
    "GET /api/geofences/{geofence_id}": Asks({"geofence_id": Row("geofence")}),      one row
    "GET /api/statistics": Asks({"area": Row("area")}, {"day": "2026-05-01"}),            one call each
    "POST /api/geofences": Changes({"name": "x", "area": Row("area")}),  writes: refused for what lies outside
    "GET /api/weather": Open("the same for everybody, no row of the twin"),

`Row(kind)` stands for the key of a row of the random town: some inside the scope, some outside. A kind of row that the
town doesn't have yet (`geofence`) is added in tests/scope/town.py: `Town._things` makes one in every area, with `mark()`
in its text columns, and `Town.change_outside` changes it. The mark says in whose area the row lies; that is how a row
is recognised in any answer, whatever its format.

What is then tested, for accounts of all roles with areas at random:
- no answer bears the mark of a row outside the scope, or of a kind that the role may not see (`NEEDS`);
- no answer is another when everything outside the scope has changed: counts, extents, suggestions, orders, refusals,
  tiles and their ETags included (`steady=False` for what differs with each call; say why beside it);
- each route showed somebody a row at least once, or the call proves nothing (`shows=False` where no row is marked);
- no write touches a row outside the scope;
- nobody gets anything without signing in, but of `Open` routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gis.access.roles import Permission


@dataclass(frozen=True)
class Row:
    """The key of a row of the town: of each kind some inside and some outside the scope are tried."""

    kind: str


@dataclass(frozen=True)
class Open:
    """A route that answers strangers too; `why` says why nothing in it needs a scope."""

    why: str


@dataclass(frozen=True)
class Own:
    """A route that concerns only whoever asks: a stranger is refused; `tested` is the test of the rest."""

    tested: str


@dataclass(frozen=True, init=False)
class Asks:
    """A route that shows rows of the twin. Each mapping is one call: what the path names goes there, the rest behind ?."""

    calls: tuple[Mapping[str, Any], ...]
    body: Mapping[str, Any] | None
    """What a POST that only reads sends with each call."""
    steady: bool
    shows: bool
    below: bool
    """Whether only somebody who sees an area with others below it is shown anything."""
    dear: bool
    """Whether a call takes a process of its own: asked for one account of a town only."""

    def __init__(
        self,
        *calls: Mapping[str, Any],
        body: Mapping[str, Any] | None = None,
        steady: bool = True,
        shows: bool = True,
        below: bool = False,
        dear: bool = False,
    ) -> None:
        said = {
            "calls": calls or ({},), "body": body, "steady": steady, "shows": shows, "below": below, "dear": dear,
        }  # fmt: skip
        for name, value in said.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Changes:
    """A route that writes: with rows outside the scope in its path or body it is refused, and nothing outside moves."""

    body: Mapping[str, Any] | None = None
    path: Mapping[str, Any] = field(default_factory=dict)
    creates: bool = False
    """Whether a row outside the scope may be named nowhere in it, so that it may well succeed."""


@dataclass(frozen=True)
class Elsewhere:
    """A way in that isn't plain HTTP, or takes a file: the test (path::name) that stands for it."""

    tested: str


SOCKET = Elsewhere("tests/scope/test_scope.py::test_live_connections_tell_of_no_worker_outside_the_scope")
BOX = "118,36,118.4,36.4"
Z, X, Y = 11, 1695, 804
"""The tile that holds the whole town."""
_TILE = {"z": Z, "x": X, "y": Y}
ZONE = {"type": "Polygon", "coordinates": [[[118, 36], [118.2, 36], [118.2, 36.1], [118, 36.1], [118, 36]]]}
_GROUPS = ("areas,areas_label,grids,grids_label", "buildings,buildings_label,facilities", "issues", "workers")
_NEAR = {"z": 16, "x": Row("column"), "y": Row("line")}

ROUTES: dict[str, Open | Own | Asks | Changes | Elsewhere] = {
    # operation and pages
    "GET /healthz": Open("says that the process answers"),
    "GET /readyz": Open("says that the service is ready"),
    "GET /metrics": Open("figures of the process, for the operator's network; the proxy keeps it from others"),
    "GET /docs": Open("the API's documentation"),
    "GET /docs/start.js": Open("a script"),
    "GET /openapi.json": Open("the API's documentation"),
    "GET /ca.crt": Open("a certificate to trust"),
    "GET /": Open("a page; it asks for its data"),
    "GET /admin": Open("a page; it asks for its data"),
    "GET /phone": Open("a page; it asks for its data"),
    "GET /planner": Open("a page; it asks for its data"),
    "GET /wall": Open("a page; it asks for its data"),
    "GET /desk": Open("a page; it asks for its data"),
    "GET /enter/wall": Open("a page that hands a wall's secret over"),
    "GET /enter/wall.js": Open("a script"),
    # signing in and out
    "GET /public": Open("a page; it asks for the public view"),
    "GET /public/tiles/{layers}/{z}/{x}/{y}.pbf": Open("404 unless an operator opens a public view without people"),
    "GET /public/twin.json": Open("404 unless an operator opens a public view without people"),
    "GET /api/demo/guide": Own("tests/gridtwin/demo/test_guide.py::test_only_whoever_may_be_everybody_is_guided"),
    "GET /api/demo/guide/phone": Own("tests/gridtwin/demo/test_guide.py::test_only_whoever_may_be_everybody_is_guided"),
    "GET /api/demo/guide/buildings.geojson": Own(
        "tests/gridtwin/demo/test_guide.py::test_only_whoever_may_be_everybody_is_guided"
    ),
    "GET /enter": Own("tests/gis/test_access.py::test_one_click_links_exist_only_where_they_are_given"),
    "GET /api/session": Own("tests/gis/test_access.py::test_the_cookie_is_kept_from_scripts_and_other_sites"),
    "POST /api/session": Own("tests/gis/test_access.py::test_a_wrong_password_and_an_unknown_account_get_the_same_answer"),
    "DELETE /api/session": Own("tests/gis/test_access.py::test_signing_out_ends_the_token"),
    "POST /api/session/link": Own("tests/gis/access/test_walls_and_keys.py::test_a_wall_opens_its_link_once_and_sees_its_areas_only"),
    "POST /api/session/password": Own("tests/gis/access/test_accounts.py::test_changing_ones_own_password_ends_the_other_sign_ins"),
    # the twin
    "GET /api/session/ways": Open("names the OpenID provider"),
    "GET /api/session/oidc": Own("tests/gis/access/test_openid.py::test_somebody_with_an_account_signs_in_at_the_provider"),
    "GET /api/session/oidc/callback": Own("tests/gis/access/test_openid.py::test_what_did_not_begin_here_ends_nowhere"),
    "GET /api/twin": Asks(shows=False),
    "GET /api/areas": Asks({}, {"level": "community"}, {"parent": Row("area")}),
    "GET /api/areas/{code}": Asks({"code": Row("area")}),
    "GET /api/areas/{code}/summary": Asks({"code": Row("area")}, shows=False),
    "GET /api/areas/{code}/parts": Asks({"code": Row("area")}, below=True),
    "GET /api/areas/{code}/grids": Asks({"code": Row("area")}),
    "GET /api/buildings": Asks({}, {"area": Row("area")}, {"grid": Row("grid")}),
    "GET /api/grids/{grid_id}": Asks({"grid_id": Row("grid")}),
    "GET /api/plans": Asks(shows=False),
    "GET /api/buildings/{building_id}": Asks({"building_id": Row("building")}),
    "GET /api/buildings/{building_id}/estate": Asks({"building_id": Row("building")}),
    "GET /api/buildings/{building_id}/households": Asks({"building_id": Row("building")}),
    "GET /api/facilities/{facility_id}": Asks({"facility_id": Row("facility")}),
    "GET /api/addresses/search": Asks({"q": "address", "limit": 100}, {"q": "zq", "near": "118.1,36.1"}, {"q": "1-1-101"}),
    "GET /api/addresses/reverse": Asks({"lon": Row("lon"), "lat": 36.05}, {"lon": 118.101, "lat": 36.05, "limit": 100}),
    "GET /api/search": Asks(
        {"q": "zq", "limit": 50}, {"q": "同名小区"}, {"q": "building", "limit": 50}, {"q": Row("area")},
        {"q": "address", "near": "118.1,36.05", "limit": 50},
    ),
    "GET /api/coordinates": Asks({"lon": 118, "lat": 36}, shows=False),
    "GET /backgrounds/{code}/{z}/{x}/{y}": Own("tests/tiles/test_backgrounds.py::test_strangers_get_no_background"),
    "GET /api/coordinates/read": Asks({"q": "118, 36"}, shows=False),
    "GET /api/export/{kind}": Asks({"format": "geojson", "kind": Row("export")}, dear=True),
    # tiles
    "GET /tiles/{layers}/{z}/{x}/{y}.pbf": Asks(
        *({"layers": group, **_TILE} for group in _GROUPS),
        {"layers": "buildings,buildings_label,facilities,addresses,issues", **_NEAR},
    ),
    "GET /tiles/{layers}.json": Asks(
        {"layers": "areas"}, {"layers": "buildings,addresses"}, {"layers": "grids,issues,facilities"}, shows=False
    ),
    "GET /tiles/style.json": Asks(shows=False),
    "GET /ogc": Open("says what there is, no row of the twin"),
    "GET /ogc/conformance": Open("names standards"),
    "GET /ogc/tileMatrixSets": Open("names a tiling"),
    "GET /ogc/tileMatrixSets/WebMercatorQuad": Open("describes a tiling"),
    "GET /ogc/tiles": Asks(shows=False),
    "GET /ogc/tiles/WebMercatorQuad": Asks({"collections": "buildings"}, {}, shows=False),
    "GET /ogc/tiles/WebMercatorQuad/{z}/{y}/{x}": Asks({"collections": "areas,buildings,grids", **_TILE}),
    "GET /ogc/collections": Asks(shows=False),
    "GET /ogc/collections/{name}": Asks({"name": "buildings"}, {"name": "workers"}, shows=False),
    "GET /ogc/collections/{name}/items": Asks(
        *({"name": name, "limit": 1000} for name in ("areas", "grids", "buildings", "facilities", "issues", "workers")),
        {"name": "buildings", "bbox": BOX, "limit": 3},
    ),
    "GET /ogc/collections/{name}/items/{feature}": Asks(
        {"name": "buildings", "feature": Row("building")}, {"name": "issues", "feature": Row("issue")}
    ),
    # workers and phones
    "POST /api/fixes": Own("tests/live/test_doors.py::test_only_phones_may_send_and_phones_may_only_send"),
    "GET /osmand": Own("tests/live/test_doors.py::test_traccar_client_and_osmand_get_an_empty_200_and_an_unknown_id_400"),
    "POST /osmand": Own("tests/live/test_doors.py::test_traccar_client_and_osmand_get_an_empty_200_and_an_unknown_id_400"),
    "POST /owntracks": Own("tests/live/test_doors.py::test_owntracks_gets_an_array"),
    "POST /overland": Own("tests/live/test_doors.py::test_overland_hears_ok_and_nothing_else"),
    "WEBSOCKET /live": SOCKET,
    "GET /api/workers": Asks({}, {"all": True}),
    "GET /api/workers/{worker}": Asks({"worker": Row("worker")}),
    "GET /api/workers/{worker}/track": Asks({"reason": "核查", "worker": Row("worker")}, {"format": "gpx", "worker": Row("worker")}),
    "GET /api/workers/near": Asks({"lon": Row("lon"), "lat": 36.05, "radius": 1000, "reason": "核查"}),
    "GET /api/zones": Asks(),
    "POST /api/zones": Changes({"name": "x", "area": Row("area"), "geometry": ZONE}),
    "GET /api/zones/{zone_id}": Asks({"zone_id": Row("zone")}),
    "PATCH /api/zones/{zone_id}": Changes({"name": "x"}, {"zone_id": Row("zone")}),
    "DELETE /api/zones/{zone_id}": Changes(path={"zone_id": Row("zone")}),
    "GET /api/targets": Asks({}, {"area": Row("area")}),
    "POST /api/targets": Changes({"name": "x", "area": Row("area"), "geometry": ZONE}),
    "GET /api/targets/{target_id}": Asks({"target_id": Row("target")}),
    "PATCH /api/targets/{target_id}": Changes({"visits": 2}, {"target_id": Row("target")}),
    "DELETE /api/targets/{target_id}": Changes(path={"target_id": Row("target")}),
    "GET /api/geofence-events": Asks(
        {"from": "2026-05-20", "to": "2026-05-21"}, {"from": "2026-05-20", "to": "2026-05-21", "area": Row("area")}
    ),
    "GET /api/coverage": Asks({"missing": True}, {"area": Row("area"), "missing": True}),
    "GET /api/replay": Asks({"reason": "核查"}, {"area": Row("area"), "reason": "核查"}),
    "GET /api/devices": Asks({}, {"worker": Row("worker")}),
    "POST /api/devices": Changes({"worker": Row("worker"), "app": "gridtwin"}),
    "GET /api/devices/{device_id}": Asks({"device_id": Row("device")}),
    "PATCH /api/devices/{device_id}": Changes({"name": "x"}, path={"device_id": Row("device")}),
    "DELETE /api/devices/{device_id}": Changes(path={"device_id": Row("device")}),
    "GET /api/duty": Own("tests/gis/test_duty.py::test_switching_is_the_phones_own"),
    "POST /api/duty": Own("tests/gis/test_duty.py::test_switching_is_the_phones_own"),
    "GET /api/duty/hours": Asks(),
    "PUT /api/duty/hours": Changes(
        {"worker": Row("worker"), "hours": [{"weekdays": [1], "starts": "08:00", "ends": "18:00"}]}
    ),
    "POST /api/enrolments": Changes({"worker": Row("worker")}),
    "POST /api/enrolments/look": Own("tests/gis/test_enrolment.py::test_a_code_makes_one_phone_and_only_when_it_is_spent"),
    "POST /api/enrolments/spend": Own("tests/gis/test_enrolment.py::test_a_code_makes_one_phone_and_only_when_it_is_spent"),
    "POST /api/enrolments/place": Own("tests/gis/test_enrolment.py::test_an_offset_tells_the_coordinate_system_of_a_phone"),
    "GET /api/people": Asks({}, {"q": "worker"}),
    # accounts, walls, keys, the audit
    "GET /api/roles": Asks(shows=False),
    "GET /api/accounts": Asks(),
    "POST /api/accounts": Changes({"username": "intruder", "role": "viewer", "areas": [Row("area")]}),
    "PATCH /api/accounts/{account_id}": Changes({"display_name": "x"}, path={"account_id": Row("account")}),
    "DELETE /api/accounts/{account_id}": Changes(path={"account_id": Row("account")}),
    "GET /api/walls": Asks(),
    "POST /api/walls": Changes({"name": "x", "areas": [Row("area")]}),
    "POST /api/walls/{wall_id}/link": Changes(path={"wall_id": Row("wall")}),
    "DELETE /api/walls/{wall_id}": Changes(path={"wall_id": Row("wall")}),
    "POST /api/walls/beat": Own("tests/gis/test_walls_running.py::test_operators_see_every_wall_of_theirs_with_its_picture"),
    "GET /api/walls/screens": Asks(),
    # names screens of centres above and below on purpose: a scene can be shown on them
    "GET /api/walls/screens/others": Own("tests/gis/test_walls_running.py::test_a_centre_shows_another_only_what_both_see"),
    "GET /api/walls/screens/{screen_id}/picture": Asks({"screen_id": Row("screen")}, shows=False),
    "POST /api/walls/screens/{screen_id}/show": Changes(
        {"name": "x", "area": Row("area"), "address": "#map=14/36/118"}, path={"screen_id": Row("screen")}
    ),
    "GET /api/walls/scenes": Asks({}, {"centre": Row("area")}),
    "POST /api/walls/scenes": Changes({"centre": Row("area"), "name": "x", "address": "#map=14/36/118"}),
    "PATCH /api/walls/scenes/{scene_id}": Changes({"name": "x"}, path={"scene_id": Row("scene")}),
    "DELETE /api/walls/scenes/{scene_id}": Changes(path={"scene_id": Row("scene")}),
    "POST /api/zones/query": Asks({}, {"format": "csv"}, body={"geometry": ZONE}),
    "GET /api/keys": Asks(),
    "POST /api/keys": Changes({"name": "x", "areas": [Row("area")]}),
    "DELETE /api/keys/{key_id}": Changes(path={"key_id": Row("key")}),
    "GET /api/audit": Asks({"action": "thing"}, steady=False),  # reading it adds a row
    "GET /api/audit.csv": Asks({"action": "thing"}, steady=False),
    # issues
    "GET /api/issues": Asks(
        {"limit": 1000}, {"state": "待处理,待核查"}, {"area": Row("area")}, {"bbox": BOX}, {"before": Row("issue")}, {"q": "楼"},
        {"overdue": True}, {"worker": Row("worker")},
    ),
    "POST /api/issues": Changes({"text": "楼道堆物", "lon": Row("lon"), "lat": 36.05}, creates=True),
    "GET /api/issues/classes": Asks(shows=False),
    "GET /api/issues/statistics": Asks({}, {"area": Row("area")}, {"format": "csv"}),
    "GET /api/issues/hotspots": Asks({}, {"area": Row("area")}, shows=False),
    "GET /api/issues/export": Asks({"limit": 1000}, {"area": Row("area")}),
    "POST /api/issues/import": Elsewhere("tests/gis/issues/test_intake.py::test_a_csv_of_the_hotline_is_taken_in_once_or_refused_whole"),
    "GET /api/issues/{issue_id}/caller": Elsewhere("tests/gis/issues/test_intake.py::test_a_call_is_one_issue_and_who_called_is_hidden"),
    "GET /api/issues/{issue_id}/workers": Asks({"issue_id": Row("issue")}, shows=False),
    "GET /api/issues/{issue_id}/units": Asks({"issue_id": Row("issue")}, shows=False),
    "PUT /api/issues/classes/{code}": Elsewhere("tests/gis/issues/test_managing.py::test_only_an_administrator_of_all_areas_sets_what_counts_for_all"),
    "GET /api/issues/limits": Asks(shows=False),
    "PUT /api/issues/limits": Elsewhere("tests/gis/issues/test_managing.py::test_only_an_administrator_of_all_areas_sets_what_counts_for_all"),
    "DELETE /api/issues/limits/{limit_id}": Elsewhere("tests/gis/issues/test_managing.py::test_only_an_administrator_of_all_areas_sets_what_counts_for_all"),
    "PUT /api/issues/rules/{area}": Elsewhere("tests/gis/issues/test_managing.py::test_the_2341_rule_is_switched_on_for_one_community"),
    "GET /api/issues/webhooks": Asks(shows=False),
    "POST /api/issues/webhooks": Elsewhere("tests/gis/issues/test_managing.py::test_only_an_administrator_of_all_areas_sets_what_counts_for_all"),
    "DELETE /api/issues/webhooks/{webhook_id}": Elsewhere("tests/gis/issues/test_managing.py::test_only_an_administrator_of_all_areas_sets_what_counts_for_all"),
    "GET /api/issues/deliveries": Asks(shows=False),
    "POST /api/issues/deliveries/{delivery_id}/retry": Elsewhere("tests/gis/issues/test_managing.py::test_webhooks_are_signed_retried_and_listed_when_they_are_dead"),
    **{f"GET /open311/v2/services{end}": Open("the classes, the same for everybody") for end in ("", ".{form}", "/{code}", "/{code}.{form}")},
    **{f"POST /open311/v2/requests{end}": Elsewhere("tests/gis/issues/test_intake.py::test_open311_in_json_and_xml") for end in ("", ".{form}")},
    "GET /open311/v2/requests": Asks({}),
    "GET /open311/v2/requests.{form}": Asks({"form": "xml"}),
    "GET /open311/v2/requests/{request_id}": Asks({"request_id": Row("issue")}),
    "GET /open311/v2/requests/{request_id}.{form}": Asks({"request_id": Row("issue"), "form": "xml"}),
    "GET /api/issues/recurring": Asks({}, {"area": Row("area"), "least": 2}, shows=False),
    "GET /api/issues/guess": Asks({"text": "楼道堆物"}, shows=False),
    "GET /api/issues/{issue_id}": Asks({"issue_id": Row("issue")}),
    "POST /api/issues/{issue_id}/actions": Changes({"action": "note", "note": "x"}, path={"issue_id": Row("issue")}),
    "POST /api/issues/{issue_id}/photos": Elsewhere("tests/scope/test_scope.py::test_photos_of_issues_outside_the_scope_are_neither_taken_nor_shown"),
    "GET /api/issues/{issue_id}/photos/{photo_id}": Elsewhere("tests/scope/test_scope.py::test_photos_of_issues_outside_the_scope_are_neither_taken_nor_shown"),
    # files of planners
    "GET /api/imports": Asks(shows=False),
    "POST /api/imports": Elsewhere("tests/importers/test_browser_imports.py::test_a_planner_of_one_community_changes_nothing_outside_it"),
    **{
        f"{method} /api/imports/{{job_id}}{rest}": Elsewhere("tests/importers/test_browser_imports.py::test_only_who_may_import_and_nobody_elses_upload")
        for method, rest in (
            ("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("POST", "/check"), ("GET", "/findings"), ("POST", "/inspect"),
            ("GET", "/preview"), ("POST", "/run"),
        )
    },
    "POST /api/imports/{number}/undo": Elsewhere("tests/importers/test_browser_imports.py::test_a_planner_of_one_community_changes_nothing_outside_it"),
}  # fmt: skip

NEEDS: dict[str, Permission] = {
    "address": Permission.SEE_FINE,
    "worker": Permission.SEE_WORKERS,
    "device": Permission.ENROL,
    "account": Permission.ADMINISTER,
    "wall": Permission.ADMINISTER,
    "key": Permission.ADMINISTER,
    "scene": Permission.SHOW,
    "zone": Permission.SEE_WORKERS,
    "target": Permission.SEE_WORKERS,
    "act": Permission.AUDIT,
}
"""What a role has to be allowed to see rows of a kind; kinds that aren't here are public service elements."""
