"""Calls of every declared route, by every asker, and what is wrong with the answers."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg

from gis.clock import FixedClock
from gis.settings import Settings
from gridtwin.app import create_app
from tests.conftest import serving
from tests.scope.declared import ROUTES, Asks, Changes, Row
from tests.scope.routes import routes_of
from tests.scope.town import NOW, Asker, Shape, Town, marks

_TABLES = (
    "area", "building", "address", "facility", "grid", "grid_code", "plan", "street", "ground", "worker", "post",
    "device", "duty_hours", "enrolment", "account", "account_area", "wall", "wall_screen", "wall_scene", "api_key", "issue",
    "issue_event",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One request: `route` is its declaration's key, `about` the area whose keys it names, None when it names none."""

    route: str
    path: str
    query: tuple[tuple[str, Any], ...] = ()
    body: str | None = None
    about: int | None = None


@dataclass(frozen=True)
class Answer:
    """What a client can tell answers apart by."""

    status: int
    body: bytes
    etag: str | None

    def __str__(self) -> str:
        return f"{self.status} {self.body[:600]!r}"


@contextlib.contextmanager
def standing(dsn: str, shape: Shape, **chosen: Any) -> Iterator[tuple[Town, httpx.Client]]:
    """A town, and a service that shows it with every worker seen once."""
    with psycopg.connect(dsn, autocommit=True) as db:
        town = Town(db, shape).build()
        settings = Settings.model_validate({"database_pool": 4, "data_dir": "/nonexistent/gridtwin", **chosen})
        app = create_app(settings, dsn, clock=FixedClock(NOW))
        _require_declared(app)
        with (
            serving(app) as url,
            httpx.Client(base_url=url, timeout=60, headers={"Accept-Encoding": "identity"}) as client,
        ):
            _walk(town, client)
            yield town, client


def _require_declared(app: Any) -> None:
    missing = sorted(routes_of(app) - set(ROUTES))
    assert not missing, f"say in tests/scope/declared.py how these routes are called: {missing}"


def _walk(town: Town, client: httpx.Client) -> None:
    sent = 0
    for area in town.areas:
        for number, token in enumerate(town.phones.get(area.index, ())):
            fix = {"lon": area.lon + number * 1e-4, "lat": 36.05, "at": NOW.isoformat()}
            told = client.post("/api/fixes", json={"fixes": [fix]}, headers={"Authorization": f"Bearer {token}"})
            assert told.json()["accepted"] == 1, told.text
            sent += 1
    until = time.monotonic() + 30
    while town.db.execute("SELECT count(*) FROM worker_now").fetchone() != (sent,):
        assert time.monotonic() < until, "the workers never came into the tiles"
        time.sleep(0.02)


def reads(town: Town, asker: Asker, *, dear: bool) -> list[Call]:
    """A call of every route that shows rows, with keys inside and outside the scope."""
    found = []
    for route, declared in ROUTES.items():
        if isinstance(declared, Asks) and (dear or not declared.dear):
            for call in declared.calls:
                picked = _expand(town, asker, route, call, declared.body)
                found += picked[:1] if declared.dear else picked
    return found


def writes(town: Town, asker: Asker) -> list[Call]:
    """A call of every route that writes, with keys outside the scope only."""
    found = []
    for route, declared in ROUTES.items():
        if isinstance(declared, Changes):
            calls = _expand(town, asker, route, declared.path, declared.body)
            found += [call for call in calls if call.about is not None and not asker.sees(call.about)][:1]
    return found


def _expand(town: Town, asker: Asker, route: str, call: Any, body: Any) -> list[Call]:
    method, template = route.split(" ", 1)
    rows = [value for value in _values({"call": call, "body": body}) if isinstance(value, Row)]
    if not rows:
        return [_filled(route, template, call, body, None)]
    whole = [area.index for area in town.areas if all(town.keys.get((row.kind, area.index)) for row in rows)]
    inside = [area for area in whole if asker.sees(area)]
    outside = [area for area in whole if not asker.sees(area)]
    assert whole, f"{route}: the town has no {[row.kind for row in rows]} (tests/scope/town.py)"
    turn = town.shape.salt
    inside, outside = _turned(inside, turn), _turned(outside, turn)
    declared = ROUTES[route]
    if isinstance(declared, Asks) and declared.below:  # of what has nothing below it there is nothing to show
        inside.sort(key=lambda area: town.areas[area].leaf)
    found = []
    for area in [*inside[:2], *outside[:2]]:

        def fill(value: Any, area: int = area) -> Any:
            return town.keys[value.kind, area][0] if isinstance(value, Row) else value

        found.append(_filled(route, template, _mapped(call, fill), _mapped(body, fill), area))
    return found


def _turned(areas: list[int], turn: int) -> list[int]:
    turn = turn % len(areas) if areas else 0
    return areas[turn:] + areas[:turn]


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _values(each)
    else:
        yield value


def _mapped(value: Any, fill: Any) -> Any:
    if isinstance(value, dict):
        return {name: _mapped(each, fill) for name, each in value.items()}
    return [_mapped(each, fill) for each in value] if isinstance(value, list) else fill(value)


def _filled(route: str, template: str, call: Any, body: Any, about: int | None) -> Call:
    path, query = template, []
    for name, value in call.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", str(value))
        else:
            query.append((name, value))
    assert "{" not in path, f"{route}: the declaration leaves {path} open"
    return Call(route, path, tuple(query), None if body is None else json.dumps(body), about)


def ask(client: httpx.Client, call: Call, asker: Asker | None) -> Answer:
    """The answer, without what differs from call to call (the request's number)."""
    method = call.route.split(" ", 1)[0]
    headers = {"Content-Type": "application/json"} if call.body is not None else {}
    if asker is not None:
        headers["Authorization"] = f"Bearer {asker.token}"
    answer = client.request(method, call.path, params=list(call.query), content=call.body, headers=headers)
    body = answer.content
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        told = answer.json()
        told.pop("request")
        body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    assert answer.status_code < 500, f"{call} of {asker}: {answer.status_code} {answer.text[:500]}"
    drawn = call.path.startswith(("/tiles", "/ogc"))  # the tag of a file tells when it was made
    return Answer(answer.status_code, body, answer.headers.get("etag") if drawn else None)


def said(call: Call) -> set[tuple[int, str, int]]:
    """Marks that the asker said themselves: an answer may repeat them."""
    return marks(f"{call.path} {call.query} {call.body}".encode())


def leaks(asker: Asker, call: Call, answer: Answer) -> list[str]:
    """What an answer shows that the asker may not see."""
    found = {row for row in marks(answer.body) if not asker.may_see(row)}
    if answer.status >= 400 or call.body is not None:
        found -= said(call)
    if "/api/issues" in call.route:
        found -= asker.around
    return [f"{call} shows {asker.role} {asker.username} {row}: {answer}" for row in sorted(found)]


def differs(call: Call, before: Answer, after: Answer) -> list[str]:
    """That an answer is another because of what lies outside the scope."""
    declared = ROUTES[call.route]
    if before == after or not (isinstance(declared, Asks) and declared.steady):
        return []
    return [f"{call} tells of what lies outside the scope:\n  before {before}\n  after  {after}"]


def held(db: psycopg.Connection) -> dict[str, Any]:
    """A digest of every table of the twin, without what merely notes that somebody was seen."""
    return {
        table: db.execute(
            f"SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {table} t"
        ).fetchone()
        for table in _TABLES
    }
