"""One street (街道) of the town, complete: areas, grids, buildings, addresses, facilities, streets, ground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from gridtwin.demo.town import facilities, households, landscape, names, plan, roads
from gridtwin.demo.town.addresses import Address, addresses
from gridtwin.demo.town.blocks import Block, blocks
from gridtwin.demo.town.facilities import along_streets
from gridtwin.demo.town.frame import Frame, all_geographic, chance
from gridtwin.demo.town.landuse import assign, stem
from gridtwin.demo.town.layout import Layout
from gridtwin.demo.town.model import Area, Building, Facility, Grid, Ground, Street
from gridtwin.demo.town.partition import Faces, cut_all, gather
from gridtwin.demo.town.plan import Cell

GRIDS, PARTY_GRIDS = 96, 12
NOTE = "示范数据"


@dataclass(slots=True)
class Subdistrict:
    """All of one street. Areas and grids are in lon, lat; the rest is in metres until it is written."""

    code: str
    name: str
    areas: list[Area]
    grids: list[Grid]
    party_grids: list[Grid]
    buildings: list[Building]
    facilities: list[Facility]
    streets: list[Street]
    ground: list[Ground]

    def addresses(self) -> Iterator[Address]:
        """The standard addresses of all households, building by building."""
        community = {area.code: area.name for area in self.areas}
        for building in self.buildings:
            if building.households:
                name = community[self.grids[building.grid].area]
                yield from addresses(building, self.name, name, NOTE)


def joined(faces: list[Polygon]) -> Polygon | MultiPolygon:
    """The union of faces of a coverage; every vertex stays, so neighbours go on sharing theirs."""
    whole = shapely.normalize(shapely.coverage_union_all(np.array(faces, dtype=object)))
    parts = shapely.get_parts(whole)
    return parts[0] if len(parts) == 1 else whole


def generate_street(frame: Frame, index: int, at: Cell) -> Subdistrict:
    """Generates the n-th street at its place in the city. Pure: the same arguments, the same street."""
    seed = frame.seed
    code, name = names.street(index)
    communities = names.communities(index)
    network = roads.lattice(seed, at)
    spare = names.local_roads(chance(seed, index, "local roads"))
    for cell in plan.cells(at):
        network += roads.subdivision(seed, cell, spare)
    wet = landscape.water(frame, at)
    ground = blocks(frame, network, wet.corridor)
    _name_village_roads(network, at, communities)
    assign(seed, index, ground, communities)
    layout = Layout(frame, index, at, ground, network, wet, communities)
    layout.town()
    layout.country()
    buildings = layout.built.buildings
    households.fit_households(buildings, chance(seed, index, "storeys"))
    households.fill_households(buildings, chance(seed, index, "residents"))
    grids, faces = _grids(seed, index, ground, buildings, communities)
    areas, party = _areas(seed, index, code, name, ground, faces, grids, communities)
    buildings = _coded(buildings, grids)
    layout.open_water(shapely.union_all([b.face for b in ground]))
    built_up = shapely.union_all([b.face.buffer(25) for b in ground if b.zone in plan.BUILT_UP])
    points = along_streets(layout.streets, built_up, chance(seed, index, "roadside"))
    points += facilities.of_communities(
        ground, buildings, communities, Polygon(wet.lake.exterior), chance(seed, index, "services")
    )
    streets = layout.streets + layout.built.streets
    return Subdistrict(code, name, areas, grids, party, buildings, points, streets, layout.built.ground)


def _name_village_roads(network: list[roads.Road], at: Cell, communities: dict[str, tuple[str, str]]) -> None:
    for road in network:
        if road.name in ("中心街", "振兴街", "幸福街"):
            a, b = road.path[0], road.path[-1]
            cell = ((a[0] + b[0]) // 2 // 32, (a[1] + b[1]) // 2 // 32)
            road.name = communities[plan.COMMUNITY_OF[plan.home(cell)[1]]][1] + road.name


def _grids(
    seed: int, index: int, ground: list[Block], buildings: list[Building], communities: dict[str, tuple[str, str]]
) -> tuple[list[Grid], list[Polygon]]:
    """Cuts every community into grids of about equally many residents and tells each block its own."""
    faces = all_geographic([b.face for b in ground])
    weights = [block.face.area / 1e5 for block in ground]
    for building in buildings:
        weights[building.block] += sum(building.residents)
    graph = Faces.of([b.face for b in ground], weights)
    letters = list(communities)
    members = [[b.number for b in ground if b.community == letter] for letter in letters]
    urban = [letter in plan.URBAN for letter in letters]
    cuts = cut_all(graph, members, GRIDS, [4 if u else 1 for u in urban], [8 if u else 3 for u in urban])
    workers = names.workers(seed, index, GRIDS + PARTY_GRIDS)
    grids: list[Grid] = []
    for letter, parts in zip(letters, cuts, strict=True):
        code, name = communities[letter]
        parts.sort(key=lambda part: _reading_order([ground[m].face for m in part]))
        for number, part in enumerate(parts, 1):
            for member in part:
                ground[member].grid = len(grids)
            shape = joined([faces[m] for m in part])
            grids.append(
                Grid(
                    "community",
                    f"{code}{number:03d}",
                    f"{stem(name)}第{number}网格",
                    code,
                    len(grids) + 1,
                    workers[len(grids)],
                    shape,
                )
            )
    for building in buildings:
        building.grid = ground[building.block].grid
    return grids, faces


def _reading_order(shapes: list[Polygon]) -> tuple[float, float]:
    """North to south in bands of 400 m, west to east within a band."""
    centre = shapely.union_all(shapes).centroid
    return -round(centre.y / 400), centre.x


def _areas(
    seed: int,
    index: int,
    code: str,
    name: str,
    ground: list[Block],
    faces: list[Polygon],
    grids: list[Grid],
    communities: dict[str, tuple[str, str]],
) -> tuple[list[Area], list[Grid]]:
    whole = joined(faces)
    areas = [Area(code, name, "street", names.COUNTY_CODE, whole)]
    letters = list(communities)
    shapes = []
    for letter in letters:
        area_code, area_name = communities[letter]
        shape = joined([faces[b.number] for b in ground if b.community == letter])
        areas.append(Area(area_code, area_name, "community", code, shape))
        shapes.append(joined([b.face for b in ground if b.community == letter]))
    weights = [0.0] * len(letters)
    for block in ground:
        weights[letters.index(block.community)] += 1.0
    graph = Faces.of(shapes, weights)
    workers = names.workers(seed, index, GRIDS + PARTY_GRIDS)[GRIDS:]
    party = []
    for number, group in enumerate(gather(graph, list(range(len(plan.URBAN)))), 1):
        lead = stem(communities[letters[group[0]]][1])
        mine = {letters[m] for m in group}
        shape = joined([faces[b.number] for b in ground if b.community in mine])
        party.append(
            Grid("party", f"{code}9{number:05d}", f"{lead}大党委网格", code, number, workers[number - 1], shape)
        )
    return areas, party


def _coded(buildings: list[Building], grids: list[Grid]) -> list[Building]:
    """Buildings in the order of their grids, numbered in each from west to east and north to south."""
    order = sorted(buildings, key=lambda b: (b.grid, b.block, -round(b.shape.centroid.y / 20), b.shape.centroid.x))
    last, number = -1, 0
    for building in order:
        number = number + 1 if building.grid == last else 1
        last = building.grid
        building.code = f"{grids[building.grid].code}{number:04d}"
    return order
