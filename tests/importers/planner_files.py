"""What planners' files hold, in small; and short words for what tests ask of a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from importers.request import ImportReport

Feature = dict[str, Any]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def feature(geometry: dict[str, Any] | None, **properties: object) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def square(lon: float, lat: float, size: float = 0.01) -> dict[str, Any]:
    """A square with its south-western corner at (lon, lat), `size` degrees wide."""
    east, north = lon + size, lat + size
    return {
        "type": "Polygon",
        "coordinates": [[[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]],
    }


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def checks(report: ImportReport, severity: str = "error") -> list[str]:
    """The names of the findings of a severity."""
    return [finding.check for finding in report.findings if finding.severity == severity]


def value(db: psycopg.Connection, query: str, *values: object) -> Any:
    """The first value of a query's first row."""
    row = db.execute(query, values).fetchone()
    assert row is not None
    return row[0]
