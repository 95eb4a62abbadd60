"""What was imported: the list that an account sees, which holds only imports whose rows all lie in its scope."""

from __future__ import annotations

from gis.access.accounts import Account
from gis.db import Database, Row

_LIST = """
SELECT i.id, i.kind, i.file_name AS file, i.imported_by AS by, i.imported_at AS at,
  i.added, i.changed, i.removed, i.unchanged, i.undone_at, i.undone_by, lower(plan.valid) AS plan_from
FROM import_run i LEFT JOIN plan ON plan.id = i.plan_id
WHERE {seen} ORDER BY i.id DESC LIMIT %(limit)s
"""
# an import that changed nothing reached no area: it is its owner's alone
_SEEN = "(CASE WHEN i.reach = '{}' THEN i.imported_by = %(me)s ELSE i.reach <@ %(visible)s::bigint[] END)"


def _seen(account: Account) -> str:
    return "TRUE" if account.scope.everywhere else _SEEN


def _values(account: Account) -> dict[str, object]:
    return {"me": account.username, "visible": list(account.scope.visible or ())}


async def listing(database: Database, account: Account, *, limit: int) -> list[Row]:
    """Imports, newest first."""
    return await database.all(_LIST.format(seen=_seen(account)), {**_values(account), "limit": limit})


async def is_within(database: Database, account: Account, number: int) -> bool:
    """Whether there is an import of that number which the account may see, and so take back."""
    query = f"SELECT 1 AS yes FROM import_run i WHERE i.id = %(number)s AND {_seen(account)}"  # noqa: S608 - our words
    return await database.one(query, {**_values(account), "number": number}) is not None
