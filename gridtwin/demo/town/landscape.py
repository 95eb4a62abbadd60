"""Water, the lake park, the botanical garden and the hill."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon

from gridtwin.demo.town.blocks import Block
from gridtwin.demo.town.estates import Built
from gridtwin.demo.town.frame import COLUMNS, ROWS, STEPS, Frame, chance
from gridtwin.demo.town.model import Building, Ground, Street
from gridtwin.demo.town.packing import smooth
from gridtwin.demo.town.plan import Cell

# The river (涝淄河) in cells of the plan, from the north edge through the lake to the south edge.
_RIVER = (
    (5.55, 8.3),
    (5.55, 8.0),
    (5.42, 7.3),
    (5.68, 6.5),
    (5.3, 5.6),
    (5.72, 4.75),
    (5.95, 4.1),
    (6.0, 3.55),
    (5.62, 3.1),
    (5.42, 2.45),
    (5.66, 1.6),
    (5.38, 0.75),
    (5.62, 0.0),
    (5.55, -0.7),
    (5.55, -1.0),
    (5.55, -1.3),
)


@dataclass(slots=True)
class Water:
    """Water of one street: the surface, its banks and the ground to keep clear."""

    lake: Polygon
    river: Polygon
    banks: Polygon
    corridor: Polygon | MultiPolygon


def blob(x: float, y: float, a: float, b: float, draw: random.Random, rough: float, corners: int = 72) -> Polygon:
    """A smooth closed shape about (x, y), roughly an ellipse with half axes a and b."""
    t = np.arange(corners) * 2 * math.pi / corners
    radius = np.ones(corners)
    for k in range(2, 7):
        radius += rough * draw.uniform(-1, 1) / k**0.7 * np.sin(k * t + draw.uniform(0, math.tau))
    return Polygon(np.column_stack((x + a * radius * np.cos(t), y + b * radius * np.sin(t))))


def _steps(points: tuple[tuple[float, float], ...], street: Cell) -> np.ndarray:
    shift = np.array([street[0] * COLUMNS, street[1] * ROWS])
    return np.asarray((np.array(points) + shift) * STEPS, dtype=float)


def water(frame: Frame, street: Cell) -> Water:
    """The river and the lake (玉龙湖) of one street."""
    draw = chance(frame.seed, street, "water")
    line = LineString(smooth(frame.to_plane(frame.from_steps(_steps(_RIVER, street)))))
    river = shapely.buffer(line, 15.0, cap_style="flat", quad_segs=3)
    centre = frame.to_plane(frame.from_steps(_steps(((6.03, 3.5),), street)))[0]
    body = blob(centre[0], centre[1], 510, 225, draw, 0.25, 90)
    island = blob(centre[0] + 150, centre[1] + 25, 62, 40, draw, 0.14, 36)
    islet = blob(centre[0] - 190, centre[1] - 50, 34, 24, draw, 0.14, 28)
    lake = shapely.difference(body, shapely.union(island, islet))
    banks = shapely.difference(shapely.buffer(line, 38.0, cap_style="flat", quad_segs=3), river)
    corridor = shapely.union(shapely.buffer(line, 42.0, cap_style="flat"), shapely.buffer(body, 12))
    return Water(lake, river, shapely.difference(banks, body), corridor)


def _paths(name: str, lines: list[shapely.Geometry], area: Polygon, width: float = 3.5) -> list[Street]:
    clipped = [p for line in lines for p in shapely.get_parts(shapely.intersection(line, area))]
    return [Street("lane", name, width, p) for p in clipped if isinstance(p, LineString) and p.length > 25]


def _pavilion(block: Block, name: str, x: float, y: float, size: float, year: int) -> Building:
    shape = shapely.box(x - size, y - size * 0.55, x + size, y + size * 0.55)
    return Building(block.number, shape, "public", name, "", 4.2, 1, 1, 0, year, (x - size, y, x + size, y))


def lake_park(block: Block, whole: Polygon, wet: Water, draw: random.Random) -> Built:
    """The park about the lake. `whole` is the parcel with the water still in it."""
    built = Built()
    body = Polygon(wet.lake.exterior)
    shore = shapely.buffer(body, 16, quad_segs=6).exterior
    outer = shapely.simplify(shapely.buffer(shapely.buffer(whole, -70), 45, quad_segs=6), 0.8).exterior
    centre = body.centroid
    spokes: list[shapely.Geometry] = []
    for bearing in (0.35, 1.2, 2.0, 2.75, 3.6, 4.3, 5.2, 5.85):
        far = shapely.Point(centre.x + 900 * math.cos(bearing), centre.y + 560 * math.sin(bearing))
        a = shore.interpolate(shore.project(far))
        b = whole.exterior.interpolate(whole.exterior.project(far))
        bow = ((a.x + b.x) / 2 + draw.uniform(-40, 40), (a.y + b.y) / 2 + draw.uniform(-40, 40))
        spokes.append(LineString(smooth(np.array([a.coords[0], a.coords[0], bow, b.coords[0], b.coords[0]]), 6)))
    land = shapely.difference(whole, shapely.union(body, wet.river))
    built.streets += _paths("环湖路", [shore], whole, 6.0)
    built.streets += _paths("玉龙湖公园园路", [outer, *spokes], shapely.difference(land, body.buffer(14)))
    plaza = shapely.intersection(
        blob(whole.bounds[0] + 190, centre.y + 40, 60, 48, draw, 0.05, 40), shapely.difference(land, body.buffer(20))
    )
    clear = shapely.union_all([s.shape.buffer(s.width) for s in built.streets] + [wet.river.buffer(8), body.buffer(6)])
    built.ground.append(Ground("plaza", "玉龙湖文化广场", plaza))
    for title, bearing in (("游客中心", 3.0), ("茶室", 0.9), ("码头管理房", 4.6), ("科普馆", 5.6)):
        for reach in range(20, 400, 6):
            on_shore = shore.interpolate(
                shore.project(shapely.Point(centre.x + 900 * math.cos(bearing), centre.y + 560 * math.sin(bearing)))
            )
            x = on_shore.x + reach * math.cos(bearing)
            y = on_shore.y + reach * math.sin(bearing)
            house = _pavilion(block, f"玉龙湖公园{title}", x, y, draw.uniform(11, 17), 2012)
            if whole.contains(house.shape.buffer(10)) and not clear.intersects(house.shape):
                clear = shapely.union(clear, house.shape.buffer(8))
                built.buildings.append(house)
                break
    clear = shapely.union(clear, plaza)
    built.ground += groves("玉龙湖公园林地", shapely.difference(whole, body.buffer(10)), clear, draw, 230)
    return built


def groves(
    name: str,
    zone: shapely.Geometry,
    clear: shapely.Geometry,
    draw: random.Random,
    count: int,
    most: float = 34.0,
) -> list[Ground]:
    """Groups of trees scattered over a park."""
    west, south, east, north = zone.bounds
    found = []
    for _ in range(count):
        x, y = draw.uniform(west, east), draw.uniform(south, north)
        size = draw.uniform(9, most)
        found.append(blob(x, y, size, size * draw.uniform(0.5, 1.0), draw, 0.2, 20))
    # Simplified first: overlays of very many nearly touching arcs fail now and then.
    wood = shapely.simplify(shapely.union_all(found), 0.4)
    wood = shapely.difference(wood, shapely.simplify(shapely.buffer(clear, 2.5, quad_segs=3), 0.4))
    wood = shapely.intersection(wood, zone)
    return [Ground("wood", name, p) for p in shapely.get_parts(wood) if isinstance(p, Polygon) and p.area > 80]


def garden(block: Block, draw: random.Random) -> Built:
    """The botanical garden: ponds, glasshouses, winding paths, beds."""
    built = Built()
    parcel = block.parcel
    west, south, east, north = parcel.bounds
    x, y = parcel.centroid.x, parcel.centroid.y
    ponds = [
        blob(x - 110, y + 70, 120, 62, draw, 0.2),
        blob(x + 150, y - 120, 78, 44, draw, 0.2, 40),
        blob(x + 30, y - 40, 46, 30, draw, 0.2, 36),
    ]
    wet = shapely.intersection(shapely.union_all(ponds), parcel)
    built.ground += [Ground("water", "植物园水面", p) for p in shapely.get_parts(wet)]
    lines: list[shapely.Geometry] = [
        shapely.simplify(parcel.buffer(-45).buffer(-60).buffer(50, quad_segs=6), 0.5).exterior,
        shapely.simplify(parcel.buffer(-150).buffer(-40).buffer(60, quad_segs=6), 0.5).exterior,
        *(pond.buffer(12, quad_segs=5).exterior for pond in ponds),
    ]
    for bearing in (0.2, 1.1, 2.2, 3.3, 4.2, 5.3):
        turns = [
            (x + r * math.cos(bearing + w), y + r * math.sin(bearing + w))
            for r, w in ((90, 0.3), (90, 0.3), (180, -0.1), (270, 0.14), (450, 0.0), (450, 0.0))
        ]
        lines.append(LineString(smooth(np.array(turns), 7)))
    land = shapely.difference(parcel, wet.buffer(8))
    built.streets += _paths("植物园园路", lines, land)
    clear = shapely.union_all([s.shape.buffer(s.width) for s in built.streets] + [wet.buffer(6)])
    for title, size in (("温室", 34), ("科普馆", 24), ("管理处", 16), ("盆景园", 20)):
        for _ in range(300):
            px, py = draw.uniform(west + 60, east - 60), draw.uniform(south + 60, north - 60)
            house = _pavilion(block, f"植物园{title}", px, py, size, 2008)
            if parcel.contains(house.shape.buffer(8)) and not clear.intersects(house.shape):
                clear = shapely.union(clear, house.shape.buffer(8))
                built.buildings.append(house)
                break
    built.ground += groves("植物园林地", parcel.buffer(-8), clear, draw, 220)
    return built


def hill(block: Block, name: str, draw: random.Random) -> Built:
    """A wooded hill: trails along the contours about its tops, a path from one top to the next."""
    built = Built()
    parcel = block.parcel
    inside = shapely.buffer(parcel, -45)
    tops = _tops(parcel, draw)
    lines: list[shapely.Geometry] = []
    for x, y in tops:
        reach = min(330.0, shapely.Point(x, y).distance(parcel.exterior) * 0.95)
        lines += [blob(x, y, reach * k, reach * k * 0.85, draw, 0.17).exterior for k in (0.3, 0.62, 1.0)]
    for a, b in itertools.pairwise(tops):
        middle = ((a[0] + b[0]) / 2 + draw.uniform(-80, 80), (a[1] + b[1]) / 2 + draw.uniform(-80, 80))
        lines.append(LineString(smooth(np.array([a, a, middle, b, b]), 8)))
    built.streets += _paths(f"{name}登山道", lines, inside, 3.0)
    clear = shapely.union_all([s.shape.buffer(5) for s in built.streets]) if built.streets else Polygon()
    built.ground += groves(f"{name}林地", parcel.buffer(-14), clear, draw, int(parcel.area / 3200), 46.0)
    return built


def _tops(parcel: Polygon, draw: random.Random) -> list[tuple[float, float]]:
    """Up to four summits, well apart and away from the foot, from west to east."""
    west, south, east, north = parcel.bounds
    found: list[tuple[float, float]] = []
    for _ in range(400):
        x, y = draw.uniform(west, east), draw.uniform(south, north)
        deep = parcel.contains(shapely.Point(x, y)) and shapely.Point(x, y).distance(parcel.exterior) > 190
        if deep and all(math.hypot(x - a, y - b) > 520 for a, b in found):
            found.append((x, y))
    return sorted(found[:4])
