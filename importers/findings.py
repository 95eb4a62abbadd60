"""What an import found: each finding with its check, severity, place, size and remedy, in Chinese and English."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import shapely

from gis.errors import UnreadableFile
from gis.messages import Both
from importers.catalogue import CHECKS
from importers.geos_words import in_chinese

ERROR = "error"
WARNING = "warning"
INFO = "info"
_RANK = {ERROR: 0, WARNING: 1, INFO: 2}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LONGEST_VALUE = 2_000  # characters of one value in a sentence
_CORNERS = 2_000  # of a shape that is drawn; of a larger one the point is
_LISTED = 10_000  # findings of one check that are kept one by one; the rest is counted


@dataclass(frozen=True)
class Finding:
    """One thing that a check saw.

    `rows` are data rows of the file, counted from 1; `point` is (lon, lat); `size` is in `unit` (m², m, rows);
    `shape` is the ground that it is about, a shapely polygon in (lon, lat), where a check found one.
    """

    check: str
    severity: str
    rows: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    size: float | None = None
    unit: str = ""
    values: dict[str, object] = field(default_factory=dict)
    shape: Any | None = None

    def message(self, language: str) -> str:
        """What was seen, in `zh` or `en`."""
        check = CHECKS[self.check]
        if language == "en":
            return _sentence(check.seen_en, self.values)
        why = self.values.get("why")
        return _sentence(
            check.seen_zh, {**self.values, "why": in_chinese(why)} if isinstance(why, str) else self.values
        )

    def remedy(self, language: str) -> str:
        """What to do about it, in `zh` or `en`."""
        check = CHECKS[self.check]
        return _sentence(check.remedy_zh if language == "zh" else check.remedy_en, self.values)

    def where(self, language: str) -> str:
        """The place in words: rows, codes, (lon, lat)."""
        parts = []
        if self.rows:
            listed = ", ".join(str(row) for row in self.rows[:5]) + (", …" if len(self.rows) > 5 else "")
            parts.append(f"第 {listed} 行" if language == "zh" else f"row {listed}")
        if self.codes:
            parts.append(", ".join(self.codes[:5]) + (", …" if len(self.codes) > 5 else ""))
        if self.point is not None:
            parts.append(f"{self.point[0]:.6f},{self.point[1]:.6f}")
        return _in_one_line(" · ".join(parts))

    def on_map(self, language: str) -> dict[str, Any]:
        """The finding as a GeoJSON feature: its ground, or else its point, or no geometry; `point` stays a property."""
        geometry = None
        if self.shape is not None:
            geometry = json.loads(shapely.to_geojson(self.shape))
        elif self.point is not None:
            geometry = {"type": "Point", "coordinates": list(self.point)}
        return {"type": "Feature", "geometry": geometry, "properties": self.as_json(language)}

    def as_json(self, language: str) -> dict[str, Any]:
        """The finding for programs: the keys that are promised, and what a map and a table need besides."""
        return {
            "check": self.check,
            "severity": self.severity,
            "where": self.where(language),
            "size": self.size,
            "unit": self.unit or None,
            "message": self.message(language),
            "remedy": self.remedy(language),
            "rows": list(self.rows),
            "codes": list(self.codes),
            "point": list(self.point) if self.point is not None else None,
        }


def _sentence(form: str, values: dict[str, object]) -> str:
    """A sentence with its values; a list of a thousand columns is cut off."""
    told = {
        name: value[:_LONGEST_VALUE] + " …" if isinstance(value, str) and len(value) > _LONGEST_VALUE else value
        for name, value in values.items()
    }
    if isinstance(area := values.get("m2"), float):
        told["m2_told"] = f"{area:,.1f} m²" if area >= 10 else f"{area:.2f} m²" if area >= 0.1 else f"{area:.4f} m²"
    return _in_one_line(form.format_map(_Values(told)))


def _in_one_line(sentence: str) -> str:
    """A sentence without line ends and control characters, which values from a file bring along."""
    return _CONTROL.sub(" ", sentence)


class _Values(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


class Findings:
    """Collects findings; a check that the user allows is a warning instead of an error."""

    def __init__(self, allowed: frozenset[str] = frozenset()) -> None:
        self._allowed = allowed
        self._kept: list[Finding] = []
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(
        self,
        check: str,
        severity: str = ERROR,
        *,
        rows: tuple[int, ...] = (),
        codes: tuple[str, ...] = (),
        point: tuple[float, float] | None = None,
        size: float | None = None,
        unit: str = "",
        shape: Any | None = None,
        **values: object,
    ) -> None:
        """Notes one finding; past the ten-thousandth of one check they are only counted."""
        if severity == ERROR and check in self._allowed and CHECKS[check].allowable:
            severity = WARNING
        self._seen[check, severity] += 1
        if self._seen[check, severity] <= _LISTED:
            shape = shape if shape is not None and shapely.get_num_coordinates(shape) <= _CORNERS else None
            self._kept.append(Finding(check, severity, rows, codes, point, size, unit, values, shape))

    def add_unreadable(self, unreadable: UnreadableFile) -> None:
        """Notes that no reader can open the file."""
        why, remedy = unreadable.values["why"], unreadable.values["remedy"]
        assert isinstance(why, Both) and isinstance(remedy, Both)  # noqa: S101, PT018 - readers make it so
        self.add(
            "unreadable", ERROR,
            file=unreadable.values["file"], why_zh=why.zh, why_en=why.en, remedy_zh=remedy.zh, remedy_en=remedy.en,
        )  # fmt: skip

    def locate(self, connection: psycopg.Connection[Any]) -> None:
        """Gives findings that name rows but no place the place of their first row in the staging table."""
        rows = [finding.rows[0] for finding in self._kept if finding.rows and finding.point is None]
        if not rows:
            return
        places = {
            row: (lon, lat)
            for row, lon, lat in connection.execute(
                "SELECT row, ST_X(p), ST_Y(p) FROM (SELECT row, ST_PointOnSurface(geom) AS p FROM staged"
                " WHERE row = ANY(%s) AND geom IS NOT NULL) located",
                (rows,),
            )
        }
        self._kept = [
            replace(finding, point=places.get(finding.rows[0])) if finding.rows and finding.point is None else finding
            for finding in self._kept
        ]

    @property
    def errors(self) -> int:
        """How many errors were seen, listed or not."""
        return sum(count for (_, severity), count in self._seen.items() if severity == ERROR)

    def __iter__(self) -> Iterator[Finding]:
        yield from sorted(self._kept, key=lambda finding: _RANK[finding.severity])
        for (check, severity), count in self._seen.items():
            if count > _LISTED:
                left = count - _LISTED
                yield Finding("more", severity, size=left, unit="rows", values={"of": check, "count": left})

    def __len__(self) -> int:
        return len(self._kept)
