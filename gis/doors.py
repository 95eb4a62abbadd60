"""Doors: the plain ASGI ways in that are too hot for a framework, in one table.

Routing, the OpenAPI document, and the tests of scope and documentation are made from the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from gis.errors import NotFound

_PARAMETER = re.compile(r"\{(\w+)\}")
WEBSOCKET = "WEBSOCKET"
_SHAPES = {"z": r"\d{1,2}", "x": r"\d{1,9}", "y": r"\d{1,9}", "layers": r"[^/]+?"}


@dataclass(frozen=True)
class Door:
    """One way in: method, path with `{parameters}`, what answers, and how it is documented.

    The method WEBSOCKET takes connections that stay; OpenAPI has no word for them, so they aren't in the document.
    """

    method: str
    path: str
    answer: ASGIApp
    summary: str
    description: str
    query: tuple[tuple[str, str], ...] = ()
    """(name, description) of optional query parameters."""
    media_type: str = "application/json"
    signed_in: bool = True

    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression with named groups."""
        parts = _PARAMETER.split(self.path)
        shaped = [
            re.escape(part) if index % 2 == 0 else f"(?P<{part}>{_SHAPES.get(part, '[^/]+')})"
            for index, part in enumerate(parts)
        ]
        return re.compile("".join(shaped))


class Doors:
    """Sends a request to the door whose path and method fit, else on to the application behind."""

    def __init__(self, app: ASGIApp, doors: Sequence[Door]) -> None:
        self._app = app
        self._plain: dict[tuple[str, str], Door] = {}
        self._by_first: dict[str, list[tuple[re.Pattern[str], Door]]] = {}
        for door in doors:
            if not _PARAMETER.search(door.path):
                self._plain[door.method, door.path] = door
                continue
            first = door.path.split("/", 2)[1]
            self._by_first.setdefault(first, []).append((door.pattern(), door))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] in ("http", "websocket"):
            path: str = scope["path"].rstrip("/") or "/"  # some phones put one behind the address that was typed in
            method = scope["method"] if scope["type"] == "http" else WEBSOCKET
            method = "GET" if method == "HEAD" else method
            plain = self._plain.get((method, path))
            if plain is not None:
                scope["path_params"] = {}
                scope["gridtwin.door"] = plain.path
                await plain.answer(scope, receive, send)
                return
            for pattern, door in self._by_first.get(path.split("/", 2)[1], ()):
                match = pattern.fullmatch(path)
                if match and method == door.method:
                    scope["path_params"] = match.groupdict()
                    scope["gridtwin.door"] = door.path
                    await door.answer(scope, receive, send)
                    return
        if scope["type"] == "websocket":
            raise NotFound(what=path)
        await self._app(scope, receive, send)


def openapi_paths(doors: Sequence[Door]) -> dict[str, Any]:
    """The doors as OpenAPI path items."""
    paths: dict[str, Any] = {}
    for door in doors:
        if door.method == WEBSOCKET:
            continue
        parameters = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "integer" if name in ("z", "x", "y") else "string"},
            }
            for name in _PARAMETER.findall(door.path)
        ]
        parameters += [
            {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
            for name, text in door.query
        ]
        problem = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
        paths.setdefault(door.path, {})[door.method.lower()] = {
            "tags": [door.path.split("/", 2)[1]],
            "summary": door.summary,
            "description": door.description,
            "parameters": parameters,
            "responses": {
                "200": {"description": "Answer", "content": {door.media_type: {}}},
                "304": {"description": "Not modified"},
                **{
                    status: {"description": text, **problem}
                    for status, text in (
                        ("400", "A parameter can't be used"),
                        ("401", "Not signed in"),
                        ("403", "Not allowed"),
                        ("404", "No such thing"),
                        ("503", "Busy"),
                    )
                },
            },
        }
    return paths
