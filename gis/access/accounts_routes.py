"""Accounts over HTTP, for administrators: within their areas, and no role above theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from gis.access import audit, granting, managing, passwords
from gis.access.accounts import Account
from gis.access.http import SignedIn
from gis.access.managing import Change
from gis.access.roles import ROLE_NAMES, Permission, Role
from gis.access.routes import GivenArea
from gis.service import Here

router = APIRouter(tags=["accounts"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""An id in a path: what a bigint holds."""
Code = Annotated[str, Field(min_length=1, max_length=60)]
Codes = Annotated[list[Code], Field(max_length=500)]


class RoleRow(BaseModel):
    """A role, and whether the signed-in administrator may give it."""

    code: str
    name_zh: str
    name_en: str
    grantable: bool


class RoleList(BaseModel):
    """All roles."""

    roles: list[RoleRow]


class AccountRow(BaseModel):
    """An account; `openid` says that it signs in at an OpenID provider."""

    id: int
    username: str
    display_name: str
    role: str
    everywhere: bool
    areas: list[GivenArea]
    disabled: bool
    openid: bool
    created_at: datetime
    last_seen_at: datetime | None


class AccountList(BaseModel):
    """Accounts by name; `next` is the `after` of the page that follows, null on the last."""

    accounts: list[AccountRow]
    next: str | None


class AccountWithPassword(AccountRow):
    """An account and, this once, the password that was made up for it."""

    new_password: str | None


class NewAccount(BaseModel):
    """An account to make; without a password one is made up and answered once."""

    username: str = Field(min_length=1, max_length=200)
    display_name: str = Field(default="", max_length=200)
    role: Role
    areas: Codes = Field(default_factory=list)
    password: str | None = Field(default=None, max_length=1000)


class AccountChange(BaseModel):
    """What is to change; what is absent stays. `reset_password` makes a password up and answers it once."""

    display_name: str | None = Field(default=None, min_length=1, max_length=200)
    role: Role | None = None
    areas: Codes | None = None
    disabled: bool | None = None
    password: str | None = Field(default=None, max_length=1000)
    reset_password: bool = False


@router.get("/api/roles", summary="Roles, and which may be given")
async def list_roles(account: SignedIn) -> RoleList:
    """All roles with their names, and which of them the signed-in administrator may give."""
    account.require(Permission.ADMINISTER)
    return RoleList(
        roles=[
            RoleRow(code=role.value, name_zh=said.zh, name_en=said.en, grantable=granting.may_grant_role(account, role))
            for role, said in ROLE_NAMES.items()
        ]
    )


@router.get("/api/accounts", summary="Accounts")
async def list_accounts(
    account: SignedIn,
    here: Here,
    q: Annotated[str, Query(max_length=100, description="part of a name")] = "",
    after: Annotated[str, Query(max_length=100, description="the username to go on from")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> AccountList:
    """The accounts of people whose areas lie within the administrator's."""
    account.require(Permission.ADMINISTER)
    words, last = (text.replace("\x00", "").strip() for text in (q, after))
    rows = await managing.listing(here.database, account, words=words, after=last, limit=limit)
    following = rows[-1]["username"] if len(rows) == limit else None
    return AccountList(accounts=[AccountRow(**row) for row in rows], next=following)


@router.post("/api/accounts", status_code=201, summary="Make an account")
async def add_account(new: NewAccount, account: SignedIn, here: Here, request: Request) -> AccountWithPassword:
    """Makes an account within the administrator's areas and with no role above theirs."""
    account.require(Permission.ADMINISTER)
    username = managing.clean_name(new.username)
    if new.password is not None:
        passwords.require_strong(new.password, username, new.display_name)
    made_up = passwords.make_up() if new.password is None else None
    hashed = await passwords.hashed(new.password or made_up or "")
    now, by = here.clock.now(), audit.who(request.scope, account)
    async with here.database.transaction() as connection:
        account_id, ids = await managing.add(
            connection, account, username, new.role,
            display_name=new.display_name.strip(), areas=new.areas, password_hash=hashed,
        )  # fmt: skip
        detail = {"role": new.role, "areas": new.areas}
        await audit.record(connection, now, by, "account.add", "account", username, areas=ids, detail=detail)
    return await _answer(account, here, account_id, made_up)


@router.patch("/api/accounts/{account_id}", summary="Change an account")
async def change_account(
    account_id: Number, change: AccountChange, account: SignedIn, here: Here, request: Request
) -> AccountWithPassword:
    """Changes name, role, areas or password, disables or enables; what the account may do changes within a second."""
    account.require(Permission.ADMINISTER)
    by = audit.who(request.scope, account)
    wanted = Change(**dict(change))
    made_up = await managing.change(here.database, here.clock.now(), by, account, account_id, wanted)
    here.sessions.forget()
    return await _answer(account, here, account_id, made_up)


@router.delete("/api/accounts/{account_id}", status_code=204, summary="Delete an account")
async def delete_account(account_id: Number, account: SignedIn, here: Here, request: Request) -> None:
    """Deletes an account and ends its sign-ins within a second; what it did stays in the audit."""
    account.require(Permission.ADMINISTER)
    by = audit.who(request.scope, account)
    await managing.remove(here.database, here.clock.now(), by, account, account_id)
    here.sessions.forget()


async def _answer(manager: Account, here: Here, account_id: int, made_up: str | None) -> AccountWithPassword:
    row = await managing.one(here.database, manager, account_id)
    return AccountWithPassword(**row, new_password=made_up)
