"""What a running service holds once, and hands to its routes and doors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from gis.access.devices import Devices
from gis.access.duty import Duty
from gis.access.guessing import Guessing
from gis.access.rates import Rates
from gis.access.sessions import Sessions
from gis.areas.register import PlanRegister
from gis.changes import Feed
from gis.clock import Clock
from gis.db import Database
from gis.settings import Settings


@dataclass
class Service:
    """What one process holds: sign-ins, phones, changes, plans; made by `gridtwin.app.create_app`."""

    settings: Settings
    clock: Clock
    database: Database
    sessions: Sessions
    devices: Devices
    duty: Duty
    guessing: Guessing
    rates: Rates
    feed: Feed
    """What is committed, as it is committed."""
    plans: PlanRegister
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    """What Prometheus is told."""
    ready: bool = False
    sorter: object = None
    """What sorts reports into classes (`gis.issues.intake.Learned`), made at first use."""
    openid: object = None
    """The OpenID provider (`gis.access.openid.Provider`), made at first use."""
    entrances: dict[str, str] = field(default_factory=dict)
    """One-click links of the demo: token -> username. Empty outside the demo."""
    pages: Callable[[], str] = str
    """Which build of the pages is served; a wall that shows another reloads."""
    at_end: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What rooms have to close when the service ends."""
    authority: bytes | None = None
    """The certificate (PEM) of this installation's own authority, for phones to trust; None without one."""


def _service(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)  # noqa: S101 - set by create_app
    return service


Here = Annotated[Service, Depends(_service)]
"""A route's parameter: the service that it runs in."""
