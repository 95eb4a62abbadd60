"""Builds one street's ground: every block laid out by its use, then the villages to the exact count."""

from __future__ import annotations

import random

import numpy as np
import shapely
from shapely import Point, Polygon

from gridtwin.demo.town import institutions, landscape, landuse, names, parks, plan, roads, villages
from gridtwin.demo.town.blocks import Block, centre_line
from gridtwin.demo.town.estates import Built, lay_out
from gridtwin.demo.town.frame import Frame, chance
from gridtwin.demo.town.landscape import Water
from gridtwin.demo.town.model import Ground, Street
from gridtwin.demo.town.partition import apportion
from gridtwin.demo.town.plan import Cell
from gridtwin.demo.town.roadside import Roadside

BUILDINGS, ESTATES = 2_044, 108
NEW_ESTATES = ESTATES - landuse.URBAN_ESTATES - len(plan.VILLAGES)
_BASE = {
    "estate": "residential",
    "primary": "school",
    "middle": "school",
    "college": "school",
    "mall": "commercial",
    "market": "commercial",
    "hotel": "commercial",
    "offices": "commercial",
    "technology": "commercial",
    "public": "public",
    "culture": "public",
    "sports": "public",
    "hospital": "public",
    "park": "park",
    "works": "industrial",
    "garden": "park",
    "lake": "park",
    "hill": "park",
}


class Layout:
    """One street while it is being laid out."""

    def __init__(
        self,
        frame: Frame,
        index: int,
        at: Cell,
        blocks: list[Block],
        network: list[roads.Road],
        wet: Water,
        communities: dict[str, tuple[str, str]],
    ) -> None:
        self.frame, self.index, self.at = frame, index, at
        self.blocks, self.wet, self.communities = blocks, wet, communities
        self.built = Built()
        self.streets = [Street(r.kind, r.name, r.width, centre_line(frame, r)) for r in network if r.kind and r.name]
        self._roadside = Roadside(self.streets)
        self._numbers: dict[tuple[str, str], int] = {}
        self._closed: list[shapely.Geometry] = [wet.corridor]

    def _draw(self, *topic: object) -> random.Random:
        return chance(self.frame.seed, self.index, *topic)

    def _place(self, block: Block) -> str:
        return landuse.stem(self.communities[block.community][1])

    def _title(self, block: Block, use: str, name: str) -> str:
        key = (block.community, use)
        self._numbers[key] = self._numbers.get(key, 0) + 1
        return landuse.title(use, name, self._numbers[key])

    def _keep(self, built: Built, block: Block | None) -> None:
        """Takes over what was built, with its address; the rest of the parcel becomes its ground."""
        if built.buildings and any(not b.road for b in built.buildings):
            road, number = self._roadside.number(
                Point(built.gate) if built.gate != (0.0, 0.0) else built.buildings[0].shape.centroid
            )
            for building in built.buildings:
                if not building.road:
                    building.road, building.road_no = road, number
        self.built.buildings += built.buildings
        self.built.streets += built.streets
        self.built.ground += built.ground
        if block is not None:
            whole = block.parcel
            if block.use == "lake":
                whole = shapely.difference(whole, shapely.union(self.wet.lake, self.wet.river))
            self._base(_BASE[block.use], block.estate, whole, built)

    def _base(self, kind: str, name: str, whole: shapely.Geometry, built: Built) -> None:
        details = [g.shape for g in built.ground]
        rest = shapely.difference(whole, shapely.union_all(details)) if details else whole
        # What is thinner than 60 cm is no ground but the trace of two outlines that nearly touch.
        rest = shapely.buffer(shapely.buffer(rest, -0.3, join_style="mitre"), 0.3, join_style="mitre")
        self.built.ground += [Ground(kind, name, p) for p in shapely.get_parts(rest) if p.area > 20]

    def town(self) -> None:
        """Lays out all blocks but fields and villages."""
        estates = [b for b in self.blocks if b.use == "estate"]
        draw = self._draw("estates")
        nurseries = set(draw.sample([b.number for b in estates if b.style != "tower"], 14))
        works = 0
        for block in self.blocks:
            draw = self._draw("block", block.number)
            if block.parcel.is_empty:
                continue
            if block.use == "estate":
                shops = draw.random() < 0.42
                built = lay_out(block, block.estate, block.style, draw, shops, block.number in nurseries)
                if all(b.use != "residential" for b in built.buildings):
                    # Too shallow a plot for tall rows: low ones need less room between them.
                    built = lay_out(block, block.estate, "walkup", draw, False, False)
            elif block.use in ("primary", "middle"):
                place = self._place(block)
                block.estate = f"{place}{'实验小学' if block.use == 'primary' else '中学'}"
                built = institutions.school(block, block.estate, draw, block.use == "middle")
            elif block.use == "park":
                block.estate = self._title(block, "park", self._place(block))
                built = parks.park(block, block.estate, draw)
            elif block.use == "works":
                works += 1
                block.estate = f"高新区{names.chinese(works)}号产业园"
                built = institutions.works(block, block.estate, draw)
            elif block.use == "garden":
                block.estate = "植物园"
                built = landscape.garden(block, draw)
            elif block.use == "lake":
                block.estate = "玉龙湖公园"
                built = landscape.lake_park(block, block.parcel, self.wet, draw)
            elif block.use == "hill":
                block.estate = "四宝山森林公园" if block.parcel.area > 1_200_000 else "隽山公园"
                built = landscape.hill(block, block.estate, draw)
            elif block.use == "fields":
                continue
            else:
                block.estate = {"college": "高新职业学院", "technology": "火炬科技园"}.get(
                    block.use, ""
                ) or self._title(block, block.use, self._place(block))
                if block.use in ("college", "technology"):
                    self._numbers[("", block.use)] = number = self._numbers.get(("", block.use), 0) + 1
                    block.estate += f"{names.chinese(number)}区"
                built = institutions.institution(block.use, block, block.estate, draw)
            self._keep(built, block)

    def country(self) -> None:
        """Villages, built to make up the exact number of buildings, and the fields around."""
        new_estates = 0
        planned: list[villages.Village] = []
        draw = self._draw("new estates")
        order = list(plan.VILLAGES)
        draw.shuffle(order)
        for letter in order:
            draw = self._draw("village", letter)
            name = self.communities[letter][1]
            cell = next(c for c in plan.cells(self.at) if plan.zone(c) == "V" and self._letter(c) == letter)
            steps = villages_centre = roads.village_centre(self.frame.seed, cell)
            centre = self.frame.to_plane(self.frame.from_steps(np.array([steps], dtype=float)))[0]
            angle = max(-0.16, min(0.16, self.frame.angle_at(villages_centre)))
            mine = [b for b in self.blocks if b.community == letter and b.use == "fields"]
            near = [b for b in mine if b.cell == cell or b.parcel.distance(Point(centre)) < 200]
            closed = shapely.union_all(self._closed)
            if new_estates < NEW_ESTATES:
                found = villages.new_estate_place(near, (centre[0], centre[1]), angle, closed, draw)
                if found:
                    new_estates += 1
                    self._new_estate(found[0], found[1], f"{name.removesuffix('村')}新村", angle, draw)
                    closed = shapely.union(closed, shapely.buffer(found[1], 14))
            planned.append(villages.plan_village(letter, name, (centre[0], centre[1]), angle, near, closed, draw))
        if new_estates != NEW_ESTATES:
            raise ValueError(f"only {new_estates} villages have room for an estate of slabs")
        planned.sort(key=lambda v: v.community)
        wanted = BUILDINGS - len(self.built.buildings)
        draw = self._draw("village sizes")
        room = [min(70, len(v.rows) - 1) for v in planned]
        counts = apportion([draw.uniform(0.7, 1.4) for _ in planned], wanted, [12] * len(planned), room)
        for village, count in zip(planned, counts, strict=True):
            self._keep(villages.build_village(village, count), None)
        self._fields()

    def _letter(self, cell: Cell) -> str:
        return plan.COMMUNITY_OF[plan.home(cell)[1]]

    def _new_estate(self, block: Block, plot: Polygon, name: str, angle: float, draw: random.Random) -> None:
        part = Block(block.number, block.cell, block.community, block.zone, plot, plot, angle, "estate", name, "walkup")
        built = lay_out(part, name, "walkup", draw, False, False)
        part.use = "estate"
        self._keep(built, part)
        self._closed.append(shapely.buffer(plot, 5))

    def _fields(self) -> None:
        """Fields on what is left of the country, and green on the slivers that the river cuts off."""
        taken = [g.shape for g in self.built.ground if g.kind in ("village", "plaza", "residential")]
        tree = shapely.STRtree(np.array(taken, dtype=object))
        for block in self.blocks:
            draw = self._draw("fields", block.number)
            name = self.communities[block.community][1].removesuffix("村")
            if block.use != "fields" or block.parcel.is_empty:
                kind, title = ("park", block.estate) if block.use == "hill" else ("green", f"{name}绿地")
                self.built.ground += [Ground(kind, title, p) for p in block.leftover if p.area > 40]
                continue
            near = [shapely.buffer(taken[i], 2) for i in sorted(tree.query(block.parcel))]
            whole = shapely.union_all([block.parcel, *block.leftover])
            zone = shapely.difference(shapely.buffer(whole, -4), shapely.union_all([*near, *self._closed[1:]]))
            self.built.ground += villages.fields(zone, block.angle, name, draw)

    def open_water(self, outline: shapely.Geometry) -> None:
        """The lake, the river and its green banks, as far as the street reaches."""
        ground = self.built.ground
        ground.append(Ground("water", "玉龙湖", self.wet.lake))
        river = shapely.difference(shapely.intersection(self.wet.river, outline), Polygon(self.wet.lake.exterior))
        ground += [Ground("water", "涝淄河", p) for p in shapely.get_parts(river) if p.area > 50]
        lake_park = shapely.union_all([b.parcel for b in self.blocks if b.use == "lake"])
        banks = shapely.difference(shapely.intersection(self.wet.banks, outline), lake_park)
        ground += [Ground("green", "涝淄河绿带", p) for p in shapely.get_parts(banks) if p.area > 50]
