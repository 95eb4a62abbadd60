"""What a demo street consists of. Shapes are in metres of the plane until they are written."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely
from shapely import LineString, Point, Polygon


@dataclass(slots=True)
class Building:
    """A building. `axis` is the centre line (x, y, x, y) along which its stairwells or courtyards stand."""

    block: int
    shape: Polygon
    use: str
    name: str
    estate: str
    storey: float
    levels: int
    units: int
    per_floor: int
    year: int
    axis: tuple[float, float, float, float]
    least: int = 0
    most: int = 0
    vacant: int = 0
    road: str = ""
    road_no: str = ""
    label: str = ""
    grid: int = -1
    code: str = ""
    residents: list[int] = field(default_factory=list)

    @property
    def households(self) -> int:
        """Dwellings: storeys × stairwells × doors a landing, less the ground-floor rooms put to other use."""
        return self.levels * self.units * self.per_floor - self.vacant

    @property
    def height(self) -> float:
        """Metres above ground."""
        return round(self.levels * self.storey + 0.9, 1)


@dataclass(slots=True)
class Ground:
    """A piece of land use."""

    kind: str
    name: str
    shape: Polygon


@dataclass(slots=True)
class Street:
    """A centre line (街, 路, 巷) with its class and width in metres."""

    kind: str
    name: str
    width: float
    shape: LineString


@dataclass(slots=True)
class Facility:
    """A point of public facility or city component (公共设施, 城市部件)."""

    category: str
    name: str
    place: Point


@dataclass(slots=True)
class Grid:
    """A grid of one kind (`community` or `party`) with its worker; `shape` in lon, lat."""

    kind: str
    code: str
    name: str
    area: str
    sequence: int
    worker: str
    shape: shapely.Geometry


@dataclass(slots=True)
class Area:
    """An area of the management hierarchy; `shape` in lon, lat."""

    code: str
    name: str
    level: str
    parent: str
    shape: shapely.Geometry
