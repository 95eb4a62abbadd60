"""Every way into the application, found from its router and its doors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import Route

from gis.doors import Door, Doors


def routes_of(app: Any) -> set[str]:
    """`METHOD path` of all routes and doors, those that the API's document leaves out too."""
    found: set[str] = set()
    layer = app
    while hasattr(layer, "_app"):
        if isinstance(layer, Doors):
            found |= {f"{door.method} {door.path}" for door in _doors(vars(layer))}
        layer = layer._app
    for route in _below(layer.routes):
        found |= {f"{method} {route.path}" for method in (route.methods or set()) - {"HEAD"}}
    return found


def _doors(held: Any) -> Iterator[Door]:
    """The doors in whatever a table of doors keeps them in."""
    if isinstance(held, Door):
        yield held
    elif isinstance(held, dict | list | tuple):
        for each in held.values() if isinstance(held, dict) else held:
            yield from _doors(each)


def _below(routes: Any) -> Iterator[Any]:
    for route in routes:
        if isinstance(route, APIRoute | Route):
            yield route
        elif hasattr(route, "original_router"):  # what FastAPI keeps of an included router
            yield from _below(route.original_router.routes)
