"""Accounts: made, found, and signed in with a password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from gis.access import passwords
from gis.access.passwords import hash_now as hash_password
from gis.access.roles import MAY, SAYS, Permission, Role
from gis.access.scope import EVERYWHERE, Scope
from gis.db import Database
from gis.errors import NotAllowed, WrongCredentials, WrongPassword

__all__ = ["Account", "check_own_password", "check_password", "create", "find", "hash_password"]


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
    area_ids: tuple[int, ...] = ()
    """Their ids, ascending."""
    everywhere: bool = False
    """Whether the account was given all areas."""
    via: str = "password"
    """How it came in: password, openid, demo, wall, key, phone, or what else opened the sign-in."""
    worker: str | None = None
    """The worker whose phone asks, when it is a phone."""

    @property
    def number(self) -> int | None:
        """The id for columns that name an account: a phone's worker needn't have one."""
        return self.id or None

    def may(self, permission: Permission) -> bool:
        """Whether the role may do this; a phone sees public elements and no more."""
        return permission in MAY[self.role] and (self.worker is None or permission is Permission.SEE_PUBLIC)

    def require(self, permission: Permission) -> None:
        """Raises NotAllowed unless the role may do this."""
        if not self.may(permission):
            raise NotAllowed(what=SAYS[permission])


def create(
    connection: psycopg.Connection,
    username: str,
    password_hash: str,
    role: Role,
    *,
    display_name: str | None = None,
    areas: Sequence[str] = (),
) -> int:
    """Makes an account, or gives an existing one this password, role, name and areas (codes); returns its id.

    A role that may see everywhere does so unless it is given areas.
    """
    everywhere = Permission.SEE_EVERYWHERE in MAY[role] and not areas
    with connection.transaction():
        row = connection.execute(
            "INSERT INTO account (username, display_name, password_hash, role, everywhere) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (username) DO UPDATE SET display_name = excluded.display_name, role = excluded.role,"
            " password_hash = excluded.password_hash, everywhere = excluded.everywhere RETURNING id",
            (username, display_name or username, password_hash, role.value, everywhere),
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
    # no hash: nobody, a wall, a key, or somebody of an OpenID provider
    if not await passwords.fits(row["password_hash"] if row else None, password) or row is None:
        raise WrongCredentials
    return int(row["id"])


async def check_own_password(database: Database, account_id: int, password: str) -> None:
    """Raises WrongPassword unless it is the account's."""
    row = await database.one("SELECT password_hash FROM account WHERE id = %s", (account_id,))
    if not await passwords.fits(row["password_hash"] if row else None, password):
        raise WrongPassword


async def find(database: Database, account_id: int, *, via: str = "password") -> Account | None:
    """An account with its scope as it is now; None when it is gone or disabled."""
    row = await database.one(
        "SELECT id, username, display_name, role, everywhere FROM account WHERE id = %s AND NOT disabled", (account_id,)
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
    everywhere = row["everywhere"] and Permission.SEE_EVERYWHERE in MAY[role]
    if not everywhere:
        below = await database.all(
            "SELECT below.id FROM area given JOIN area below ON below.path <@ given.path"
            " WHERE given.id = ANY(%s) GROUP BY below.id ORDER BY below.id",
            ([area["id"] for area in given],),
        )
        scope = Scope(tuple(area["id"] for area in below))
    areas = tuple((area["code"], area["name"], area["level"]) for area in given)
    ids = tuple(sorted(area["id"] for area in given))
    return Account(row["id"], row["username"], row["display_name"], role, scope, areas, ids, row["everywhere"], via)
