"""Writes a town as files that the importers read: GeoJSON, one feature a line, and CSV for the addresses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TextIO

import numpy as np
import shapely

from gridtwin.demo.town.addresses import COLUMNS
from gridtwin.demo.town.frame import all_geographic
from gridtwin.demo.town.model import Area, Grid
from gridtwin.demo.town.subdistrict import NOTE, Subdistrict

FILES = {
    "areas": "areas.geojson",
    "grids": "grids.geojson",
    "party_grids": "party_grids.geojson",
    "buildings": "buildings.geojson",
    "addresses": "addresses.csv",
    "facilities": "facilities.geojson",
    "streets": "streets.geojson",
    "ground": "ground.geojson",
    "people": "people.csv",
}
Progress = Callable[[str, int, int], None]


class FeatureFile:
    """A GeoJSON file that is written feature by feature, so that memory does not grow with it."""

    def __init__(self, path: Path, layer: str) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", newline="\n")
        self._first = True
        self._file.write(f'{{"type":"FeatureCollection","name":"{layer}","note":"{NOTE}","features":[\n')

    def __enter__(self) -> FeatureFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.write("\n]}\n")
        self._file.close()

    def write(self, shapes: Iterable[shapely.Geometry], rows: Iterable[dict[str, object]]) -> None:
        """Adds features: shapes in lon, lat and their properties."""
        geometry = shapely.to_geojson(np.array(list(shapes), dtype=object))
        for text, row in zip(geometry.tolist(), rows, strict=True):
            properties = json.dumps({**row, "note": NOTE}, ensure_ascii=False, separators=(",", ":"))
            self._file.write("" if self._first else ",\n")
            self._first = False
            self._file.write(f'{{"type":"Feature","properties":{properties},"geometry":{text}}}')


def _area(area: Area) -> dict[str, object]:
    return {"code": area.code, "name": area.name, "level": area.level, "parent": area.parent or None}


_PEOPLE = ("id", "name", "role", "grid", "from", "note")
_SINCE = "2026-01-01"


def _people(town: Subdistrict, street: int) -> Iterator[tuple[str, ...]]:
    """A grid worker for each grid: `worker1` … in the order of the codes, `party1` … for the party grids."""
    for account, grids in (("worker", town.grids), ("party", town.party_grids)):
        ordered = sorted(grids, key=lambda grid: grid.code)
        for number, grid in enumerate(ordered, street * len(grids) + 1):
            yield f"{account}{number}", f"{grid.worker}（示范）", "网格员", grid.code, _SINCE, NOTE


def _grid(grid: Grid) -> dict[str, object]:
    return {
        "code": grid.code,
        "name": grid.name,
        "area": grid.area,
        "kind": grid.kind,
        "sequence": grid.sequence,
        "worker": grid.worker,
    }


def write_files(
    county: Area, streets: Iterator[Subdistrict], count: int, folder: Path, progress: Progress
) -> dict[str, Path]:
    """Writes all files, street by street. Returns kind → path."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / name for kind, name in FILES.items()}
    with (
        FeatureFile(paths["areas"], "areas") as areas,
        FeatureFile(paths["grids"], "grids") as grids,
        FeatureFile(paths["party_grids"], "party_grids") as party_grids,
        FeatureFile(paths["buildings"], "buildings") as buildings,
        FeatureFile(paths["facilities"], "facilities") as facilities,
        FeatureFile(paths["streets"], "streets") as lines,
        FeatureFile(paths["ground"], "ground") as ground,
        paths["addresses"].open("w", encoding="utf-8", newline="\n") as address_file,
        paths["people"].open("w", encoding="utf-8", newline="\n") as people_file,
    ):
        people_file.write(",".join(_PEOPLE) + "\n")
        address_file.write(",".join(COLUMNS) + "\n")
        areas.write([county.shape], [_area(county)])
        progress("demo-town", 0, count)
        for number, town in enumerate(streets, 1):
            areas.write([a.shape for a in town.areas], map(_area, town.areas))
            grids.write([g.shape for g in town.grids], map(_grid, town.grids))
            party_grids.write([g.shape for g in town.party_grids], map(_grid, town.party_grids))
            people_file.writelines(",".join(row) + "\n" for row in _people(town, number - 1))
            _write_buildings(buildings, town)
            address_file.writelines(",".join(row) + "\n" for row in town.addresses())
            facilities.write(
                all_geographic([f.place for f in town.facilities]),
                (
                    {"code": f"{town.code}F{n:05d}", "name": f.name, "category": f.category}
                    for n, f in enumerate(town.facilities, 1)
                ),
            )
            lines.write(
                all_geographic([s.shape for s in town.streets]),
                (
                    {"code": f"{town.code}R{n:05d}", "name": s.name, "class": s.kind, "width": s.width}
                    for n, s in enumerate(town.streets, 1)
                ),
            )
            ground.write(
                _valid(all_geographic([g.shape for g in town.ground])),
                (
                    {"code": f"{town.code}G{n:05d}", "name": g.name, "kind": g.kind}
                    for n, g in enumerate(town.ground, 1)
                ),
            )
            progress("demo-town", number, count)
    return paths


def _valid(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Rounding to a centimetre can make an outline touch itself; such ones are drawn anew."""
    return [shape if shape.is_valid else shapely.buffer(shape, 0) for shape in shapes]


def _write_buildings(file: FeatureFile, town: Subdistrict) -> None:
    file.write(
        all_geographic([b.shape for b in town.buildings]),
        (
            {
                "code": b.code,
                "name": b.name,
                "estate": b.estate,
                "use": b.use,
                "height": b.height,
                "levels": b.levels,
                "units": b.units,
                "households": b.households,
                "residents": sum(b.residents),
                "year": b.year,
                "grid": town.grids[b.grid].code,
            }
            for b in town.buildings
        ),
    )
