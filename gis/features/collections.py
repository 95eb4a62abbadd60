"""The collections of OGC API Features. They are declared, never discovered: the database holds citizens' data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gis.access.accounts import Account
from gis.access.roles import Permission
from gis.issues.visible import predicate
from gis.messages import Both

Seen = Callable[[Account], tuple[str, dict[str, Any]]]
"""The SQL predicate of what somebody sees, and the values that it binds."""


@dataclass(frozen=True)
class Collection:
    """What is asked for as `/ogc/collections/{name}`."""

    name: str
    title: Both
    source: str
    """FROM … of a query."""
    key: str
    """The column that names a feature, a number."""
    geometry: str
    """The column of the shape, in EPSG:4326, with a spatial index."""
    properties: str
    """Pairs of names and expressions, as jsonb_build_object takes them."""
    seen: Seen
    time: str | None = None
    """The column of a feature's moment, for `datetime`."""
    needs: Permission = Permission.SEE_PUBLIC


def _within(column: str) -> Seen:
    return lambda account: (account.scope.sql(column), account.scope.values())


def _everybody(_: Account) -> tuple[str, dict[str, Any]]:
    return "TRUE", {}


COLLECTIONS: dict[str, Collection] = {
    each.name: each
    for each in (
        Collection(
            "areas", Both("区域", "Areas"), "area t", "t.id", "t.geom",
            "'code', t.code, 'name', t.name, 'level', t.level", _within("t.id"),
        ),
        Collection(
            "grids", Both("网格", "Grids in force"),
            "grid t JOIN plan p ON p.id = t.plan_id AND p.state = 'published'", "t.id", "t.geom",
            "'code', t.code, 'name', t.name, 'kind', p.kind", _within("t.area_id"),
        ),
        Collection(
            "buildings", Both("建筑", "Buildings"), "building t", "t.id", "t.geom",
            "'code', t.code, 'name', t.name, 'estate', t.estate, 'use', t.use, 'height', t.height, 'levels', t.levels",
            _within("t.area_id"),
        ),
        Collection(
            "facilities", Both("设施", "Facilities"), "facility t", "t.id", "t.geom",
            "'code', t.code, 'name', t.name, 'category', t.category", _within("t.area_id"),
        ),
        Collection(
            "streets", Both("道路", "Streets"), "street t", "t.id", "t.geom",
            "'code', t.code, 'name', t.name, 'class', t.class", _everybody,
        ),
        Collection(
            "issues", Both("事件", "Issues"), "issue i JOIN issue_class c ON c.code = i.class", "i.id", "i.geom",
            "'state', i.state, 'class', i.class, 'text', i.text, 'source', i.source, 'urgent', i.urgent,"
            " 'at', i.reported_at, 'changed_at', i.changed_at", predicate, time="i.reported_at",
        ),
        Collection(
            "workers", Both("网格员的当前位置", "Where the workers are now"), "worker_now t", "t.id", "t.geom",
            "'worker', t.worker, 'name', t.name, 'status', t.status, 'at', t.at, 'heading', t.heading",
            _within("t.area_id"), time="t.at", needs=Permission.SEE_WORKERS,
        ),
    )
}  # fmt: skip


def of(account: Account) -> list[Collection]:
    """The collections that somebody may ask for."""
    return [each for each in COLLECTIONS.values() if account.may(each.needs)]
