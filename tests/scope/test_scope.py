"""Nobody is shown or told of a row outside their scope, whatever the route: towns, accounts and data at random."""

from __future__ import annotations

import contextlib
import io
import json
import os
import struct
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from PIL import Image
from websockets.sync.client import connect

from gis.access.roles import Role
from tests.scope import calls
from tests.scope.calls import ask, differs, leaks, reads, standing, writes
from tests.scope.declared import ROUTES, Asks, Open
from tests.scope.town import NOW, Shape, marks, shapes

EXAMPLES = int(os.environ.get("GRIDTWIN_SCOPE_EXAMPLES", "2"))


@settings(
    max_examples=EXAMPLES, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(shape=shapes())
def test_no_route_shows_or_tells_of_a_row_outside_the_scope(new_database, shape):
    with standing(new_database(), shape) as (town, client):
        shown: set[str] = set()
        wrong: list[str] = []
        for turn, asker in enumerate(town.askers):
            asked = reads(town, asker, dear=turn == 2)
            before = {call: ask(client, call, asker) for call in asked}
            for call, answer in before.items():
                wrong += leaks(asker, call, answer)
                if answer.status == 200 and marks(answer.body):
                    shown.add(call.route)
            town.change_outside(asker)
            for call in asked:
                after = ask(client, call, asker)
                wrong += [*leaks(asker, call, after), *differs(call, before[call], after)]
        assert not wrong, "\n".join(wrong[:20])
        levels = any(town.askers[0].sees(area.index) for area in town.areas if not area.leaf)
        silent = {
            route
            for route, how in ROUTES.items()
            if isinstance(how, Asks) and how.shows and not how.dear and (levels or not how.below)
        } - shown
        assert not silent, (
            f"never showed anybody a row, so their calls prove nothing (tests/scope/declared.py): {silent}"
        )
        for asker in town.askers:
            for call in writes(town, asker):
                kept = calls.held(town.db)
                answer = ask(client, call, asker)
                assert not leaks(asker, call, answer), leaks(asker, call, answer)
                if not ROUTES[call.route].creates:
                    assert answer.status in (400, 403, 404, 409, 422), f"{call} of {asker}: {answer}"
                    assert calls.held(town.db) == kept, f"{call} of {asker} changed something outside the scope"


TOWN = Shape((1, 2), 2, ((Role.STATION_HEAD, frozenset({3})), (Role.HANDLER, frozenset({2}))), 1)
"""city 0; street 1 with community 2; street 3 with communities 4 and 5."""


def test_nobody_gets_anything_without_signing_in(new_database):
    with standing(new_database(), TOWN) as (town, client):
        asker = next(one for one in town.askers if one.username == "everything")
        for call in [*reads(town, asker, dear=True), *writes(town, town.askers[2])]:
            refused = 403 if call.path.startswith("/open311/") else 401  # GeoReport v2: 403 for a missing key
            assert ask(client, call, None).status == refused, call
        for route, how in ROUTES.items():
            method, path = route.split(" ")
            if isinstance(how, Open) and "{" not in path:
                answer = client.request(method, path)
                assert answer.status_code in (200, 404, 503), route
                assert not marks(answer.content), route


def test_live_connections_tell_of_no_worker_outside_the_scope(new_database):
    with standing(new_database(), TOWN) as (town, client):
        watching = [town.asker(f"wall{n}", Role.VIEWER, places) for n, places in enumerate([{3}, {2}, {0}, set()])]
        url = str(client.base_url).replace("http", "ws")
        with contextlib.ExitStack() as stack:
            for asker in watching:
                asker_token = {"Authorization": f"Bearer {asker.token}"}
                socket = stack.enter_context(connect(f"{url}/live?format=json", additional_headers=asker_token))
                frames = stack.enter_context(connect(f"{url}/live", additional_headers=asker_token))
                told = json.loads(socket.recv(timeout=20))
                seen = {row[0] for worker in told["workers"] for row in marks(worker["id"].encode())}
                assert seen == {area.index for area in town.areas if area.leaf and asker.sees(area.index)}
                number_of_cells, at, areas = *struct.unpack_from("<16xI", message := frames.recv(timeout=20)), 20, set()
                for _ in range(number_of_cells):
                    area, _, _, count = struct.unpack_from("<IHHI", message, at)
                    areas.add(area)
                    at += 12 + 8 * (0 if count >> 31 else count & 0x3FFFFFFF)
                assert areas == {area.id for area in town.areas if area.index in seen}
                for index, tokens in town.phones.items():  # moves: the neighbours' first, then one's own
                    if not asker.sees(index):
                        _moves(client, town, index, tokens[0])
                own = next((index for index in town.phones if asker.sees(index)), None)
                if own is not None:
                    _moves(client, town, own, town.phones[own][0])
                    assert all(asker.may_see(row) for row in marks(socket.recv(timeout=20).encode()))


def _moves(client, town, index, token):
    town.made += 1
    at = (NOW + timedelta(seconds=town.made)).isoformat()
    fix = {"lon": town.areas[index].lon + town.made * 1e-5, "lat": 36.051, "at": at}
    sent = client.post("/api/fixes", json={"fixes": [fix]}, headers={"Authorization": f"Bearer {token}"})
    assert sent.json()["accepted"] == 1, sent.text


def test_photos_of_issues_outside_the_scope_are_neither_taken_nor_shown(new_database, tmp_path):
    with standing(new_database(), TOWN, data_dir=tmp_path) as (town, client):
        west, east = (town.asker(f"d{n}", Role.DISPATCHER, frozenset({n})) for n in (2, 4))
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "JPEG")
        path = f"/api/issues/{town.keys['issue', 2][0]}/photos"

        def post(asker):
            headers = {"Authorization": f"Bearer {asker.token}"}
            return client.post(path, files={"photo": ("a.jpg", picture.getvalue())}, headers=headers)

        assert client.post(path, files={"photo": ("a.jpg", picture.getvalue())}).status_code == 401
        assert post(east).status_code == 404
        photo = post(west).json()["photo"]
        for asker, status in ((west, 200), (east, 404)):
            assert client.get(photo, headers={"Authorization": f"Bearer {asker.token}"}).status_code == status
        assert client.get(photo).status_code == 401
