"""Which issues somebody sees: those of their area; a handling unit those that were sent to it; restricted classes
(矛盾纠纷, 独居老人关爱, 群发性事件 by default) only the desk, and who reported or handles them."""

from __future__ import annotations

from typing import Any

from gis.access.accounts import Account
from gis.access.roles import Role
from gis.issues.transitions import DESK


def predicate(account: Account) -> tuple[str, dict[str, Any]]:
    """SQL on `i` (issue) and `c` (its class), and the values that it binds."""
    values: dict[str, Any] = {**account.scope.values(), "me": account.id}
    mine = (
        "(i.reporter_id = %(me)s OR i.handler_id = %(me)s"
        " OR i.worker_id IN (SELECT id FROM worker WHERE account_id = %(me)s))"
    )
    if account.role in (Role.HANDLER, Role.MACHINE):
        return mine, values
    area = account.scope.sql("i.area_id")
    if account.role in DESK:
        return f"({area} OR {mine})", values
    return f"(({area} AND NOT c.restricted) OR {mine})", values
