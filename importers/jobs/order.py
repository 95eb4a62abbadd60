"""What a child process is told to do, as one line of JSON, and what it answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from importers.request import ImportRequest

Task = Literal["inspect", "check", "import", "undo"]
WAY_TO_STOP = "gridtwin import"
"""Begins the application name of a child's connections, so that they can be ended with it."""


class Order(msgspec.Struct, frozen=True):
    """One task for one child. `request` are the values of an ImportRequest; `folder` is where its answer goes."""

    task: Task
    dsn: str
    folder: str
    memory_mb: int
    seconds: int
    request: dict[str, Any] = {}
    number: int = 0
    by: str = ""
    yes: bool = False


class Word(msgspec.Struct, omit_defaults=True):
    """A line that a child prints: how far it is, or how it ended (`done`, or an error's code and values)."""

    stage: str = ""
    rows: int = 0
    total: int | None = None
    done: bool = False
    error: str = ""
    values: dict[str, str | tuple[str, str]] = {}


def packed(request: ImportRequest) -> dict[str, Any]:
    """A request as JSON can carry it."""
    values = asdict(request)
    values["file"] = str(request.file)
    values["allow"] = sorted(request.allow)
    values["visible"] = None if request.visible is None else list(request.visible)
    values["zone"] = request.zone.key
    values["in_force_from"] = request.in_force_from.isoformat() if request.in_force_from else None
    return values


def unpacked(values: dict[str, Any]) -> ImportRequest:
    """The request that was packed."""
    day, visible = values["in_force_from"], values["visible"]
    return ImportRequest(
        **{
            **values,
            "file": Path(values["file"]),
            "zone": ZoneInfo(values["zone"]),
            "allow": frozenset(values["allow"]),
            "visible": None if visible is None else tuple(visible),
            "in_force_from": datetime.fromisoformat(day) if day else None,
        }
    )
