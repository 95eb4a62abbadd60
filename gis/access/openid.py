"""Signing in at an OpenID provider: authorization code with PKCE (S256), state and nonce, the ID token verified.

What belongs to one attempt (state, nonce, PKCE's verifier) stands in a short-lived cookie of the browser that began it,
so that any process may finish it and no other browser can.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gis.clock import Clock
from gis.errors import OpenidAway, OpenidRefused
from gis.settings import Settings

_TIMEOUT_S = 10.0
_KEPT_S = 3600.0
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_LEEWAY_S = 60
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Attempt:
    """One attempt: what the provider has to give back, and where the browser goes on (a page of ours)."""

    state: str
    nonce: str
    verifier: str
    page: str

    def cookie(self) -> str:
        """The attempt as the browser keeps it."""
        return ".".join((self.state, self.nonce, self.verifier, base64.urlsafe_b64encode(self.page.encode()).decode()))

    @classmethod
    def begin(cls, page: str) -> Attempt:
        """A new one."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), page)

    @classmethod
    def of_cookie(cls, text: str, state: str) -> Attempt:
        """The attempt that this browser began; raises OpenidRefused unless the provider came back with its state."""
        try:
            known, nonce, verifier, page = text.split(".")
            attempt = cls(known, nonce, verifier, base64.urlsafe_b64decode(page).decode())
        except ValueError as broken:
            raise OpenidRefused from broken
        if not state or not hmac.compare_digest(known.encode(), state.encode()):
            raise OpenidRefused
        return attempt


class Provider:
    """The provider that GRIDTWIN_OPENID_ISSUER names; its documents are read when they are first needed."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.issuer = (settings.openid_issuer or "").rstrip("/")
        self._client = settings.openid_client or ""
        self._secret = settings.openid_secret.get_secret_value() if settings.openid_secret else None
        self._scopes = "openid profile email"
        self._clock = clock
        self._document: tuple[float, dict[str, Any]] | None = None
        self._keys: KeySet | None = None
        self._reading = asyncio.Lock()

    async def address(self, attempt: Attempt, back: str) -> str:
        """Where the browser signs in; `back` is the address that it comes back to."""
        document = await self._described()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": back,
            "scope": self._scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in document["authorization_endpoint"] else "?"
        return f"{document['authorization_endpoint']}{joint}{urlencode(query)}"

    async def claims(self, attempt: Attempt, code: str, back: str) -> dict[str, Any]:
        """Whom the provider signed in: the verified claims of its ID token and what it tells besides.

        Raises OpenidRefused, or OpenidAway when the provider doesn't answer.
        """
        document = await self._described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.verifier,
            "client_id": self._client,
        }
        auth: httpx.Auth | None = None
        if self._secret is not None:
            methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            if "client_secret_basic" in methods:
                auth = httpx.BasicAuth(self._client, self._secret)
            else:
                form["client_secret"] = self._secret
        told = await _json("POST", document["token_endpoint"], data=form, auth=auth)
        if not isinstance(told.get("id_token"), str):
            raise OpenidRefused
        claims = await self._verified(told["id_token"], attempt.nonce)
        if document.get("userinfo_endpoint") and isinstance(told.get("access_token"), str):
            headers = {"Authorization": f"Bearer {told['access_token']}"}
            besides = await _json("GET", document["userinfo_endpoint"], headers=headers)
            if besides.get("sub") == claims["sub"]:
                claims = {**besides, **claims}
        return claims

    async def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            try:
                found = jwt.decode(token, await self._key_set(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                found = jwt.decode(token, await self._key_set(again=True), algorithms=_ALGORITHMS)  # keys are renewed
            registry = jwt.JWTClaimsRegistry(
                now=lambda: int(self._clock.now().timestamp()),
                leeway=_LEEWAY_S,
                iss={"essential": True, "values": [self.issuer, f"{self.issuer}/"]},
                sub={"essential": True},
                aud={"essential": True, "value": self._client},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(found.claims)
        except (JoseError, ValueError) as wrong:
            raise OpenidRefused from wrong
        claims: dict[str, Any] = found.claims
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._client:
            raise OpenidRefused
        return claims

    async def _described(self) -> dict[str, Any]:
        async with self._reading:
            if self._document is None or time.monotonic() - self._document[0] > _KEPT_S:
                document = await _json("GET", f"{self.issuer}/.well-known/openid-configuration")
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if str(document.get("issuer", "")).rstrip("/") != self.issuer or any(
                    not isinstance(document.get(name), str) for name in needed
                ):
                    raise OpenidAway
                self._document = (time.monotonic(), document)
            return self._document[1]

    async def _key_set(self, *, again: bool = False) -> KeySet:
        if self._keys is None or again:
            document = await self._described()
            told = await _json("GET", document["jwks_uri"])
            try:
                self._keys = KeySet.import_key_set({"keys": told.get("keys", [])})
            except (JoseError, ValueError, KeyError, TypeError) as unreadable:
                raise OpenidAway from unreadable
        return self._keys


async def _json(method: str, url: str, **more: Any) -> dict[str, Any]:
    """A JSON object of the provider's; raises OpenidRefused for a refusal, OpenidAway for anything else."""
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client:
            answer = await client.request(method, url, **{name: value for name, value in more.items() if value})
        told = answer.json() if len(answer.content) <= _MOST_BYTES else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as silent:
        raise OpenidAway from silent
    if method == "POST" and 400 <= answer.status_code < 500:
        raise OpenidRefused
    if answer.status_code != 200 or not isinstance(told, dict):
        raise OpenidAway
    return told
