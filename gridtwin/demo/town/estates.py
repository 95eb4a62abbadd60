"""Residential estates (小区): rows of slabs that face south, by age of the estate.

The sun rule: the clear distance between rows is 1.2 to 1.6 times the height of the row to the south.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString, Polygon

from gridtwin.demo.town.blocks import Block, largest
from gridtwin.demo.town.model import Building, Ground, Street
from gridtwin.demo.town.packing import Turned, ellipse, fill, free_intervals, minus, slab, smooth, swapped
from gridtwin.demo.town.styles import STYLES, Style, best_levels, row_places, stairwells, usable


@dataclass(slots=True)
class Built:
    """What was laid out on a parcel."""

    buildings: list[Building] = field(default_factory=list)
    ground: list[Ground] = field(default_factory=list)
    streets: list[Street] = field(default_factory=list)
    gate: tuple[float, float] = (0.0, 0.0)


def _shop_strip(zone: Polygon, draw: random.Random, depth: float) -> tuple[list[Polygon], Polygon]:
    """Shops along the low side of `zone` (in its turned frame), and the zone that is left behind them."""
    west, south, east, north = zone.bounds
    if north - south < 90:
        return [], zone
    for start in range(2, 40, 3):
        y = south + start
        spans = free_intervals(zone, y, y + depth, 60)
        if sum(b - a for a, b in spans) > 0.62 * (east - west):
            shops = []
            for a, b in spans:
                pieces = max(1, round((b - a) / draw.uniform(58, 95)))
                length = (b - a - 8 - 10 * (pieces - 1)) / pieces
                shops += [shapely.box(q, y, q + length, y + depth) for q in _starts(a + 4, length, 10, pieces)]
            behind = shapely.box(west - 1, y + depth + 7, east + 1, north + 1)
            return shops, largest(shapely.intersection(zone, behind))[0]
    return [], zone


def _starts(first: float, length: float, gap: float, count: int) -> list[float]:
    return [first + k * (length + gap) for k in range(count)]


def lay_out(block: Block, name: str, style_name: str, draw: random.Random, shops: bool, kindergarten: bool) -> Built:
    """Lays an estate out on its parcel: slabs, shops, lanes, lawns, a garden, perhaps a kindergarten."""
    style = STYLES[style_name]
    turned = Turned(block.angle, (block.parcel.centroid.x, block.parcel.centroid.y))
    parcel = turned.into(block.parcel)
    built = Built()
    zone = largest(shapely.buffer(parcel, -2.0))[0]
    year = draw.randint(*style.years)
    shop_shapes: list[Polygon] = []
    if shops:
        sides = draw.choice((("south",), ("south", "west"), ("east",), ("south", "east"), ("west",)))
        for side in sides:
            shop_shapes_here, zone = _along(zone, side, draw)
            shop_shapes += shop_shapes_here
    ring = largest(shapely.buffer(zone, -4.5, join_style="mitre"))[0]
    inner = largest(shapely.buffer(zone, -10.0))[0]
    west, _, east, _ = inner.bounds
    south, north = usable(inner, style)
    levels = best_levels(style, north - south, draw)
    pitch = style.depth + style.sun * levels * style.storey + 1.0
    most = style.depth + 1.55 * levels * style.storey
    ys = row_places(south, north, style.depth, pitch, max(most, pitch))
    spine = (west + east) / 2 + draw.uniform(-0.12, 0.12) * (east - west)
    middle = shapely.point_on_surface(inner)
    garden = Polygon()
    if style.garden and len(ys) >= 2 and inner.area > 18000:
        # The garden lies between the two rows nearest the middle, crossed by the spine.
        low = min(ys[:-1], key=lambda y: abs(y + pitch / 2 - middle.y))
        clear = ys[ys.index(low) + 1] - low - style.depth
        half = min(style.garden * 1.2, (clear - 19) / 2)
        garden = ellipse(spine, low + style.depth + 11 + half, half * 1.5, half)
        garden = largest(shapely.intersection(garden, inner))[0]
    lawns: list[Polygon] = []
    lanes: list[LineString] = []
    walks: list[LineString] = []
    spots: list[tuple[float, float, float, int]] = []
    for number, y in enumerate(ys):
        here = []
        for span in free_intervals(inner, y, y + style.depth, style.unit):
            for part in minus(span, spine - 7, spine + 7):
                units = stairwells(style, part[1] - part[0], draw)
                spans = fill(part, [u * style.unit for u in units], style.gap, style.most_gap)
                here += [(a, y, b, round((b - a) / style.unit)) for a, b in spans]
        spots += here
        lane_y = y + style.depth + 5.5
        if here and lane_y < north + 4:
            for a, b in free_intervals(ring, lane_y - 0.1, lane_y + 0.1, 30):
                lanes.append(LineString([(a, lane_y), (b, lane_y)]))
        low = ys[number - 1] + style.depth + 9.5 if number else max(south - 4, y - 14)
        if style.garden and number:
            court, path = _court(ring, low + 4, y - 4, draw)
            lawns += court
            walks += path
        else:
            lawns += [shapely.box(a - 1, low, b + 1, y - 2.5) for a, _, b, _ in here if y - 2.5 - low > 3]
    if style.garden and spots:
        court, path = _court(ring, ys[-1] + style.depth + 12, north + 4, draw)
        lawns += court
        walks += path
    if kindergarten and len(spots) > 5:
        a, y, b, _ = spots.pop(draw.choice((0, len(spots) - 1)))
        shape = shapely.box(a + 1, y, min(b, a + 44), y + min(style.depth, 13))
        built.buildings.append(_plain(block, turned, shape, "school", f"{name}幼儿园", name, 3, year + 1, 3.6))
    built.buildings += [_slab(block, turned, spot, name, style, levels, year, draw) for spot in spots]
    for number, building in enumerate([b for b in built.buildings if b.use == "residential"], 1):
        building.name, building.label = f"{name}{number}号楼", f"{number}号楼"
    drive = shapely.box(spine - 5.5, parcel.bounds[1] - 1, spine + 5.5, parcel.bounds[3] + 1)
    cut = [p for shop in shop_shapes for p in shapely.get_parts(shapely.difference(shop, drive)) if p.area > 160]
    for number, shape in enumerate(cut, 1):
        floors = draw.choice((2, 2, 3))
        built.buildings.append(
            _plain(block, turned, shape, "commercial", f"{name}沿街商铺{number}号", name, floors, year, 4.2)
        )
    _lanes_and_lawns(built, turned, turned.into(block.face), ring, spine, lanes, walks, lawns, garden, name)
    gate = turned.back(shapely.Point(spine, parcel.bounds[1]))
    built.gate = (gate.x, gate.y)
    return built


def _court(ring: Polygon, low: float, high: float, draw: random.Random) -> tuple[list[Polygon], list[LineString]]:
    """The green between two rows, with a winding walk where it is wide enough."""
    west, _, east, _ = ring.bounds
    if high - low < 6:
        return [], []
    lawn = shapely.box(west, low, east, high)
    if high - low < 22:
        return [lawn], []
    xs = np.arange(west - 70, east + 130, draw.uniform(48, 66))
    swing = min(11.0, (high - low) * 0.26)
    ys = (low + high) / 2 + np.array([draw.uniform(0.4, 1.0) * swing * (-1) ** k for k in range(len(xs))])
    walk = shapely.intersection(LineString(smooth(np.column_stack((xs, ys)), 5)), ring)
    return [lawn], [part for part in shapely.get_parts(walk) if part.length > 20]


def _along(zone: Polygon, side: str, draw: random.Random) -> tuple[list[Polygon], Polygon]:
    depth = draw.choice((11.0, 12.0, 14.0))
    if side == "south":
        return _shop_strip(zone, draw, depth)

    def flip(shape: shapely.Geometry) -> shapely.Geometry:
        other = swapped(shape)
        return other if side == "west" else shapely.transform(other, lambda xy: xy * (1, -1))

    def unflip(shape: shapely.Geometry) -> shapely.Geometry:
        return swapped(shape if side == "west" else shapely.transform(shape, lambda xy: xy * (1, -1)))

    shops, left = _shop_strip(flip(zone), draw, depth)
    return [unflip(shop) for shop in shops], unflip(left)


def _slab(
    block: Block,
    turned: Turned,
    spot: tuple[float, float, float, int],
    estate: str,
    style: Style,
    levels: int,
    year: int,
    draw: random.Random,
) -> Building:
    x0, y, x1, units = spot
    shape = slab(x0, y, x1, y + style.depth, units, style.notch)
    axis = turned.axis(x0, y + style.depth / 2, x1, y + style.depth / 2)
    floors = max(style.floor_range[0], levels - draw.choice(style.fewer))
    return Building(
        block.number,
        turned.back(shape),
        "residential",
        "",
        estate,
        style.storey,
        floors,
        units,
        draw.choice(style.per_floor),
        year,
        axis,
        style.floor_range[0],
        levels,
    )


def _plain(
    block: Block,
    turned: Turned,
    shape: Polygon,
    use: str,
    name: str,
    estate: str,
    levels: int,
    year: int,
    storey: float,
) -> Building:
    x0, y0, x1, y1 = shape.bounds
    axis = turned.axis(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)
    return Building(block.number, turned.back(shape), use, name, estate, storey, levels, 1, 0, year, axis, label="")


def _lanes_and_lawns(
    built: Built,
    turned: Turned,
    face: Polygon,
    ring: Polygon,
    spine: float,
    lanes: list[LineString],
    walks: list[LineString],
    lawns: list[Polygon],
    garden: Polygon,
    name: str,
) -> None:
    """Adds the lanes of an estate, and its lawns clear of lanes and buildings."""
    if ring.is_empty:
        return
    _, south, _, north = face.bounds
    cross = LineString([(spine, south - 14), (spine, north + 14)])
    cross = shapely.difference(shapely.intersection(cross, face), garden)
    lines = [*lanes, shapely.simplify(ring.exterior, 0.3), *shapely.get_parts(cross)]
    kept = [turned.back(LineString(line.coords)) for line in lines if line.length > 12]
    built.streets += [Street("lane", f"{name}内部路", 5.0, line) for line in kept]
    walks = [
        p for w in walks for p in shapely.get_parts(shapely.difference(w, shapely.buffer(garden, 1))) if p.length > 20
    ]
    built.streets += [Street("lane", f"{name}步道", 2.5, turned.back(walk)) for walk in walks]
    paved = shapely.buffer(shapely.MultiLineString([*lanes, ring.exterior.coords, *shapely.get_parts(cross)]), 3.4)
    solid = shapely.union_all([turned.into(b.shape) for b in built.buildings])
    paved = shapely.union_all([paved, solid.buffer(2), *(walk.buffer(2) for walk in walks)])
    free = shapely.difference(shapely.intersection(shapely.buffer(ring, -4), shapely.union_all(lawns)), paved)
    if not garden.is_empty:
        free = shapely.difference(free, shapely.buffer(garden, 2.5))
        built.ground.append(Ground("garden", f"{name}中心花园", turned.back(garden)))
    for part in shapely.get_parts(free):
        if part.area > 60:
            soft = shapely.buffer(shapely.buffer(part, -1.5), 1.5, quad_segs=2)
            built.ground += [
                Ground("green", f"{name}绿地", turned.back(shapely.simplify(p, 0.2)))
                for p in shapely.get_parts(soft)
                if p.area > 50
            ]
