"""Who asks: the ASGI middleware that finds the signed-in account, and what routes and doors ask of it."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gis.access.accounts import Account
from gis.access.devices import Device, Devices, is_token
from gis.access.sessions import Sessions
from gis.errors import NotAllowed, NotSignedIn
from gis.messages import Both

COOKIE = "gridtwin_session"
_STATE = "gridtwin.account"
_TOKEN = "gridtwin.token"  # noqa: S105 - the name of a key, no secret
_DEVICE = "gridtwin.device"
_FROM_ELSEWHERE = Both("从其他网站操作", "be used from another site")
_SAFE = {"GET", "HEAD", "OPTIONS"}
NOT_FOR_PHONES = Both(
    "做此操作（手机令牌只能上报本人的位置和事件、办理本人的任务）",
    "do this: a phone sends its own fixes and reports, and does its own tasks",
)
ONLY_FOR_PHONES = Both("做此操作（只接受手机令牌）", "do this: only a phone's token is taken here")


class Authenticate:
    """Looks up the bearer token or the cookie, once a request; routes decide what a missing account means.

    A cookie counts for changing requests only when they come from our own pages (Sec-Fetch-Site, else Origin).
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, devices: Devices) -> None:
        self._app = app
        self._sessions = sessions
        self._devices = devices

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] in ("http", "websocket"):
            bearer = _bearer(scope)
            if bearer and is_token(bearer):
                scope[_DEVICE] = await self._devices.find(bearer)
                await self._app(scope, receive, send)
                return
            headers = Headers(scope=scope)
            cookie = _cookie(headers)
            token = bearer or cookie
            scope[_TOKEN] = token
            scope[_STATE] = await self._sessions.find(token) if token else None
            changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
            if scope[_STATE] is not None and not bearer and changes and not _same_site(headers):
                if scope["type"] == "websocket":
                    await receive()
                    await send({"type": "websocket.close", "code": 4403})  # before accepting: answered with 403
                    return
                raise NotAllowed(what=_FROM_ELSEWHERE)
        await self._app(scope, receive, send)


def _bearer(scope: Scope) -> str | None:
    """The bearer token of a request; None without one."""
    for name, value in scope["headers"]:  # first, and with little effort: phones send 10,000 a second
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token.strip() or None if kind.lower() == "bearer" else None
    return None


def _cookie(headers: Headers) -> str | None:
    sent = headers.get("cookie")
    if not sent:
        return None
    try:
        morsel = SimpleCookie(sent).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None


def _same_site(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def require_same_site(scope: Scope) -> None:
    """Raises NotAllowed for a request that another site's page sends."""
    if not _same_site(Headers(scope=scope)):
        raise NotAllowed(what=_FROM_ELSEWHERE)


def account_of(scope: Scope) -> Account:
    """The signed-in account of an ASGI scope; raises NotSignedIn, or NotAllowed when it is a phone that asks."""
    account = scope.get(_STATE)
    if isinstance(account, Account):
        return account
    if scope.get(_DEVICE) is not None:
        raise NotAllowed(what=NOT_FOR_PHONES)
    raise NotSignedIn


def device_of(scope: Scope) -> Device:
    """The phone whose bearer token a request came with; raises NotSignedIn, or NotAllowed when it is an account's."""
    device = scope.get(_DEVICE)
    if isinstance(device, Device):
        return device
    if scope.get(_STATE) is not None:
        raise NotAllowed(what=ONLY_FOR_PHONES)
    raise NotSignedIn


def device_or_none(scope: Scope) -> Device | None:
    """The phone whose bearer token a request came with, if it came with one."""
    device = scope.get(_DEVICE)
    return device if isinstance(device, Device) else None


def account_or_none(scope: Scope) -> Account | None:
    """The signed-in account of an ASGI scope, if there is one."""
    account = scope.get(_STATE)
    return account if isinstance(account, Account) else None


def token_of(scope: Scope) -> str | None:
    """The token that the request came with."""
    token = scope.get(_TOKEN)
    return token if isinstance(token, str) else None


def _signed_in(request: Request) -> Account:
    return account_of(request.scope)


def _phone(request: Request) -> Device:
    return device_of(request.scope)


Phone = Annotated[Device, Depends(_phone)]
"""A route's parameter: the phone that asks, or 401, or 403."""
SignedIn = Annotated[Account, Depends(_signed_in)]
"""A route's parameter: the account, or 401."""
