"""The audit: who did what to which thing from where, appended in the transaction of the act and never changed.

The database refuses changes and chains each row to the one before it by hash (`0006_access.sql`).
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from starlette.types import Scope as AsgiScope

from gis.access.accounts import Account
from gis.errors import NotAllowed, NotSignedIn

_APPEND = (
    "INSERT INTO audit (at, actor_id, actor, role, action, thing, thing_id, outcome, areas, address, request, detail)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


@dataclass(frozen=True)
class Who:
    """Who acts, and from where: an account over HTTP, or somebody at the machine's command line."""

    name: str
    account_id: int | None = None
    role: str | None = None
    area_ids: tuple[int, ...] = ()
    address: str = ""
    request: str = ""


def at_the_command_line() -> Who:
    """Whoever types a command on this machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "?"
    return Who(f"shell:{name}")


def who(scope: AsgiScope, account: Account | None = None) -> Who:
    """Who sent a request: the signed-in account or the one given; without either, only the address is known."""
    if account is None:
        from gis.access.http import account_of  # loads FastAPI, for which no command should have to wait

        try:
            account = account_of(scope)
        except (NotSignedIn, NotAllowed):  # nobody, or a phone
            account = None
    client = scope.get("client")
    address = str(client[0]) if client else ""
    request = str(scope.get("gridtwin.request", ""))
    if account is None:
        return Who("", address=address, request=request)
    return Who(account.username, account.id, account.role.value, account.area_ids, address, request)


def _values(
    at: datetime,
    by: Who,
    action: str,
    thing: str,
    thing_id: object,
    areas: Sequence[int] | None,
    outcome: str,
    detail: Mapping[str, Any] | None,
) -> tuple[Any, ...]:
    concerned = sorted(set(by.area_ids if areas is None else areas))
    told = Jsonb(dict(detail or {}), dumps=lambda value: json.dumps(value, ensure_ascii=False, default=str))
    clean = [text.replace("\x00", "") for text in (action, thing, str(thing_id))]
    return (at, by.account_id, by.name, by.role, *clean, outcome, concerned, by.address, by.request, told)


async def record(
    connection: psycopg.AsyncConnection[Any],
    at: datetime,
    by: Who,
    action: str,
    thing: str = "",
    thing_id: object = "",
    *,
    areas: Sequence[int] | None = None,
    outcome: str = "done",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Appends an act, named `thing.verb`; last in its transaction, because the chain is locked until that ends.

    `areas` are ids of the areas that the act concerns, None for the actor's own: an auditor of these sees the row.
    `detail` holds no secret.
    """
    await connection.execute(_APPEND, _values(at, by, action, thing, thing_id, areas, outcome, detail))


def record_now(
    connection: psycopg.Connection[Any],
    at: datetime,
    by: Who,
    action: str,
    thing: str = "",
    thing_id: object = "",
    *,
    areas: Sequence[int] | None = None,
    outcome: str = "done",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """`record` for programs that don't run in an event loop."""
    connection.execute(_APPEND, _values(at, by, action, thing, thing_id, areas, outcome, detail))
