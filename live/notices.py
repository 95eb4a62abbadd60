"""Short texts beside the workers' frames: which tiles to ask for again, and whatever else a client asked to be told.

A client names its topics (`?tell=tiles,issues`). What waits for a busy client is merged by key and bounded; past the
bound it is told that it missed something, and asks for everything anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

MOST_WAITING = 200
_encode = msgspec.json.Encoder().encode


class Notices:
    """What waits for one client; `wake` is called whenever there is something."""

    def __init__(self, topics: frozenset[str], wake: Callable[[], None]) -> None:
        self.topics = topics
        self._wake = wake
        self._waiting: dict[tuple[str, str], dict[str, Any]] = {}
        self._missed: set[str] = set()

    def add(self, topic: str, key: str, notice: dict[str, Any]) -> None:
        """Lets a notice wait (with its `type`); one of the same topic and key that still waits is replaced."""
        if topic not in self.topics or topic in self._missed:
            return
        self._waiting[topic, key] = notice
        if len(self._waiting) > MOST_WAITING:
            self._missed.add(topic)
            self._waiting = {kept: value for kept, value in self._waiting.items() if kept[0] != topic}
        self._wake()

    def next(self) -> str | None:
        """The next notice as JSON: what was missed first."""
        if self._missed:
            return _encode({"type": "missed", "topic": self._missed.pop()}).decode()
        if not self._waiting:
            return None
        return _encode(self._waiting.pop(next(iter(self._waiting)))).decode()
