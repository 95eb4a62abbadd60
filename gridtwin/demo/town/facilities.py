"""Points of public facilities and city components (公共设施与城市部件)."""

from __future__ import annotations

import random

import numpy as np
import shapely
from shapely import Point, Polygon

from gridtwin.demo.town.blocks import Block
from gridtwin.demo.town.model import Building, Facility, Street

CATEGORIES = {
    "service_center": "党群服务中心",
    "police": "警务室",
    "hydrant": "消防栓",
    "clinic": "卫生服务站",
    "school": "学校",
    "kindergarten": "幼儿园",
    "elderly_care": "养老服务站",
    "market": "农贸市场",
    "park": "公园",
    "bus_stop": "公交站",
    "charging": "充电棚",
    "waste_sorting": "垃圾分类点",
    "fitness": "健身点",
    "toilet": "公厕",
    "camera": "监控",
    "aed": "AED",
}


def _beside(street: Street, along: float, side: int) -> Point:
    """A place on the pavement of a street."""
    a, b = street.shape.interpolate(max(0.0, along - 1)), street.shape.interpolate(along + 1)
    length = max(a.distance(b), 1e-9)
    off = side * (street.width / 2 - 1.5)
    return Point((a.x + b.x) / 2 - (b.y - a.y) / length * off, (a.y + b.y) / 2 + (b.x - a.x) / length * off)


def along_streets(streets: list[Street], built_up: Polygon, draw: random.Random) -> list[Facility]:
    """Bus stops on arterials, hydrants along urban streets, cameras at crossings."""
    found: list[Facility] = []
    stops = 0
    for street in streets:
        if street.kind == "arterial":
            at, side = 240.0, 1
            while at < street.shape.length - 120:
                place = _beside(street, at, side)
                stops += 1
                found.append(Facility("bus_stop", f"{street.name}公交站{stops}", place))
                at, side = at + draw.uniform(430, 560), -side
        if street.kind in ("arterial", "secondary", "local"):
            at = 60.0
            while at < street.shape.length - 30:
                place = _beside(street, at, draw.choice((1, -1)))
                if built_up.contains(place):
                    found.append(Facility("hydrant", f"{street.name}消防栓", place))
                at += draw.uniform(260, 340)
    main = [s for s in streets if s.kind in ("arterial", "secondary")]
    lines = np.array([s.shape for s in main], dtype=object)
    left, right = shapely.STRtree(lines).query(lines, predicate="intersects")
    seen: list[Point] = []
    for a, b in sorted(zip(left.tolist(), right.tolist(), strict=True)):
        if a >= b or main[a].name == main[b].name:
            continue
        for part in shapely.get_parts(shapely.intersection(lines[a], lines[b])):
            if isinstance(part, Point) and all(part.distance(other) > 60 for other in seen):
                seen.append(part)
                corner = Point(part.x + 17, part.y + 17)
                found.append(Facility("camera", f"{main[a].name}与{main[b].name}路口监控", corner))
    return found


def _at(building: Building) -> Point:
    return shapely.point_on_surface(building.shape)


def _door(building: Building) -> Point:
    """A place in front of (south of) a building."""
    west, south, east, _ = building.shape.bounds
    return Point((west + east) / 2, south - 3.0)


def of_communities(
    blocks: list[Block],
    buildings: list[Building],
    communities: dict[str, tuple[str, str]],
    water: Polygon,
    draw: random.Random,
) -> list[Facility]:
    """Centres, clinics, police posts and other services of every community, and estate equipment; none on `water`."""
    found: list[Facility] = []
    place_of = {block.number: block for block in blocks}
    by_community: dict[str, list[Building]] = {letter: [] for letter in communities}
    by_estate: dict[str, list[Building]] = {}
    for building in buildings:
        by_community[place_of[building.block].community].append(building)
        if building.estate and building.use in ("residential", "village"):
            by_estate.setdefault(building.estate, []).append(building)
    for number, (letter, (_, name)) in enumerate(communities.items()):
        mine = by_community[letter]
        public = [b for b in mine if b.use == "public"] or [b for b in mine if b.use == "commercial"] or mine
        homes = [b for b in mine if b.use in ("residential", "village")]
        found.append(Facility("service_center", f"{name}党群服务中心", _at(public[0])))
        found.append(Facility("clinic", f"{name}卫生服务站", _door(draw.choice(homes))))
        found.append(Facility("elderly_care", f"{name}养老服务站", _door(draw.choice(homes))))
        found.append(Facility("toilet", f"{name}公厕", _door(draw.choice(mine))))
        found.append(Facility("aed", f"{name}AED", _door(public[0])))
        if number % 2 == 0:
            found.append(Facility("police", f"{name}警务室", _door(draw.choice(homes))))
    for building in buildings:
        if building.name.endswith("幼儿园"):
            found.append(Facility("kindergarten", building.name, _at(building)))
        elif building.use == "school" and building.name.endswith(("综合楼", "行政楼")):
            found.append(Facility("school", building.name[:-3], _at(building)))
        elif building.name.endswith("农贸市场"):
            found.append(Facility("market", building.name, _at(building)))
    for block in blocks:
        if block.use in ("park", "lake", "garden", "hill") and block.estate:
            found.append(
                Facility("park", block.estate, shapely.point_on_surface(shapely.difference(block.parcel, water)))
            )
    for estate, mine in by_estate.items():
        one, two, three = (mine[draw.randrange(len(mine))] for _ in range(3))
        found.append(Facility("waste_sorting", f"{estate}垃圾分类点", _door(one)))
        if one.use == "residential":
            found.append(Facility("charging", f"{estate}充电棚", _door(two)))
        if draw.random() < 0.6:
            found.append(Facility("fitness", f"{estate}健身点", _door(three)))
    return found
