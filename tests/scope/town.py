"""Random towns whose every row says in whose area it lies, and the accounts that look at them."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from hypothesis import strategies as st

from gis.access.roles import MAY, Permission, Role
from gis.issues.transitions import DESK
from tests.scope.declared import NEEDS

NOW = datetime(2026, 5, 20, 4, tzinfo=UTC)
OUTSIDE = 99
"""The area of rows that lie in none."""
_MARK = re.compile(rb"zq(\d+)([a-z]+)(\d+)qz")
_LAYERS = ("areas", "grids", "buildings", "buildings_afar", "facilities", "addresses", "issues", "plans")


def mark(area: int, kind: str, number: int) -> str:
    """The word that tells of a row: in whose area it lies and of which kind it is."""
    return f"zq{area}{kind}{number}qz"


def marks(body: bytes) -> set[tuple[int, str, int]]:
    """All marks in an answer: (area, kind, number)."""
    return {(int(area), kind.decode(), int(number)) for area, kind, number in _MARK.findall(body)}


@dataclass(frozen=True)
class Shape:
    """What a town is made of: children of each street, things in each leaf, and who looks: (role, places)."""

    streets: tuple[int, ...]
    things: int
    askers: tuple[tuple[Role, frozenset[int]], ...]
    salt: int


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """One to three streets with one to three communities; one asker has all permissions, the others are drawn."""
    streets = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple))
    most = 1 + len(streets) + sum(streets)
    places = st.frozensets(st.integers(0, most - 1), max_size=3)
    roles = st.sampled_from([role for role in Role if role is not Role.ADMINISTRATOR])
    others = draw(st.lists(st.tuples(roles, places), min_size=2, max_size=3))
    limited = draw(st.frozensets(st.integers(1, most - 1), min_size=1, max_size=2))
    return Shape(streets, draw(st.integers(1, 2)), ((Role.ADMINISTRATOR, limited), *others), draw(st.integers(0, 999)))


@dataclass(frozen=True)
class Area:
    """An area of the town; `leaf` ones hold things."""

    index: int
    id: int
    path: str
    leaf: bool
    lon: float


@dataclass(frozen=True)
class Asker:
    """Somebody who looks: `visible` are the indexes of the areas that they may see, None for all."""

    username: str
    role: Role
    token: str
    visible: frozenset[int] | None
    sent: frozenset[tuple[int, str, int]] = frozenset()
    """Marks of the issues that were sent to them."""
    around: frozenset[tuple[int, str, int]] = frozenset()
    """Marks of the areas and grids that these issues lie in: the issue, and nothing else, may say where it is."""

    def sees(self, area: int) -> bool:
        """Whether an area lies within the scope."""
        return self.visible is None or area in self.visible

    def may_see(self, found: tuple[int, str, int]) -> bool:
        """Whether a marked row may be shown to them: the rule in words, beside the code that is tested."""
        area, kind, _ = found
        if kind in ("issue", "restricted"):
            if found in self.sent:
                return True
            if self.role in (Role.HANDLER, Role.MACHINE) or (kind == "restricted" and self.role not in DESK):
                return False
        needed = NEEDS.get(kind, Permission.SEE_PUBLIC)
        return self.sees(area) and needed in MAY[self.role]


@dataclass
class Town:
    """A town in a database."""

    db: psycopg.Connection
    shape: Shape
    areas: list[Area] = field(default_factory=list)
    keys: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    """(kind, area) -> keys of its rows, as paths and queries take them."""
    phones: dict[int, list[str]] = field(default_factory=dict)
    """Area -> tokens of its workers' phones."""
    askers: list[Asker] = field(default_factory=list)
    made: int = 0

    def build(self) -> Town:
        """Fills the database: hierarchy, things, accounts."""
        self.db.execute(
            "INSERT INTO plan (kind, name, state, valid) VALUES ('community', '现行', 'published', '[2026-01-01,)')"
        )
        self.db.execute("INSERT INTO duty_hours (weekdays, starts, ends) VALUES ('{1,2,3,4,5,6,7}', '00:00', '00:00')")
        self._hierarchy()
        for area in self.areas:
            for _ in range(self.shape.things):
                self._things(area)
        self._building(OUTSIDE, None, 117.9)
        self.asker("everything", Role.ADMINISTRATOR, None)
        self.asker("reads-everything", Role.AUDITOR, frozenset({0}))
        for number, (role, places) in enumerate(self.shape.askers):
            self.asker(f"asker{number}", role, places)
        return self

    def _one(self, query: str, *values: Any) -> int:
        row = self.db.execute(query, values).fetchone()
        assert row is not None
        return int(row[0])

    def _remember(self, kind: str, area: int, key: Any) -> None:
        self.keys.setdefault((kind, area), []).append(key)

    def _hierarchy(self) -> None:
        leaves = sum(self.shape.streets)
        root = self._area("city", None, 0, leaves, leaf=False)
        at = 0
        for communities in self.shape.streets:
            street = self._area("street", root, at, at + communities, leaf=False)
            for _ in range(communities):
                self._area("community", street, at, at + 1, leaf=True)
                at += 1

    def _area(self, level: str, parent: Area | None, begin: int, end: int, *, leaf: bool) -> Area:
        index = len(self.areas)
        code = mark(index, "area", 0)
        path = code if parent is None else f"{parent.path}.{code}"
        west = 118 + begin * 0.02
        number = self._one(
            "INSERT INTO area (code, name, level, parent_id, path, geom) VALUES (%s, %s, %s, %s, %s::ltree,"
            " ST_MakeEnvelope(%s, 36, %s, 36.1, 4326)) RETURNING id",
            code, mark(index, "area", 1), level, parent and parent.id, path, west, 118 + end * 0.02,
        )  # fmt: skip
        made = Area(index, number, path, leaf, round(west + 0.01, 6))
        self.areas.append(made)
        self._remember("area", index, code)
        return made

    def _next(self) -> int:
        self.made += 1
        return self.made

    def _building(self, index: int, area_id: int | None, lon: float) -> int:
        n = self._next()
        return self._one(
            "INSERT INTO building (code, name, estate, use, levels, households, residents, area_id, geom) VALUES"
            " (%s, %s, '同名小区', 'residential', 6, %s, 25, %s, ST_MakeEnvelope(%s, 36.05, %s, 36.0502, 4326))"
            " RETURNING id",
            mark(index, "building", n), mark(index, "building", n), n, area_id, lon, lon + 0.0002,
        )  # fmt: skip

    def _things(self, area: Area) -> None:
        """One of everything in an area: leaves hold buildings, addresses, grids …; all have accounts and acts."""
        index, db, at = area.index, self.db, (area.lon, area.id)
        n = self._next()
        lon = area.lon + n % 7 * 0.0003
        self._remember("lon", index, area.lon)
        self._remember("column", index, int((lon + 180) / 360 * 2**16))
        self._remember("line", index, 25746)
        self._remember("export", index, ("buildings", "areas", "addresses", "grids", "facilities")[n % 5])
        self._managed(index, area.id, n)
        db.execute(
            "INSERT INTO audit (at, actor, action, thing, thing_id, areas) VALUES (%s, 'somebody', 'thing.do', 'thing',"
            " %s, %s)",
            (NOW, mark(index, "act", n), [area.id]),
        )
        scene = self._one(
            "INSERT INTO wall_scene (centre_id, name, address, seconds, position, made_by, made_at)"
            " VALUES (%s, %s, '#', 30, 1, 'x', %s) RETURNING id", area.id, mark(index, "scene", n), NOW,
        )  # fmt: skip
        self._remember("scene", index, scene)
        if not area.leaf:
            return
        building = self._building(index, area.id, lon)
        self._remember("building", index, building)
        address = self._one(
            "INSERT INTO address (text, estate, building, unit, floor, room, residents, building_id, area_id, geom)"
            " VALUES (%s, '同名小区', '1', '1', '1', '101', 2, %s, %s, ST_SetSRID(ST_MakePoint(%s, 36.0501), 4326))"
            " RETURNING id",
            mark(index, "address", n), building, area.id, lon,
        )  # fmt: skip
        self._remember("address", index, address)
        facility = self._one(
            "INSERT INTO facility (code, name, category, area_id, geom) VALUES (%s, %s, 'clinic', %s,"
            " ST_SetSRID(ST_MakePoint(%s, 36.0503), 4326)) RETURNING id",
            mark(index, "facility", n), mark(index, "facility", n), area.id, lon,
        )  # fmt: skip
        self._remember("facility", index, facility)
        grid = self._one(
            "INSERT INTO grid_code (kind, code) VALUES ('community', %s) RETURNING id", mark(index, "grid", n)
        )
        db.execute(
            "INSERT INTO grid (plan_id, id, code, name, area_id, geom) SELECT id, %s, %s, %s, %s,"
            " ST_MakeEnvelope(%s, 36.04, %s, 36.06, 4326) FROM plan",
            (grid, mark(index, "grid", n), mark(index, "grid", n), area.id, lon, lon + 0.001),
        )
        self._remember("grid", index, grid)
        self._worker(index, grid, n)
        self._fences(area, mark(index, "worker", n), n)
        self._issues(area, grid, n, *at)

    def _managed(self, index: int, area_id: int, n: int) -> None:
        """An account, a wall and a key that are an area's."""
        for kind, made_for in (("account", "person"), ("wall", "wall"), ("key", "key")):
            word = mark(index, kind, n)
            account = self._one(
                "INSERT INTO account (username, display_name, role, made_for) VALUES (%s, %s, 'viewer', %s)"
                " RETURNING id", word, word, made_for,
            )  # fmt: skip
            self.db.execute("INSERT INTO account_area (account_id, area_id) VALUES (%s, %s)", (account, area_id))
            if kind == "wall":
                screen = self._one(
                    "INSERT INTO wall_screen (account_id, screen, first_at, beat_at, version, live, webgl, width, height,"
                    " picture, pictured_at) VALUES (%s, %s, %s, %s, '1', true, true, 1, 1, %s, %s) RETURNING id",
                    account, f"screen{n:08}", NOW, NOW, word.encode(), NOW,
                )  # fmt: skip
                self._remember("screen", index, screen)
                query = (
                    "INSERT INTO wall (account_id, name, created_at, created_by) VALUES (%s, %s, %s, 'x') RETURNING id"
                )
                account = self._one(query, account, word, NOW)
            if kind == "key":
                account = self._one(
                    "INSERT INTO api_key (account_id, name, begins_with, created_at, created_by, expires_at)"
                    " VALUES (%s, %s, 'x', %s, 'x', '2030-01-01') RETURNING id", account, word, NOW,
                )  # fmt: skip
            self._remember(kind, index, account)

    def _worker(self, index: int, grid: int, n: int) -> None:
        worker, token = mark(index, "worker", n), secrets.token_hex(13) + "a"
        self.db.execute("INSERT INTO worker (id, name, grid_id) VALUES (%s, %s, %s)", (worker, worker, grid))
        self.db.execute(
            "INSERT INTO post (worker_id, role, grid_id, valid, in_force, noted_by) VALUES"
            " (%s, 'grid_worker', %s, '[2026-01-01,)', true, 'x')",
            (worker, grid),
        )
        device = self._one(
            "INSERT INTO device (worker_id, app, name, token_sha256, created_at, created_by, enrolled_at, last_seen_at)"
            " VALUES (%s, 'gridtwin', %s, %s, %s, 'x', '2026-05-20 04:00Z', '2026-05-20 04:00Z') RETURNING id",
            worker, mark(index, "device", n), hashlib.sha256(token.encode()).digest(), NOW,
        )  # fmt: skip
        self.db.execute(
            "INSERT INTO duty_hours (worker_id, weekdays, starts, ends) VALUES (%s, '{1,2,3,4,5,6,7}', '00:00', '00:00')",
            (worker,),
        )
        self._remember("worker", index, worker)
        self._remember("device", index, device)
        self.phones.setdefault(index, []).append(token)

    def _fences(self, area: Area, worker: str, n: int) -> None:
        for kind in ("zone", "target"):
            fence = self._one(
                "INSERT INTO zone (kind, name, area_id, metres, geom, visits, every_days, created_at, created_by,"
                " changed_at) VALUES (%s, %s, %s, 10, ST_MakeEnvelope(%s, 36.09, %s, 36.0901, 4326), 1, 1, %s, 'x', %s)"
                " RETURNING id", kind, mark(area.index, kind, n), area.id, area.lon, area.lon + 1e-4, NOW, NOW,
            )  # fmt: skip
            self._remember(kind, area.index, fence)
            self.db.execute(
                "INSERT INTO geofence_event (worker, at, kind, fence, fence_id, day, area_id, geom) VALUES"
                " (%s, %s, 'enter', %s, %s, %s, %s, ST_SetSRID(ST_MakePoint(%s, 36.09), 4326))",
                (worker, NOW, kind, fence, NOW.date(), area.id, area.lon),
            )

    def _issues(self, area: Area, grid: int, n: int, lon: float, area_id: int) -> None:
        for kind, code in (("issue", "0102"), ("restricted", "2104")):
            word = mark(area.index, kind, n)
            number = self._one(
                "INSERT INTO issue (text, source, class, confidence, candidates, state, reported_at, received_at,"
                " changed_at, grid_id, place, area_id, geom) VALUES (%s, '居民', %s, 1, '[]', '待处理', %s, %s, %s, %s, %s,"
                " %s, ST_SetSRID(ST_MakePoint(%s, 36.05), 4326)) RETURNING id",
                word, code, NOW, NOW, NOW, grid, word, area_id, lon,
            )  # fmt: skip
            self.db.execute(
                "INSERT INTO issue_event (issue_id, action, to_state, actor, at, note) VALUES"
                " (%s, 'report', '待处理', 'x', %s, %s)", (number, NOW, word),
            )  # fmt: skip
            self._remember("issue", area.index, number)

    def asker(self, username: str, role: Role, places: frozenset[int] | None) -> Asker:
        """An account with areas (indexes), None for everywhere, and a sign-in of its own."""
        account = self._one(
            "INSERT INTO account (username, display_name, role, everywhere) VALUES (%s, %s, %s, %s) RETURNING id",
            username, username, role.value, places is None,
        )  # fmt: skip
        given = [self.areas[place] for place in places or () if place < len(self.areas)]
        for area in given:
            self.db.execute("INSERT INTO account_area (account_id, area_id) VALUES (%s, %s)", (account, area.id))
        token = secrets.token_urlsafe(32)
        self.db.execute(
            "INSERT INTO session (token_sha256, account_id, created_at, last_seen_at, expires_at)"
            " VALUES (%s, %s, %s, %s, '2030-01-01')",
            (hashlib.sha256(token.encode()).digest(), account, NOW, NOW),
        )
        visible = None
        if places is not None:
            visible = frozenset(
                area.index for area in self.areas if any(f"{area.path}.".startswith(f"{one.path}.") for one in given)
            )
        sent, around = set(), set()
        if role is Role.HANDLER:
            leaf = self.areas[-1].index
            number = self.keys["issue", leaf][0]
            self.db.execute("UPDATE issue SET handler_id = %s WHERE id = %s", (account, number))
            row = self.db.execute(
                "SELECT i.text, concat_ws(' ', a.code, g.code) FROM issue i LEFT JOIN area a ON a.id = i.area_id"
                " LEFT JOIN grid_code g ON g.id = i.grid_id WHERE i.id = %s",
                (number,),
            ).fetchone()
            sent, around = (marks(row[0].encode()), marks(row[1].encode())) if row else (set(), set())
        made = Asker(username, role, token, visible, frozenset(sent), frozenset(around))
        self.askers.append(made)
        return made

    def change_outside(self, asker: Asker) -> None:
        """Whatever the asker doesn't see becomes other: renamed, added to, taken away."""
        outside = [area for area in self.areas if not asker.sees(area.index)]
        if asker.visible is None:
            return
        ids = [area.id for area in outside]
        sent = [int(key) for (kind, _), keys in self.keys.items() if kind == "issue" for key in keys]
        kept = self.db.execute(
            "SELECT i.id FROM issue i JOIN account a ON a.id = i.handler_id WHERE i.id = ANY(%s)", (sent,)
        ).fetchall()
        grown = self.shape.salt
        for statement in (
            "UPDATE area SET name = name || 'b' WHERE id = ANY(%(ids)s)",
            "UPDATE building SET name = name || 'b', households = households + 7 WHERE area_id = ANY(%(ids)s) OR area_id IS NULL",
            "UPDATE address SET text = text || 'b', residents = residents + 1 WHERE area_id = ANY(%(ids)s)",
            "UPDATE facility SET name = name || 'b' WHERE area_id = ANY(%(ids)s)",
            "UPDATE grid SET name = name || 'b' WHERE area_id = ANY(%(ids)s)",
            # one who stands inside is seen there, whosever grid is theirs
            "UPDATE worker SET name = name || 'b' WHERE grid_id IN (SELECT id FROM grid WHERE area_id = ANY(%(ids)s))"
            " AND NOT EXISTS (SELECT FROM worker_now n WHERE n.worker = worker.id AND n.area_id <> ALL(%(ids)s))",
            "UPDATE post SET in_force = false WHERE grid_id IN (SELECT id FROM grid WHERE area_id = ANY(%(ids)s))",
            "DELETE FROM account WHERE id IN (SELECT max(account_id) FROM account_area JOIN account ON id = account_id"
            " WHERE area_id = ANY(%(ids)s) AND display_name LIKE 'zq%%' GROUP BY area_id, made_for)",
        ):
            self.db.execute(statement, {"ids": ids})
        keep = [row[0] for row in kept]
        # what lies outside reaches further than before: extents that tell of it change
        self.db.execute(
            "UPDATE area SET geom = ST_MakeEnvelope(ST_XMin(geom), 35.9, ST_XMax(geom), 36.1, 4326) WHERE id = ANY(%s)",
            (ids,),
        )
        for table in ("building", "address", "facility", "grid", "issue"):
            self.db.execute(
                f"UPDATE {table} SET geom = ST_Translate(geom, 0, 35.93 - ST_YMin(geom)) WHERE id IN (SELECT min(id)"
                f" FROM {table} WHERE area_id = ANY(%s) AND ('{table}' <> 'issue' OR id <> ALL(%s)) GROUP BY area_id)",
                (ids, keep),
            )
        self.db.execute(
            "UPDATE issue SET text = text || 'b', state = '待核查', reported_at = reported_at - interval '1 hour'"
            " WHERE area_id = ANY(%s) AND id <> ALL(%s)",
            (ids, keep),
        )
        self.db.execute(
            "DELETE FROM building WHERE id IN (SELECT max(id) FROM building WHERE area_id = ANY(%s) GROUP BY area_id)",
            (ids,),
        )
        for area in outside:
            for _ in range(1 + grown % 2):
                self._things(area)

    def stale(self) -> None:
        """Has every cache of tiles forget what it holds."""
        for layer in _LAYERS:
            self.db.execute("INSERT INTO outbox (layer, operation, rows) VALUES (%s, 'TRUNCATE', 0)", (layer,))
