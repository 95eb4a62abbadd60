"""Signing in at an OpenID provider over HTTP: to the provider, and back from it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from gis.access import audit, openid_accounts
from gis.access.devices_routes import public_base
from gis.access.openid import Attempt, Provider
from gis.access.routes import open_session
from gis.errors import GridtwinError, NotFound, OpenidRefused
from gis.service import Here, Service

router = APIRouter(tags=["access"])
COOKIE = "gridtwin_openid"
_PATH = "/api/session/oidc"
_ATTEMPT_S = 600
Page = Literal["/", "/wall", "/planner", "/admin"]


class Ways(BaseModel):
    """How one can sign in; `openid` is what the provider is called, null without one."""

    openid: str | None


def _provider(here: Service) -> Provider:
    if not here.settings.openid_issuer:
        raise NotFound(what=_PATH)
    if not isinstance(here.openid, Provider):
        here.openid = Provider(here.settings, here.clock)
    return here.openid


def _back(here: Service, request: Request) -> str:
    return f"{public_base(here, request)}{_PATH}/callback"


@router.get("/api/session/ways", summary="How one can sign in")
async def ways(here: Here) -> Ways:
    """What the sign-in page offers besides a password."""
    return Ways(openid=here.settings.openid_name if here.settings.openid_issuer else None)


@router.get(_PATH, status_code=303, summary="Sign in at the OpenID provider")
async def begin(
    here: Here, request: Request, to: Annotated[Page, Query(description="the page to go on to")] = "/"
) -> RedirectResponse:
    """Sends the browser to the provider; it comes back to the address below."""
    attempt = Attempt.begin(to)
    answer = RedirectResponse(await _provider(here).address(attempt, _back(here, request)), status_code=303)
    answer.set_cookie(
        COOKIE, attempt.cookie(), max_age=_ATTEMPT_S, path=_PATH, httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


@router.get(f"{_PATH}/callback", status_code=303, summary="Back from the OpenID provider")
async def come_back(
    here: Here,
    request: Request,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    iss: Annotated[str, Query(max_length=1000)] = "",
) -> RedirectResponse:
    """Signs in whom the provider has signed in, when an account is theirs; browsers are sent on to the page."""
    provider = _provider(here)
    page = "/"
    try:
        attempt = Attempt.of_cookie(request.cookies.get(COOKIE, ""), state)
        page = attempt.page
        if not code or (iss and iss.rstrip("/") != provider.issuer):
            raise OpenidRefused
        claims = await provider.claims(attempt, code, _back(here, request))
        account_id = await openid_accounts.account_of(
            here.database, here.clock, audit.who(request.scope), provider.issuer, claims,
            claim=here.settings.openid_claim, register=here.settings.openid_register,
        )  # fmt: skip
        answer = RedirectResponse(page, status_code=303)
        await open_session(here, account_id, request, answer, kind="openid")
    except GridtwinError as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        answer = RedirectResponse(f"{page}?refused={error.code}", status_code=303)
    answer.delete_cookie(COOKIE, path=_PATH)
    answer.headers["Cache-Control"] = "no-store"
    return answer
