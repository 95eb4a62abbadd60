"""How often one may ask: a phone, a sign-in, and all of an address that come without either.

Thousands of phones share the address of their carrier's gateway (NAT). So whoever comes with a valid token is counted
by that alone, and an address only for the rest: a neighbour's flood keeps no phone from sending.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable, Collection
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from gis.access.devices import Device
from gis.access.guessing import network
from gis.access.http import account_or_none, device_or_none, token_of
from gis.access.sessions import digest
from gis.errors import TooManyRequests
from gis.settings import Network, Settings, networks

_AT_ONCE_S = 20.0  # seconds' worth of requests that may come at once, after a pause
_MOST = 100_000  # callers that are remembered before those whose pause is over are forgotten
Key = tuple[str, int | bytes | str]


class Rates:
    """Counts requests by leaky buckets: of each caller the moment is kept at which all it sent will be worked off."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self._phone = settings.rate_phone
        self._account = settings.rate_account
        self._address = settings.rate_address
        self._free = networks(settings.rate_free)
        self._now = now
        self._until: dict[Key, float] = {}
        self._is_free = lru_cache(10_000)(self._lies_in_a_free_network)

    def count(self, scope: Scope, device: Device | None = None) -> None:
        """Counts a request for whom it comes from; raises TooManyRequests.

        `device` is the phone where its app doesn't send a bearer token.
        """
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if self._is_free(address):
            return
        device = device or device_or_none(scope)
        if device is not None:
            self._spend(("phone", device.id), self._phone)
        elif account_or_none(scope) is not None:
            self._spend(("account", digest(token_of(scope) or "")), self._account)
        else:
            self._spend(("address", network(address)), self._address)

    def count_account(self, address: str, token: bytes) -> None:
        """Counts a request of a sign-in (the digest of its token) from an address; raises TooManyRequests."""
        if not self._is_free(address):
            self._spend(("account", token), self._account)

    def _spend(self, key: Key, rate: int) -> None:
        if not rate:
            return
        now = self._now()
        until = max(self._until.get(key, now), now)
        if until - now > _AT_ONCE_S:
            raise TooManyRequests(seconds=math.ceil(until - now - _AT_ONCE_S))
        if key not in self._until and len(self._until) >= _MOST:
            self._until = {each: end for each, end in self._until.items() if end > now}
        self._until[key] = until + 1 / rate

    def _lies_in_a_free_network(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address.split("%")[0])
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        return any(parsed in one for one in self._free if _same_kind(parsed, one))


def _same_kind(address: ipaddress.IPv4Address | ipaddress.IPv6Address, one: Network) -> bool:
    return address.version == one.version


class LimitRates:
    """Refuses whoever asks too often, once it is known who asks; `but` are paths that count by themselves."""

    def __init__(self, app: ASGIApp, rates: Rates, but: Collection[str]) -> None:
        self._app = app
        self._rates = rates
        self._but = frozenset(but)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] in ("http", "websocket") and scope["path"].rstrip("/") not in self._but:
            self._rates.count(scope)
        await self._app(scope, receive, send)
