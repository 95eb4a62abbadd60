"""Takes the predicate out of one place of the code, so that a test can be seen to notice it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from gis.access.scope import EVERYWHERE, Scope

_ASKED = {"sql", "sql_any", "sees", "areas", "visible", "everywhere"}
_OWN = "gis.access.scope"

Site = tuple[str, str, str]
"""Where the code asks a scope something: module, function, and what it asks."""


class Watched:
    """While it stands, every question that the code asks a scope is noted; at `out` the answer is "everything"."""

    def __init__(self) -> None:
        self.asked: set[Site] = set()
        self.out: Site | None = None

    def look(self, scope: Scope, name: str) -> Any:
        """What `Scope.__getattribute__` does instead."""
        if name in _ASKED:
            frame = sys._getframe(2)  # past the lambda below
            module = str(frame.f_globals.get("__name__"))
            if module != _OWN and not module.startswith(("tests.", "dataclasses")):
                site = (module, frame.f_code.co_name, name)
                self.asked.add(site)
                if site == self.out:
                    return object.__getattribute__(EVERYWHERE, name)
        return object.__getattribute__(scope, name)

    @contextlib.contextmanager
    def standing(self) -> Iterator[Watched]:
        """Has all scopes of this process watched."""
        look = self.look
        Scope.__getattribute__ = lambda scope, name: look(scope, name)  # type: ignore[method-assign]
        try:
            yield self
        finally:
            del Scope.__getattribute__
