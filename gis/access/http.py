"""Who asks: the ASGI middleware that finds the signed-in account, and what routes and doors ask of it."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gis.access.accounts import Account
from gis.access.sessions import Sessions
from gis.errors import NotAllowed, NotSignedIn

COOKIE = "gridtwin_session"
_STATE = "gridtwin.account"
_TOKEN = "gridtwin.token"  # noqa: S105 - the name of a key, no secret
_SAFE = {"GET", "HEAD", "OPTIONS"}


class Authenticate:
    """Looks up the bearer token or the cookie, once a request; routes decide what a missing account means.

    A cookie counts for changing requests only when they come from our own pages (Sec-Fetch-Site, else Origin).
    """

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            bearer, cookie = _bearer(headers), _cookie(headers)
            token = bearer or cookie
            scope[_TOKEN] = token
            scope[_STATE] = await self._sessions.find(token) if token else None
            changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
            if scope[_STATE] is not None and not bearer and changes and not _same_site(headers):
                raise NotAllowed(what="change anything from another site")
        await self._app(scope, receive, send)


def _bearer(headers: Headers) -> str | None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def _cookie(headers: Headers) -> str | None:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None


def _same_site(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def account_of(scope: Scope) -> Account:
    """The signed-in account of an ASGI scope; raises NotSignedIn."""
    account = scope.get(_STATE)
    if not isinstance(account, Account):
        raise NotSignedIn
    return account


def token_of(scope: Scope) -> str | None:
    """The token that the request came with."""
    token = scope.get(_TOKEN)
    return token if isinstance(token, str) else None


def _signed_in(request: Request) -> Account:
    return account_of(request.scope)


SignedIn = Annotated[Account, Depends(_signed_in)]
"""A route's parameter: the account, or 401."""
