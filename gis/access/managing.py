"""Accounts as administrators see them: listed, made, changed, deleted, each act in the audit."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from gis.access import accounts, audit, granting, passwords
from gis.access.accounts import Account
from gis.access.audit import Who
from gis.access.roles import Role
from gis.db import Database, Row
from gis.errors import BadRequest, NotAllowed, NotFound, Taken
from gis.messages import Both

Connection = psycopg.AsyncConnection[Any]

_NAME = re.compile(r"\w[\w.@-]{0,59}")
_YOURSELF = Both("停用、删除自己的账号或改变其权限", "disable, delete or re-grant its own account")

# Those whose areas all lie within the scope; whoever is limited to areas doesn't see those who aren't.
_LIST = """
SELECT a.id, a.username, a.display_name, a.role, a.everywhere, a.disabled, a.created_at,
  a.openid_subject IS NOT NULL AS openid,
  (SELECT max(last_seen_at) FROM session WHERE account_id = a.id) AS last_seen_at,
  coalesce((SELECT jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name, 'level', r.level) ORDER BY r.path)
    FROM account_area g JOIN area r ON r.id = g.area_id WHERE g.account_id = a.id), '[]') AS areas
FROM account a
WHERE a.made_for = %(made_for)s AND (%(id)s::bigint IS NULL OR a.id = %(id)s) AND {manageable}
  AND a.username > %(after)s AND strpos(lower(a.username || ' ' || a.display_name), lower(%(words)s)) > 0
ORDER BY a.username LIMIT %(limit)s
"""


def manageable(scope: str, account: str = "a") -> str:
    """The predicate on an account that somebody may manage; `scope` is their predicate on `managed.area_id`."""
    if scope == "TRUE":
        return scope
    own = f"FROM account_area managed WHERE managed.account_id = {account}.id"
    return f"NOT {account}.everywhere AND EXISTS (SELECT {own}) AND NOT EXISTS (SELECT {own} AND NOT {scope})"


async def listing(
    database: Database,
    manager: Account,
    *,
    account_id: int | None = None,
    words: str = "",
    after: str = "",
    limit: int = 1000,
) -> list[Row]:
    """The people's accounts that somebody may manage, by name, after a name; `words` are part of either name."""
    query = _LIST.format(manageable=manageable(manager.scope.sql("managed.area_id")))
    asked = {"made_for": "person", "id": account_id, "words": words, "after": after, "limit": limit}
    return await database.all(query, {**asked, **manager.scope.values()})


async def one(database: Database, manager: Account, account_id: int) -> Row:
    """One account; raises NotFound when there is none that this manager may manage."""
    rows = await listing(database, manager, account_id=account_id)
    if not rows:
        raise NotFound(what=Both(f"账号 {account_id}", f"account {account_id}"))
    return rows[0]


async def add(
    connection: Connection,
    manager: Account,
    username: str,
    role: Role,
    *,
    display_name: str,
    areas: Sequence[str],
    password_hash: str | None,
    made_for: str = "person",
) -> tuple[int, list[int]]:
    """A new account; returns its id and its areas' ids. Raises Taken, NotGrantable, BadRequest."""
    granting.require_role(manager, role)
    everywhere = granting.sees_everywhere(manager, role, areas)
    ids = await granting.area_ids(connection, manager, areas)
    if not ids and not manager.scope.everywhere:
        raise BadRequest(what="areas", why=Both("至少选择一个区域", "name at least one area"))
    cursor = await connection.execute(
        "INSERT INTO account (username, display_name, password_hash, role, everywhere, made_for)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (username) DO NOTHING RETURNING id",
        (username, display_name or username, password_hash, role.value, everywhere, made_for),
    )
    row = await cursor.fetchone()
    if row is None:
        raise Taken(what=username)
    await _give_areas(connection, row["id"], ids)
    return int(row["id"]), ids


async def _give_areas(connection: Connection, account_id: int, ids: Sequence[int]) -> None:
    await connection.execute("DELETE FROM account_area WHERE account_id = %s", (account_id,))
    await connection.execute(
        "INSERT INTO account_area (account_id, area_id) SELECT %s, unnest(%s::bigint[])", (account_id, list(ids))
    )


def clean_name(username: str) -> str:
    """A user name as it is stored; raises BadRequest when it can't be one."""
    name = unicodedata.normalize("NFKC", username).strip()
    if not _NAME.fullmatch(name):
        why = Both(
            "用 1–60 个字母、数字或汉字，可含 . _ - @", "use 1 to 60 letters or digits, with . _ - @ between them"
        )
        raise BadRequest(what="username", why=why)
    return name


@dataclass(frozen=True)
class Change:
    """What is to become of an account; None leaves it as it is."""

    display_name: str | None = None
    role: Role | None = None
    areas: Sequence[str] | None = None
    disabled: bool | None = None
    password: str | None = None
    reset_password: bool = False


async def change(
    database: Database, now: datetime, by: Who, manager: Account, account_id: int, wanted: Change
) -> str | None:
    """Changes an account; returns the new password when one was made up.

    A new password and disabling end the account's sign-ins. Raises NotFound, NotGrantable, NotAllowed, WeakPassword.
    """
    before = await one(database, manager, account_id)
    granting.require_role(manager, Role(before["role"]))
    grants = wanted.role is not None or wanted.areas is not None or wanted.disabled
    if account_id == manager.id and grants:
        raise NotAllowed(what=_YOURSELF)
    role = wanted.role or Role(before["role"])
    codes = [area["code"] for area in before["areas"]] if wanted.areas is None else list(wanted.areas)
    granting.require_role(manager, role)
    everywhere = granting.sees_everywhere(manager, role, codes)
    made_up = passwords.make_up() if wanted.reset_password else None
    password = made_up or wanted.password
    if wanted.password is not None:
        passwords.require_strong(wanted.password, before["username"], before["display_name"])
    hashed = await passwords.hashed(password) if password else None
    async with database.transaction() as connection:
        ids = await granting.area_ids(connection, manager, codes)
        if not ids and not manager.scope.everywhere:
            raise BadRequest(what="areas", why=Both("至少选择一个区域", "name at least one area"))
        await connection.execute(
            "UPDATE account SET display_name = coalesce(%s, display_name), role = %s, everywhere = %s,"
            " disabled = coalesce(%s, disabled), password_hash = coalesce(%s, password_hash) WHERE id = %s",
            (wanted.display_name, role.value, everywhere, wanted.disabled, hashed, account_id),
        )
        await _give_areas(connection, account_id, ids)
        if hashed or wanted.disabled:
            await connection.execute("DELETE FROM session WHERE account_id = %s", (account_id,))
        told = {
            name: value
            for name, value in (
                ("display_name", wanted.display_name), ("role", wanted.role), ("areas", wanted.areas),
                ("disabled", wanted.disabled), ("password", "renewed" if hashed else None),
            )
            if value is not None
        }  # fmt: skip
        await audit.record(connection, now, by, "account.change", "account", before["username"], areas=ids, detail=told)
    return made_up


async def remove(database: Database, now: datetime, by: Who, manager: Account, account_id: int) -> None:
    """Deletes an account and ends its sign-ins; what it did stays in the audit. Raises NotFound, NotAllowed."""
    before = await one(database, manager, account_id)
    granting.require_role(manager, Role(before["role"]))
    if account_id == manager.id:
        raise NotAllowed(what=_YOURSELF)
    async with database.transaction() as connection:
        ids = await granting.area_ids(connection, manager, [area["code"] for area in before["areas"]])
        await connection.execute("DELETE FROM account WHERE id = %s", (account_id,))
        await audit.record(
            connection, now, by, "account.delete", "account", before["username"], areas=ids,
            detail={"role": before["role"]},
        )  # fmt: skip


async def change_own_password(
    database: Database, now: datetime, by: Who, account: Account, present: str, new: str, keep: bytes
) -> None:
    """Renews one's own password and ends all other sign-ins (`keep` is the digest of this one's token).

    Raises WrongPassword, WeakPassword.
    """
    await accounts.check_own_password(database, account.id, present)
    passwords.require_strong(new, account.username, account.display_name)
    hashed = await passwords.hashed(new)
    async with database.transaction() as connection:
        await connection.execute("UPDATE account SET password_hash = %s WHERE id = %s", (hashed, account.id))
        await connection.execute("DELETE FROM session WHERE account_id = %s AND token_sha256 <> %s", (account.id, keep))
        await audit.record(connection, now, by, "account.password", "account", account.username)


def machine_name(kind: str) -> str:
    """The user name of a wall's or a key's account: a colon keeps it apart from people's."""
    return f"{kind}:{secrets.token_hex(6)}"
