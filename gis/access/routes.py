"""Signing in and out, and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from gis.access import accounts, audit, managing, walls
from gis.access.accounts import Account
from gis.access.http import COOKIE, SignedIn, require_same_site, token_of
from gis.access.roles import MAY
from gis.access.sessions import digest
from gis.errors import NotSignedIn, WrongCredentials
from gis.service import Here, Service

router = APIRouter(tags=["access"])
OwnPage = Annotated[
    str, Query(max_length=300, pattern=r"^/(wall|desk|planner|admin|phone)?([?#][\w=&:.,/%-]*)?$", description="a page")
]
"""A page of ours, never another site's."""


class Credentials(BaseModel):
    """What somebody types in."""

    username: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


class LinkToken(BaseModel):
    """The one-time token of a wall's link, which stood behind the `#`."""

    token: str = Field(min_length=20, max_length=200)


class NewPassword(BaseModel):
    """The present password and the one that is to take its place."""

    present: str = Field(min_length=1, max_length=1000)
    new: str = Field(min_length=1, max_length=1000)


class GivenArea(BaseModel):
    """An area that an account was given."""

    code: str
    name: str
    level: str


class WhoAmI(BaseModel):
    """The signed-in account; `permissions` are the names of what its role may do, `via` is how it came in."""

    username: str
    display_name: str
    role: str
    areas: list[GivenArea]
    everywhere: bool
    permissions: list[str]
    via: str


class SignedInNow(BaseModel):
    """A new sign-in: the token serves as `Authorization: Bearer`; browsers keep the cookie instead."""

    token: str
    username: str
    display_name: str
    role: str


@router.post("/api/session", summary="Sign in")
async def sign_in(credentials: Credentials, here: Here, request: Request, response: Response) -> SignedInNow:
    """Signs in with a password: sets the cookie, and answers with a token for programs."""
    require_same_site(request.scope)
    username = credentials.username.replace("\x00", "")
    by = audit.who(request.scope)
    async with here.guessing.slowed(username, by.address):
        try:
            account_id = await accounts.check_password(here.database, username, credentials.password)
        except WrongCredentials:
            await _record_failure(here, request, username)
            raise
    token, account = await open_session(here, account_id, request, response, kind="password")
    return SignedInNow(
        token=token, username=account.username, display_name=account.display_name, role=account.role.value
    )


@router.get("/api/session", summary="Who am I")
async def who_am_i(account: SignedIn) -> WhoAmI:
    """The signed-in account, the areas that it was given, and what its role may do."""
    areas = [GivenArea(code=code, name=name, level=level) for code, name, level in account.areas]
    return WhoAmI(
        username=account.username,
        display_name=account.display_name,
        role=account.role.value,
        areas=areas,
        everywhere=account.scope.everywhere,
        permissions=sorted(permission.name.lower() for permission in MAY[account.role]),
        via=account.via,
    )


@router.delete("/api/session", status_code=204, summary="Sign out")
async def sign_out(account: SignedIn, here: Here, request: Request, response: Response) -> None:
    """Ends the sign-in that the request came with."""
    token = token_of(request.scope)
    if token:
        await here.sessions.end(token)
    async with here.database.transaction() as connection:
        await audit.record(connection, here.clock.now(), audit.who(request.scope, account), "session.close", "session")
    response.delete_cookie(COOKIE, path="/")


@router.post("/api/session/link", summary="Sign a wall in by its link")
async def sign_in_by_link(link: LinkToken, here: Here, request: Request, response: Response) -> WhoAmI:
    """Signs a wall in with the one-time token of its link; the wall stays signed in until it is revoked."""
    require_same_site(request.scope)
    account_id = await walls.spend_link(here.database, here.clock.now(), link.token)
    if account_id is None:
        raise NotSignedIn
    _, account = await open_session(here, account_id, request, response, kind="wall", days=here.settings.wall_days)
    return await who_am_i(account)


@router.post("/api/session/password", status_code=204, summary="Change one's own password")
async def change_password(passwords: NewPassword, account: SignedIn, here: Here, request: Request) -> None:
    """Renews one's own password; all other sign-ins of the account end."""
    by = audit.who(request.scope, account)
    keep = digest(token_of(request.scope) or "")
    async with here.guessing.slowed(account.username, by.address):
        await managing.change_own_password(
            here.database, here.clock.now(), by, account, passwords.present, passwords.new, keep
        )
    here.sessions.forget()


@router.get("/enter", status_code=303, summary="One-click link of the demo")
async def enter(token: str, here: Here, request: Request, to: OwnPage = "/") -> RedirectResponse:
    """Signs in by a link that `gridtwin up --demo` printed, and leads to a page; there are none outside the demo."""
    username = here.entrances.get(token)
    row = username and await here.database.one(
        "SELECT id FROM account WHERE username = %s AND NOT disabled", (username,)
    )
    if not row:
        raise NotSignedIn
    answer = RedirectResponse(to, status_code=303)
    await open_session(here, row["id"], request, answer, kind="demo")
    return answer


async def _record_failure(here: Service, request: Request, username: str) -> None:
    """A name that nobody bears may be a password in the wrong field: it is not written down."""
    row = await here.database.one(
        "SELECT username, ARRAY(SELECT area_id FROM account_area WHERE account_id = account.id) AS areas"
        " FROM account WHERE username = %s",
        (username,),
    )
    async with here.database.transaction() as connection:
        await audit.record(
            connection, here.clock.now(), audit.who(request.scope), "session.open", "account",
            row["username"] if row else "", areas=row["areas"] if row else (), outcome="refused",
        )  # fmt: skip


async def open_session(
    here: Service, account_id: int, request: Request, response: Response, *, kind: str, days: int | None = None
) -> tuple[str, Account]:
    """Opens a sign-in, sets its cookie and records it."""
    by = audit.who(request.scope)
    account = await accounts.find(here.database, account_id, via=kind)
    if account is None:
        raise WrongCredentials
    async with here.database.transaction() as connection:
        token, seconds = await here.sessions.open_on(connection, account_id, kind=kind, address=by.address, days=days)
        await audit.record(
            connection, here.clock.now(), audit.who(request.scope, account), "session.open", "session",
            detail={"by": kind},
        )  # fmt: skip
    set_cookie(request, response, token, seconds)
    return token, account


def set_cookie(request: Request, response: Response, token: str, seconds: int) -> None:
    """The cookie of a sign-in: kept from scripts and other sites, and from plain HTTP where there is TLS."""
    response.set_cookie(
        COOKIE, token, max_age=seconds, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )
