"""Files of planners, written on the spot, and the importers run on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planner_files import Feature, feature, square

from importers.load import run
from importers.request import ImportReport, ImportRequest


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes features as GeoJSON, or one a line when the name ends in .geojsonl."""

    def make(features: list[Feature], name: str = "file.geojson") -> Path:
        path = tmp_path / name
        if name.endswith(".geojsonl"):
            path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in features), encoding="utf-8")
        else:
            collection = {"type": "FeatureCollection", "features": features}
            path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
        return path

    return make


Load = Callable[..., ImportReport]


@pytest.fixture
def load(dsn: str) -> Load:
    """Imports a file into the test's database; keywords are those of ImportRequest."""

    def go(kind: str, file: Path, **options: Any) -> ImportReport:
        return run(dsn, ImportRequest(kind, file, by="tester", **options))

    return go


@pytest.fixture
def town(load: Load, write: Callable[..., Path]) -> None:
    """A street of 0.02° × 0.01° with two communities, west and east."""
    street = square(118.0, 36.8, 0.02)
    street["coordinates"][0] = [[118.0, 36.8], [118.02, 36.8], [118.02, 36.81], [118.0, 36.81], [118.0, 36.8]]
    report = load(
        "areas",
        write(
            [
                feature(square(118.0, 36.8), code="w", name="西社区", level="社区", parent="s"),
                feature(square(118.01, 36.8), code="e", name="东社区", level="community", parent="s"),
                feature(street, code="s", name="四宝山街道", level="街道", parent=None),
            ],
            "town.geojson",
        ),
    )
    assert not report.refused, [finding.message("en") for finding in report.findings]
