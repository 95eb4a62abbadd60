"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from gis.access import accounts
from gis.access.http import COOKIE, SignedIn, token_of
from gis.errors import NotSignedIn, WrongCredentials
from gis.service import Here, Service

router = APIRouter(tags=["access"])


class Credentials(BaseModel):
    """What somebody types in."""

    username: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


class GivenArea(BaseModel):
    """An area that an account was given."""

    code: str
    name: str
    level: str


class WhoAmI(BaseModel):
    """The signed-in account."""

    username: str
    display_name: str
    role: str
    areas: list[GivenArea]


class SignedInNow(BaseModel):
    """A new sign-in: the token serves as `Authorization: Bearer`; browsers keep the cookie instead."""

    token: str
    username: str
    display_name: str
    role: str


@router.post("/api/session", summary="Sign in")
async def sign_in(credentials: Credentials, here: Here, request: Request, response: Response) -> SignedInNow:
    """Signs in with a password: sets the cookie, and answers with a token for programs."""
    account_id = await accounts.check_password(here.database, credentials.username, credentials.password)
    token = await _open(here, account_id, request, response)
    account = await here.sessions.find(token)
    if account is None:
        raise WrongCredentials
    return SignedInNow(
        token=token, username=account.username, display_name=account.display_name, role=account.role.value
    )


@router.get("/api/session", summary="Who am I")
async def who_am_i(account: SignedIn) -> WhoAmI:
    """The signed-in account and the areas that it was given."""
    areas = [GivenArea(code=code, name=name, level=level) for code, name, level in account.areas]
    return WhoAmI(username=account.username, display_name=account.display_name, role=account.role.value, areas=areas)


@router.delete("/api/session", status_code=204, summary="Sign out")
async def sign_out(_: SignedIn, here: Here, request: Request, response: Response) -> None:
    """Ends the sign-in that the request came with."""
    token = token_of(request.scope)
    if token:
        await here.sessions.end(token)
    response.delete_cookie(COOKIE, path="/")


@router.get("/enter", status_code=303, summary="One-click link of the demo")
async def enter(token: str, here: Here, request: Request) -> RedirectResponse:
    """Signs in by a link that `gridtwin up --demo` printed; there are none outside the demo."""
    username = here.entrances.get(token)
    row = username and await here.database.one("SELECT id FROM account WHERE username = %s", (username,))
    if not row:
        raise NotSignedIn
    answer = RedirectResponse("/", status_code=303)
    await _open(here, row["id"], request, answer)
    return answer


async def _open(here: Service, account_id: int, request: Request, response: Response) -> str:
    token, seconds = await here.sessions.open(account_id)
    response.set_cookie(
        COOKIE, token, max_age=seconds, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )
    return token
