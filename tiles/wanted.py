"""What a request asks for: layers, and which plan's grids."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qs, urlencode

from gis.access.accounts import Account
from gis.access.roles import Permission
from gis.areas import plans
from gis.clock import moment
from gis.errors import BadRequest, NotAllowed, UnknownLayer
from gis.service import Service
from tiles.layers import LAYERS

QUERY = (
    ("kind", "Kind of grid that the layer `grids` shows (community by default)"),
    ("at", "Grids of that day (2026-05-01) or moment"),
    ("plan", "Grids of that plan, a draft for instance"),
)
"""(name, description) of the query parameters."""


@lru_cache(maxsize=1000)
def named(text: str) -> tuple[tuple[str, ...], bool, bool]:
    """The layers of the allow-list that a path names, each once; whether one is fine-grained, whether one has plans.

    Raises UnknownLayer.
    """
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in LAYERS:
            raise UnknownLayer(layer=name[:50], known=", ".join(LAYERS))
    return names, any(LAYERS[name].fine for name in names), any(LAYERS[name].by_plan for name in names)


class Wanted:
    """The layers and the plan of one request; raises UnknownLayer, NotAllowed, BadRequest."""

    def __init__(self, layers: str, query: bytes, account: Account) -> None:
        self.layers, fine, self.by_plan = named(layers)
        if fine and not account.may(Permission.SEE_FINE):
            raise NotAllowed(what=Permission.SEE_FINE.value)
        self.kind, self.at, self.plan = "community", None, None
        if query:
            try:
                given = parse_qs(query.decode("latin-1"), max_num_fields=20)
            except ValueError as too_many:
                raise BadRequest(what="query", why="more than 20 parameters") from too_many
            self.kind = given.get("kind", ["community"])[0]
            self.at = given.get("at", [None])[0]
            self.plan = given.get("plan", [None])[0]

    async def plan_id(self, service: Service, account: Account, *, fresh: bool) -> int | None:
        """The id of the plan, when a layer depends on one; raises BadRequest, NotFound."""
        if not self.by_plan:
            return None
        try:
            at = moment(self.at, service.settings.zone) if self.at else None
        except (ValueError, OverflowError) as unreadable:
            raise BadRequest(what="at", why="a day is written 2026-05-01, a moment in ISO 8601") from unreadable
        if self.plan is not None and not (self.plan.isascii() and self.plan.isdigit() and len(self.plan) < 19):
            raise BadRequest(what="plan", why="a plan is named by its number")
        plan = int(self.plan) if self.plan is not None else None
        if fresh:
            return await service.plans.resolve(account, kind=self.kind, at=at, plan=plan)
        return await plans.resolve(service.database, account, kind=self.kind, at=at, plan=plan)

    def query(self) -> str:
        """The query string of a tile of the same kind, moment and plan."""
        given = {"kind": self.kind if self.kind != "community" else None, "at": self.at, "plan": self.plan}
        text = urlencode({name: value for name, value in given.items() if value is not None})
        return f"?{text}" if text else ""
