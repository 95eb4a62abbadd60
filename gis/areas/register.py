"""Which plan a kind, a day or a number means, remembered until a plan changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gis.access.accounts import Account
from gis.areas import plans
from gis.changes import Batch
from gis.db import Database


@dataclass(frozen=True)
class _Plan:
    id: int
    kind: str
    state: str
    valid: Any
    """A psycopg Range of moments."""


@dataclass(frozen=True)
class _Known:
    plans: tuple[_Plan, ...]
    kinds: frozenset[str]


class PlanRegister:
    """All plans of a database, read again after one has changed; what is not in it is asked of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: _Known | None = None
        self.version = 0
        """Another number whenever a plan may have changed."""

    def hear(self, batch: Batch) -> None:
        """Forgets all plans when one of them changed, or may have."""
        if batch.gap or any(change.layer == "plans" for change in batch.changes):
            self._known = None
            self.version += 1

    async def resolve(self, account: Account, *, kind: str, at: datetime | None, plan: int | None) -> int | None:
        """As `plans.resolve`. Whoever needs what was committed before now catches up with the changes first."""
        known = self._known or await self._read()
        if plan is not None:
            named = next((one for one in known.plans if one.id == plan), None)
            if named is not None and named.state in plans.OPEN_STATES:
                return named.id
        elif kind in known.kinds:
            for one in known.plans:
                if one.kind == kind and (
                    one.state == "published" if at is None else one.state in plans.OPEN_STATES and at in one.valid
                ):
                    return one.id
            return None
        return await plans.resolve(self._database, account, kind=kind, at=at, plan=plan)

    def in_force(self, kind: str) -> tuple[bool, int | None]:
        """The plan of a kind in force, None for none; before that whether it is known without asking the database."""
        known = self._known
        if known is None or kind not in known.kinds:
            return False, None
        return True, next((one.id for one in known.plans if one.kind == kind and one.state == "published"), None)

    async def _read(self) -> _Known:
        before = self.version
        rows = await self._database.all(
            "SELECT k.code, plan.id, plan.state, plan.valid FROM grid_kind k LEFT JOIN plan ON plan.kind = k.code"
        )
        known = _Known(
            tuple(_Plan(row["id"], row["code"], row["state"], row["valid"]) for row in rows if row["id"] is not None),
            frozenset(row["code"] for row in rows),
        )
        if before == self.version:
            self._known = known
        return known
