"""Accounts: made, found, and signed in with a password."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import argon2
import psycopg

from gis.access.roles import MAY, Permission, Role
from gis.access.scope import EVERYWHERE, Scope
from gis.db import Database
from gis.errors import NotAllowed, WrongCredentials

_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's argon2id minimum
# An unknown account costs as much time as a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class Account:
    """Somebody who is signed in."""

    id: int
    username: str
    display_name: str
    role: Role
    scope: Scope
    areas: tuple[tuple[str, str, str], ...]
    """(code, name, level) of the areas that the account was given."""

    def may(self, permission: Permission) -> bool:
        """Whether the role may do this."""
        return permission in MAY[self.role]

    def require(self, permission: Permission) -> None:
        """Raises NotAllowed unless the role may do this."""
        if not self.may(permission):
            raise NotAllowed(what=permission.value)


def hash_password(password: str) -> str:
    """An argon2id hash to store."""
    return _hasher.hash(password)


def create(
    connection: psycopg.Connection,
    username: str,
    password_hash: str,
    role: Role,
    *,
    display_name: str | None = None,
    areas: Sequence[str] = (),
) -> int:
    """Makes an account, or gives an existing one this password, role, name and areas (codes); returns its id."""
    with connection.transaction():
        row = connection.execute(
            "INSERT INTO account (username, display_name, password_hash, role) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (username) DO UPDATE SET display_name = excluded.display_name,"
            " password_hash = excluded.password_hash, role = excluded.role RETURNING id",
            (username, display_name or username, password_hash, role.value),
        ).fetchone()
        assert row is not None  # noqa: S101 - RETURNING of an upsert
        account_id = int(row[0])
        connection.execute("DELETE FROM account_area WHERE account_id = %s", (account_id,))
        connection.execute(
            "INSERT INTO account_area (account_id, area_id) SELECT %s, id FROM area WHERE code = ANY(%s)",
            (account_id, list(areas)),
        )
    return account_id


async def check_password(database: Database, username: str, password: str) -> int:
    """The id of the account with this password; raises WrongCredentials without telling which was wrong."""
    row = await database.one("SELECT id, password_hash FROM account WHERE username = %s AND NOT disabled", (username,))
    try:
        await asyncio.to_thread(_hasher.verify, row["password_hash"] if row else _NOBODY, password)
    except argon2.exceptions.VerificationError as wrong:
        raise WrongCredentials from wrong
    if row is None:
        raise WrongCredentials
    return int(row["id"])


async def find(database: Database, account_id: int) -> Account | None:
    """An account with its scope as it is now; None when it is gone or disabled."""
    row = await database.one(
        "SELECT id, username, display_name, role FROM account WHERE id = %s AND NOT disabled", (account_id,)
    )
    if row is None:
        return None
    given = await database.all(
        "SELECT a.id, a.code, a.name, a.level FROM account_area JOIN area a ON a.id = area_id"
        " WHERE account_id = %s ORDER BY a.path",
        (account_id,),
    )
    role = Role(row["role"])
    scope = EVERYWHERE
    if Permission.SEE_EVERYWHERE not in MAY[role]:
        below = await database.all(
            "SELECT below.id FROM area given JOIN area below ON below.path <@ given.path"
            " WHERE given.id = ANY(%s) GROUP BY below.id ORDER BY below.id",
            ([area["id"] for area in given],),
        )
        scope = Scope(tuple(area["id"] for area in below))
    areas = tuple((area["code"], area["name"], area["level"]) for area in given)
    return Account(row["id"], row["username"], row["display_name"], role, scope, areas)
