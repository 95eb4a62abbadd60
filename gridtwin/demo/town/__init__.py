"""The generated demo town (示范数据): a street of Zibo as files that any customer could have sent.

Nothing in it is surveyed. Names and codes of the street's communities are the official ones; the
ground, every building, address, facility and grid worker is made up, the same for the same seed.

In every street, exactly: 31 communities (12 urban, 19 villages), 96 community grids, 12 party grids,
108 estates, 2,044 buildings, 55,000 households, each with a standard address, and 160,000 residents
(numbers only, no persons). `scale` sets that many such streets side by side under the one county-level
area, with names and codes of their own (示范二街道 370399002, …). They are generated and written one
after the other, so memory does not grow with the city.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import shapely

from gridtwin.demo.town import names, plan
from gridtwin.demo.town.frame import STEPS, Frame, geographic
from gridtwin.demo.town.model import Area
from gridtwin.demo.town.plan import Cell
from gridtwin.demo.town.subdistrict import Subdistrict, generate_street, joined
from gridtwin.demo.town.writing import Progress, write_files

__all__ = ["Subdistrict", "Town", "generate", "generate_files", "outline", "write"]


@dataclass(frozen=True, slots=True)
class Town:
    """A town of `scale` streets. They are generated when they are asked for, one after the other."""

    seed: int
    scale: int

    def streets(self) -> Iterator[Subdistrict]:
        """The streets, the real one first."""
        frame = Frame(self.seed)
        for index, at in enumerate(plan.positions(self.scale)):
            yield generate_street(frame, index, at)

    def county(self) -> Area:
        """淄博高新区, which all streets are managed by (demo code 370399: it has no official one)."""
        frame = Frame(self.seed)
        outlines = [outline(frame, at) for at in plan.positions(self.scale)]
        return Area(names.COUNTY_CODE, names.COUNTY_NAME, "county", "", joined(outlines))


def outline(frame: Frame, at: Cell) -> shapely.Polygon:
    """One street's outline in lon, lat, with the vertices that its blocks have."""
    squares = []
    for column, row in plan.cells(at):
        w, s = column * STEPS, row * STEPS
        ring = [(w + k, s) for k in range(STEPS)] + [(w + STEPS, s + k) for k in range(STEPS)]
        ring += [(w + STEPS - k, s + STEPS) for k in range(STEPS)] + [(w, s + STEPS - k) for k in range(STEPS)]
        squares.append(geographic(frame.bent(shapely.Polygon(ring))))
    return joined(squares)


def generate(seed: int = 1, scale: int = 1) -> Town:
    """The town of a seed. Pure and deterministic: the same seed writes the same bytes.

    Raises ValueError where `scale` is not 1 to 99.
    """
    if not 1 <= scale <= 99:
        raise ValueError("scale must be at least 1 and at most 99")
    return Town(seed, scale)


def write(town: Town, folder: Path, progress: Progress | None = None) -> dict[str, Path]:
    """Writes one file a kind into `folder` (created if need be) and returns kind → path.

    All in EPSG:4326 with 7 decimals: `areas`, `grids` (kind community), `party_grids` (kind party),
    `buildings`, `facilities`, `streets`, `ground` as GeoJSON, `addresses` as CSV in UTF-8 with the
    columns `lon` and `lat`, `people` (a worker for each grid) as CSV. `progress` is told (step, done, of)
    after each street.
    """
    return write_files(town.county(), town.streets(), town.scale, folder, progress or _silent)


def generate_files(folder: Path, seed: int = 1, scale: int = 1, progress: Progress | None = None) -> dict[str, Path]:
    """Generates a town and writes its files: what `gridtwin demo town` does."""
    return write(generate(seed, scale), folder, progress)


def _silent(step: str, done: int, total: int) -> None:
    """Reports progress to nobody."""
