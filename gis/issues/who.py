"""Who deals with issues: somebody who is signed in, or a worker's phone, which deals with its own worker's only."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope as AsgiScope

from gis.access.accounts import Account
from gis.access.devices import Device
from gis.access.http import account_of, device_or_none
from gis.access.roles import Role
from gis.access.scope import NOWHERE, Scope
from gis.db import Database
from gis.errors import NotSignedIn
from gis.service import Here

# A phone reports within the street of its worker's grid: people see what lies across the road. Without a grid it is
# wherever the worker's account may be.
_WORKER = """
SELECT w.name, coalesce(w.account_id, 0) AS account_id, given.within
FROM worker w
LEFT JOIN LATERAL (
  SELECT array_agg(DISTINCT below.id) AS within
  FROM (
    SELECT coalesce(parent.path, a.path) AS path
    FROM grid_in_force g JOIN area a ON a.id = g.area_id LEFT JOIN area parent ON parent.id = a.parent_id
    WHERE g.id = w.grid_id
    UNION ALL
    SELECT a.path FROM account_area x JOIN area a ON a.id = x.area_id
    WHERE x.account_id = w.account_id AND w.grid_id IS NULL
  ) top JOIN area below ON below.path <@ top.path
) given ON true
WHERE w.id = %(worker)s
"""


async def account_of_phone(database: Database, device: Device) -> Account:
    """A phone as the worker who holds it: role worker, `worker` set, so that it sees its own issues only.

    The scope says where it may report. Raises NotSignedIn when the worker is gone.
    """
    row = await database.one(_WORKER, {"worker": device.worker_id})
    if row is None:
        raise NotSignedIn
    scope = Scope(tuple(sorted(row["within"]))) if row["within"] else NOWHERE
    return Account(
        row["account_id"], device.worker_id, row["name"], Role.WORKER, scope, (), via="phone", worker=device.worker_id
    )


async def dealing(scope: AsgiScope, database: Database) -> Account:
    """The account or the phone of an ASGI scope; raises NotSignedIn."""
    device = device_or_none(scope)
    return account_of(scope) if device is None else await account_of_phone(database, device)


async def _dealing(request: Request, here: Here) -> Account:
    return await dealing(request.scope, here.database)


Dealing = Annotated[Account, Depends(_dealing)]
"""A route's parameter: the account or the phone that asks, or 401."""
