"""Which issues somebody sees: those of their area; a handling unit those that were sent to it; restricted classes
(矛盾纠纷, 独居老人关爱, 群发性事件 by default) only the desk, and who reported or handles them; a worker's phone only
its own: what it reported, and what it is to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis.access.accounts import Account
from gis.access.roles import MAY, Permission, Role
from gis.errors import NotAllowed
from gis.issues.transitions import DESK
from gis.messages import Both


def predicate(account: Account) -> tuple[str, dict[str, Any]]:
    """SQL on `i` (issue) and `c` (its class), and the values that it binds."""
    values: dict[str, Any] = {**account.scope.values(), "me": account.id, "phone": account.worker}
    mine = (
        "(i.reporter_id = %(me)s OR i.handler_id = %(me)s"
        " OR i.worker_id IN (SELECT id FROM worker WHERE account_id = %(me)s)"
        " OR i.worker_id = %(phone)s::text OR i.reported_by = %(phone)s::text)"
    )
    if account.worker is not None or account.role in (Role.HANDLER, Role.MACHINE):
        return mine, values
    area = account.scope.sql("i.area_id")
    if account.role in DESK:
        return f"({area} OR {mine})", values
    return f"(({area} AND NOT c.restricted) OR {mine})", values


def by_area(account: Account) -> tuple[str, dict[str, Any]]:
    """`predicate` for what is asked of areas, on `i` (issue) alone: without what is one's own elsewhere."""
    if account.worker is not None or account.role in (Role.HANDLER, Role.MACHINE):
        return predicate(account)
    area = account.scope.sql("i.area_id")
    if account.role in DESK:
        return area, dict(account.scope.values())
    open_classes = "i.class = ANY(ARRAY(SELECT o.code FROM issue_class o WHERE NOT o.restricted))"
    return f"{area} AND {open_classes}", dict(account.scope.values())


def told(account: Account, row: Mapping[str, Any]) -> bool:
    """`predicate` for a row that is at hand: area_id, restricted, reporter_id, handler_id and owner_id (the account of
    its worker)."""
    mine = account.id in (row["reporter_id"], row["handler_id"], row["owner_id"])
    if account.role in (Role.HANDLER, Role.MACHINE):
        return mine
    return mine or (account.scope.sees(row["area_id"]) and (account.role in DESK or not row["restricted"]))


def surroundings(account: Account, row: Mapping[str, Any]) -> dict[str, Any]:
    """What of an issue's row (or what hangs on it: worker, address) this account may not know, as None.

    A report says a point; whose ground that is and what address stands there is found by the service. Another system
    could else read the list of addresses and workers by reporting here and there. A unit gets the place that it was
    sent to.
    """
    may, hidden = MAY[account.role], []
    if Permission.SEE_WORKERS not in may:
        hidden += ["worker_id", "worker_name"]
    if Permission.SEE_FINE not in may and row["handler_id"] != account.id:
        hidden += ["place", "address_id"]
    return {name: None for name in hidden if name in row}


def named(number: int) -> Both:
    """An issue in a sentence."""
    return Both(f"事件 {number}", f"issue {number}")


_WRITE = Both("上报或处理事件（大屏只用于查看）", "report or handle issues: a wall only shows them")
_AUDITORS = Both("上报或处理事件（审计员只查阅）", "report or handle issues: auditors only read")


def looks_only(account: Account) -> bool:
    """Whether it writes nothing: a wall that was opened by its link, or an auditor."""
    return account.via == "wall" or account.role is Role.AUDITOR


def require_hand(account: Account) -> None:
    """Raises NotAllowed for those who only look."""
    if looks_only(account):
        raise NotAllowed(what=_WRITE if account.via == "wall" else _AUDITORS)


def deals(account: Account, row: Mapping[str, Any]) -> bool:
    """Whether an issue is somebody's to deal with: they reported it, it was given to them, or they are the desk."""
    if reported(account, row) or (account.worker is not None and row["worker_id"] == account.worker):
        return True
    own = account.number is not None and account.number in (row["handler_id"], row["owner_id"])
    return own or (account.role in DESK and account.worker is None)


def reported(account: Account, row: Mapping[str, Any]) -> bool:
    """Whether who asks reported it: with this account, or with this worker's phone."""
    by_phone = account.worker is not None and row["reported_by"] == account.worker
    return by_phone or (account.number is not None and row["reporter_id"] == account.number)
