"""Plans: the versions of the grids of one kind, of which one is in force."""

from __future__ import annotations

from datetime import datetime

from gis.access.accounts import Account
from gis.access.roles import Permission
from gis.access.scope import Scope
from gis.db import Database, Row
from gis.errors import BadRequest, NotFound
from gis.messages import Both

OPEN_STATES = ("published", "superseded")
"""The states in which everyone may see a plan."""


# A draft is told only to those who see a grid of it, or who see all areas while it has none.
_LIST = """
SELECT plan.id, kind, plan.name, state, lower(valid) AS from, upper(valid) AS until, revision, inside.grids
FROM plan, LATERAL (SELECT count(*) AS grids FROM grid g WHERE g.plan_id = plan.id AND {seen}) inside
WHERE state = ANY(%(open)s) OR (%(drafts)s AND (inside.grids > 0 OR %(everywhere)s))
ORDER BY plan.id DESC
"""


async def listing(database: Database, scope: Scope, *, with_drafts: bool) -> list[Row]:
    """All plans, newest first, with the number of their grids within the scope; drafts only for those who edit them."""
    values = {"open": list(OPEN_STATES), "drafts": with_drafts, "everywhere": scope.everywhere, **scope.values()}
    return await database.all(_LIST.format(seen=scope.sql("g.area_id")), values)


async def kinds(database: Database) -> list[Row]:
    """The kinds of grid."""
    return await database.all("SELECT code, rank, name_zh, name_en FROM grid_kind ORDER BY rank")


async def in_force(database: Database, kind: str) -> int | None:
    """The plan of a kind that is in force now."""
    row = await database.one("SELECT id FROM plan WHERE kind = %s AND state = 'published'", (kind,))
    return None if row is None else int(row["id"])


async def resolve(
    database: Database, account: Account, *, kind: str, at: datetime | None, plan: int | None
) -> int | None:
    """The plan that a request means: a named one, the one in force at a moment, or the one in force now.

    None when no plan of that kind was in force. Raises NotFound for a plan that is not there or not for this account,
    BadRequest for an unknown kind.
    """
    if plan is not None:
        row = await database.one("SELECT id, state FROM plan WHERE id = %s", (plan,))
        if row is None or (row["state"] not in OPEN_STATES and not account.may(Permission.PLAN)):
            raise NotFound(what=Both(f"方案 {plan}", f"plan {plan}"))
        return int(row["id"])
    row = await database.one(
        "SELECT code, (SELECT id FROM plan WHERE kind = code AND CASE WHEN %(at)s::timestamptz IS NULL"
        "  THEN state = 'published' ELSE valid @> %(at)s::timestamptz AND state = ANY(%(open)s) END) AS id"
        " FROM grid_kind WHERE code = %(kind)s",
        {"kind": kind, "at": at, "open": list(OPEN_STATES)},
    )
    if row is None:
        raise BadRequest(what="kind", why=f"there is no kind of grid {kind!r}")
    return None if row["id"] is None else int(row["id"])
