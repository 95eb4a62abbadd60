"""Where a file would lie: coordinate systems that fit it, how far they are apart, and what is already there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyproj
import shapely

from gis.crs import Coordinates
from gis.crs_candidates import Candidate, candidates
from importers.readers import Source

_LOOK = 2_000  # shapes whose corners are looked at
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Placed:
    """A candidate, how many metres it lies from the first one, and whether it falls on the areas that are there."""

    candidate: Candidate
    apart_m: float
    on_areas: bool | None

    @property
    def option(self) -> str:
        """What to write on the command line for it."""
        return f"--crs {self.candidate.crs.name}" + (" --swap" if self.candidate.swapped else "")


def corners(source: Source) -> Coordinates:
    """Coordinates of the first shapes of a source, as they stand in the file."""
    for batch in source.batches([]):
        if batch.geometry is None:
            break
        shapes = shapely.from_wkb(batch.geometry[:_LOOK], on_invalid="ignore")
        return np.asarray(shapely.get_coordinates(shapes), dtype=np.float64)
    return np.zeros((0, 2))


def place(coordinates: Coordinates, connection: psycopg.Connection[Any] | None) -> list[Placed]:
    """The candidates for coordinates; those that fall on the areas that are already there come first."""
    found = candidates(coordinates)
    box = areas_box(connection)
    on_areas = [None if box is None else _near(candidate, box) for candidate in found]
    order = sorted(range(len(found)), key=lambda at: (on_areas[at] is not True, found[at].swapped))
    placed: list[Placed] = []
    for at in order:
        first = placed[0].candidate if placed else found[at]
        apart = metres(first.lon, first.lat, found[at].lon, found[at].lat)
        placed.append(Placed(found[at], apart, on_areas[at]))
    return placed


def areas_box(connection: psycopg.Connection[Any] | None) -> tuple[float, float, float, float] | None:
    """West, south, east and north of all areas; None when there are none."""
    if connection is None:
        return None
    row = connection.execute(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) AS e FROM area) box"
    ).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1], row[2], row[3])


def _near(candidate: Candidate, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return west <= candidate.lon <= east and south <= candidate.lat <= north


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """The distance of two places on the ellipsoid."""
    _, _, length = _GEOD.inv(lon, lat, other_lon, other_lat)
    return float(length)


def in_words(placed: Sequence[Placed], language: str) -> str:
    """The candidates in one line for a remedy: option, reason, how far from the first."""
    parts = []
    for at, one in enumerate(placed[:8]):
        reason = one.candidate.reason_zh if language == "zh" else one.candidate.reason_en
        where = f"{one.candidate.lon:.4f},{one.candidate.lat:.4f}"
        if one.on_areas:
            where += "，落在已有区域内" if language == "zh" else ", on the areas that are there"
        if at:
            where += f"，相距 {one.apart_m:,.0f} 米" if language == "zh" else f", {one.apart_m:,.0f} m from the first"
        parts.append(f"{one.option} ({reason}; {where})")
    return "; ".join(parts) if parts else ("–")
