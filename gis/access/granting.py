"""Who may give what to whom: nobody gives a role or an area that they don't have themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from gis.access.accounts import Account
from gis.access.roles import MAY, ROLE_NAMES, Permission, Role
from gis.errors import BadRequest, NotGrantable
from gis.messages import Both

_AREAS = "SELECT id, code FROM area WHERE code = ANY(%(codes)s) AND {seen}"
_ALL_AREAS = Both("所有区域", "all areas")


def may_grant_role(giver: Account, role: Role) -> bool:
    """Whether the role may do nothing that the giver may not; reading the audit is given, but not had."""
    return MAY[role] - {Permission.AUDIT} <= MAY[giver.role]


def require_role(giver: Account, role: Role) -> None:
    """Raises NotGrantable for a role above the giver's."""
    if not may_grant_role(giver, role):
        raise NotGrantable(what=ROLE_NAMES[role])


def sees_everywhere(giver: Account, role: Role, areas: Sequence[str]) -> bool:
    """Whether an account of this role without areas is one for all areas; raises NotGrantable if it can't be given."""
    if areas or Permission.SEE_EVERYWHERE not in MAY[role]:
        return False
    if not giver.scope.everywhere:
        raise NotGrantable(what=_ALL_AREAS)
    return True


async def area_ids(connection: psycopg.AsyncConnection[Any], giver: Account, codes: Sequence[str]) -> list[int]:
    """The ids of areas that the giver sees; raises BadRequest for one that is unknown to them."""
    wanted = list(dict.fromkeys(codes))
    cursor = await connection.execute(
        _AREAS.format(seen=giver.scope.sql("id")).encode(),
        {"codes": wanted, **giver.scope.values()},
    )
    known = {row["code"]: int(row["id"]) for row in await cursor.fetchall()}
    if missing := [code for code in wanted if code not in known]:
        shown = ", ".join(missing)[:200]
        raise BadRequest(what="areas", why=Both(f"没有区域 {shown}", f"there is no area {shown} that you can see"))
    return sorted(known.values())
