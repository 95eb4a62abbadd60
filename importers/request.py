"""What is asked of an import, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from importers.findings import ERROR, Finding

Progress = Callable[[str, int, int | None], None]
"""Called with the stage (`read`, `check`, `write`), the rows done and, where known, the rows in all."""

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class ImportRequest:
    """One file, what it is, and how to read it.

    `columns` says which column a field is taken from, `constants` gives a field one value for all rows; `exact`: no
    other column is taken, whatever its name.
    `swap` reads northing before easting. `fresh` leaves aside how the last file of the same shape was read.
    `in_force_from` is the moment at which imported grids come into force, None for at once. `allow` names checks whose
    errors the user takes as they are. `by` is who imports, `zone` the time zone in
    which a day is told, `visible` the areas (ids) that they may touch, None for all.
    """

    kind: str
    file: Path
    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    grid_kind: str = "community"
    within: str | None = None
    replace: bool = False
    yes: bool = False
    dry_run: bool = False
    repair: bool = False
    swap: bool = False
    exact: bool = False
    fresh: bool = False
    in_force_from: datetime | None = None
    allow: frozenset[str] = frozenset()
    by: str = ""
    zone: ZoneInfo = _UTC
    visible: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or why it did nothing. `run` is the import's number, for `import undo`."""

    run: int | None
    findings: tuple[Finding, ...]
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0

    @property
    def refused(self) -> bool:
        """Whether errors kept it from changing anything."""
        return any(finding.severity == ERROR for finding in self.findings)

    def as_geojson(self, language: str) -> dict[str, Any]:
        """The findings for a map; those of the file as a whole have no geometry."""
        return {"type": "FeatureCollection", "features": [finding.on_map(language) for finding in self.findings]}

    def as_json(self, language: str) -> dict[str, Any]:
        """The report for programs."""
        return {
            "import": self.run,
            "findings": [finding.as_json(language) for finding in self.findings],
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
            "unchanged": self.unchanged,
        }
