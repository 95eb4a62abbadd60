"""Villages: rows of courtyards (平房院落) about a crossing of two lanes, fields around, new slabs beside."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon

from gridtwin.demo.town.blocks import Block
from gridtwin.demo.town.estates import Built
from gridtwin.demo.town.model import Building, Ground, Street
from gridtwin.demo.town.packing import Turned, free_intervals

_HOUSE, _YARD, _LANE = 8.0, 9.5, 6.5
_PITCH = _HOUSE + _YARD + _LANE
# What grows on a field, by chance: from this number up, kind of ground and title.
_CROPS = ((0.992, "water", "鱼塘"), (0.93, "green", "果园"), (0.86, "farmland", "大棚"), (0.0, "farmland", "耕地"))


@dataclass(slots=True)
class Row:
    """A row of courtyards that could be built: place in the village's turned frame."""

    block: Block
    column: int
    line: int
    x: float
    y: float
    yards: int
    width: float
    rank: float


@dataclass(slots=True)
class Village:
    """A village before it is built: its rows, best placed first."""

    community: str
    name: str
    turned: Turned
    rows: list[Row]
    draw: random.Random
    closed: shapely.Geometry


def _reach(draw: random.Random) -> list[tuple[float, float, float]]:
    return [(k, draw.uniform(-0.13, 0.13), draw.uniform(0, math.tau)) for k in (2, 3, 4, 5)]


def plan_village(
    community: str,
    name: str,
    centre: tuple[float, float],
    angle: float,
    blocks: list[Block],
    closed: shapely.Geometry,
    draw: random.Random,
) -> Village:
    """Finds the rows of courtyards that fit about `centre`, outside `closed` (new estates, water)."""
    turned = Turned(angle, centre)
    waves = _reach(draw)
    stretch = draw.uniform(0.8, 1.3)
    rows: list[Row] = []
    edges, x = [], -420.0 + draw.uniform(0, 60)
    while x < 420:
        width = draw.uniform(84, 140)
        edges.append((x, x + width - 5.0))
        x += width
    shift = draw.uniform(0, _PITCH)
    for block in sorted(blocks, key=lambda b: b.number):
        zone = turned.into(shapely.difference(shapely.buffer(block.parcel, -3.0), closed))
        zone = shapely.intersection(zone, shapely.box(-430, -420, 430, 420))
        if zone.is_empty:
            continue
        for column, (a, b) in enumerate(edges):
            strip = shapely.intersection(zone, shapely.box(a, -430, b, 430))
            for line in range(-17, 17):
                y = line * _PITCH + shift
                for x0, x1 in free_intervals(strip, y, y + _HOUSE + _YARD, 42):
                    width = draw.uniform(12.5, 15.5)
                    yards = min(9, int((x1 - x0) // width))
                    if yards < 3:
                        continue
                    mx, my = (x0 + x1) / 2, y + _PITCH / 2
                    bearing = math.atan2(my, mx)
                    reach = 1 + sum(size * math.sin(k * bearing + at) for k, size, at in waves)
                    rank = math.hypot(mx / stretch, my * stretch) / reach + draw.uniform(0, 34)
                    width = min((x1 - x0) / yards, 16.0)
                    # Few rows reach to the very lane: some yards were never built, others fell in.
                    gone = min(yards - 3, draw.choice((0, 0, 0, 1, 1, 2, 3)))
                    start = x0 + draw.choice((0, gone)) * width
                    rows.append(Row(block, column, line, start, y, yards - gone, width, rank))
    rows.sort(key=lambda r: (r.rank, r.column, r.line))
    # A few plots stay empty: gardens, a threshing floor, a ruin.
    return Village(community, name, turned, [r for r in rows if draw.random() > 0.06], draw, closed)


def _courtyards(row: Row, draw: random.Random) -> Polygon:
    """A row of houses along the north with side wings between the yards, comb-like in plan."""
    top, eaves = row.y + _HOUSE + _YARD, row.y + _YARD
    ring = [(row.x, top)]
    end = row.x + row.yards * row.width
    for k in range(row.yards):
        a = row.x + k * row.width
        if draw.random() < 0.72:
            low, wing = row.y + draw.choice((0.4, 0.4, 2.5, 4.5)), draw.uniform(3.2, 4.4)
            ring += [(a, eaves)] if k else []
            ring += [(a, low), (a + wing, low), (a + wing, eaves)]
        else:
            ring += [(a, eaves)] if k == 0 else []
    if draw.random() < 0.4:
        ring += [(end - 3.6, eaves), (end - 3.6, row.y + 0.4), (end, row.y + 0.4)]
    else:
        ring.append((end, eaves))
    ring.append((end, top))
    return Polygon(ring)


def build_village(village: Village, count: int) -> Built:
    """Builds the `count` best rows of a village, its committee house with a square, its lanes."""
    built, turned, draw = Built(), village.turned, village.draw
    if len(village.rows) < count + 1:
        raise ValueError(f"{village.name} has room for {len(village.rows)} rows, {count} are wanted")
    wide = next(r for r in village.rows if r.yards >= 4)
    chosen = [r for r in village.rows if r is not wide][: count - 1]
    lanes: dict[int, list[Row]] = {}
    for row in chosen:
        lanes.setdefault(row.line, []).append(row)
    for line, rows in sorted(lanes.items()):
        side = "北" if line >= 0 else "南"
        lane = f"{side}{names_of(line)}街"
        for number, row in enumerate(sorted(rows, key=lambda r: r.x), 1):
            shape = turned.back(_courtyards(row, draw))
            y = row.y + _YARD + _HOUSE / 2
            built.buildings.append(
                Building(
                    row.block.number,
                    shape,
                    "village",
                    f"{village.name}{lane}{number}号院",
                    village.name,
                    3.3,
                    1,
                    1,
                    row.yards,
                    draw.randint(1976, 2012),
                    turned.axis(row.x, y, row.x + row.yards * row.width, y),
                    1,
                    1,
                    road=lane,
                    road_no=f"{number}号",
                    label=f"{number}号院",
                )
            )
    hall = shapely.box(wide.x + 2, wide.y + _YARD - 2, wide.x + wide.width * wide.yards - 2, wide.y + _YARD + _HOUSE)
    built.buildings.append(
        Building(
            wide.block.number,
            turned.back(hall),
            "public",
            f"{village.name}党群服务中心",
            village.name,
            3.6,
            2,
            1,
            0,
            2016,
            turned.axis(*hall.bounds),
        )
    )
    square = shapely.box(hall.bounds[0], wide.y - 4, hall.bounds[2], wide.y + _YARD - 4)
    built.ground.append(Ground("plaza", f"{village.name}文化广场", turned.back(square)))
    _plot_and_lanes(built, village, [*chosen, wide], square)
    place = turned.back(shapely.Point(square.centroid.x, square.centroid.y))
    built.gate = (place.x, place.y)
    return built


def names_of(line: int) -> str:
    """The numeral of a lane, counted away from the middle of the village."""
    numerals = "一二三四五六七八九十"
    number = line + 1 if line >= 0 else -line
    return numerals[number - 1] if number <= 10 else "十" + numerals[number - 11]


def _plot_and_lanes(built: Built, village: Village, rows: list[Row], square: Polygon) -> None:
    turned = village.turned
    boxes = [shapely.box(r.x - 5, r.y - _LANE, r.x + r.yards * r.width + 5, r.y + _HOUSE + _YARD + 6) for r in rows]
    merged = shapely.buffer(shapely.buffer(shapely.union_all(boxes), 32, quad_segs=3), -26, quad_segs=3)
    by_block: dict[int, Block] = {r.block.number: r.block for r in rows}
    whole = turned.back(merged)
    for block in by_block.values():
        for part in shapely.get_parts(shapely.intersection(whole, block.parcel)):
            if isinstance(part, Polygon) and part.area > 200:
                plot = shapely.difference(shapely.simplify(part, 0.8), turned.back(square))
                built.ground += [Ground("village", village.name, p) for p in shapely.get_parts(plot) if p.area > 100]
    for row in rows:
        y = row.y - _LANE / 2
        name = f"{'北' if row.line >= 0 else '南'}{names_of(row.line)}街"
        line = LineString([(row.x - 2.5, y), (row.x + row.yards * row.width + 2.5, y)])
        built.streets.append(Street("lane", f"{village.name}{name}", 4.0, turned.back(line)))
    solid = shapely.union_all([shapely.buffer(turned.into(b.shape), 2.3) for b in built.buildings])
    solid = shapely.union(solid, shapely.buffer(turned.into(village.closed), 3))
    columns: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        columns.setdefault((row.block.number, row.column), []).append(row)
    for _, group in sorted(columns.items()):
        x = max(r.x + r.yards * r.width for r in group) + 2.5
        low, high = min(r.y for r in group) - _LANE / 2, max(r.y for r in group) + _HOUSE + _YARD + _LANE / 2
        inside = turned.into(shapely.buffer(group[0].block.parcel, -4))
        free = shapely.intersection(shapely.difference(LineString([(x, low), (x, high)]), solid), inside)
        built.streets += [
            Street("lane", f"{village.name}巷", 4.0, turned.back(p)) for p in shapely.get_parts(free) if p.length > 12
        ]


def new_estate_place(
    blocks: list[Block], centre: tuple[float, float], angle: float, closed: shapely.Geometry, draw: random.Random
) -> tuple[Block, Polygon] | None:
    """A plot for resettlement slabs (回迁楼) beside the old village, inside one block."""
    turned = Turned(angle, centre)
    width, depth = draw.uniform(150, 190), draw.uniform(125, 155)
    tries = []
    for distance in (230, 265, 300, 340):
        for bearing in np.arange(16) * math.tau / 16:
            x, y = distance * 1.25 * math.cos(bearing), distance * math.sin(bearing)
            tries.append((distance + draw.uniform(0, 60), x, y))
    for _, x, y in sorted(tries):
        plot = turned.back(shapely.box(x - width / 2, y - depth / 2, x + width / 2, y + depth / 2))
        for block in blocks:
            inside = shapely.buffer(block.parcel, -4)
            if inside.contains(plot) and not plot.intersects(closed):
                return block, plot
    return None


def fields(zone: shapely.Geometry, angle: float, name: str, draw: random.Random) -> list[Ground]:
    """Cuts open country into fields, long strips with tracks between them, some of them orchards."""
    if zone.is_empty:
        return []
    turned = Turned(angle + draw.uniform(-0.05, 0.05), (zone.centroid.x, zone.centroid.y))
    local = turned.into(zone)
    west, south, east, north = local.bounds
    found: list[Ground] = []
    x = west
    boxes = []
    while x < east:
        width = draw.uniform(130, 300)
        y, upright = south - draw.uniform(0, 60), draw.random() < 0.5
        while y < north:
            depth = draw.uniform(60, 170)
            if upright:
                strips = draw.randint(2, 4)
                boxes += [
                    (x + k * width / strips, y, x + (k + 1) * width / strips - 2.5, y + depth - 3)
                    for k in range(strips)
                ]
            else:
                boxes.append((x, y, x + width - 3.5, y + depth - 2.5))
            y += depth
        x += width
    shapes = shapely.intersection(np.array([shapely.box(*b) for b in boxes], dtype=object), local)
    for shape in shapes:
        # Drawn for each box, so that a field's crop does not hang on what became of its neighbours.
        crop = draw.random()
        for part in shapely.get_parts(shape):
            if isinstance(part, Polygon) and part.area > 150:
                kind, title = next((k, t) for least, k, t in _CROPS if crop >= least)
                found.append(Ground(kind, name + title, turned.back(shapely.simplify(part, 0.3))))
    return found
