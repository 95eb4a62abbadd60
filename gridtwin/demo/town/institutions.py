"""Everything that is not housing: schools, shops, offices, hospitals, halls of industry, a college."""

from __future__ import annotations

import random

import shapely
from shapely import LineString, Polygon

from gridtwin.demo.town.blocks import Block, largest
from gridtwin.demo.town.estates import Built
from gridtwin.demo.town.model import Building, Ground, Street
from gridtwin.demo.town.packing import Turned, fill, free_intervals, running_track


def _frame(block: Block) -> tuple[Turned, Polygon]:
    turned = Turned(block.angle, (block.parcel.centroid.x, block.parcel.centroid.y))
    return turned, turned.into(block.parcel)


def _building(
    block: Block, turned: Turned, shape: Polygon, use: str, name: str, levels: int, year: int, storey: float = 3.6
) -> Building:
    x0, y0, x1, y1 = shape.bounds
    axis = turned.axis(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)
    return Building(block.number, turned.back(shape), use, name, "", storey, levels, 1, 0, year, axis)


def rows_of_boxes(
    zone: Polygon,
    draw: random.Random,
    depths: tuple[float, float],
    lengths: tuple[float, float],
    gap: float,
    between: float,
) -> list[Polygon]:
    """Oblong boxes in rows over a whole zone (in its turned frame)."""
    found: list[Polygon] = []
    if zone.is_empty:
        return found
    _, south, _, north = zone.bounds
    y = south
    while y + depths[0] <= north:
        depth = min(draw.uniform(*depths), north - y)
        placed = False
        for span in free_intervals(zone, y, y + depth, lengths[0]):
            sizes = [draw.uniform(*lengths) for _ in range(12)]
            for a, b in fill(span, sizes, gap, gap * 2.2):
                found.append(shapely.box(a, y, b, y + depth))
                placed = True
        y += depth + between if placed else 8.0
    return found


def _with_wing(shape: Polygon, draw: random.Random) -> Polygon:
    """An oblong with a wing towards the north, an L or T in plan."""
    x0, y0, x1, y1 = shape.bounds
    width = min(16.0, (x1 - x0) * 0.3)
    at = draw.choice((x0, (x0 + x1 - width) / 2, x1 - width))
    return shapely.union(shape, shapely.box(at, y1 - 1, at + width, y1 + min(18.0, y1 - y0)))


def school(block: Block, name: str, draw: random.Random, big: bool) -> Built:
    """A school: teaching blocks in rows, a running track with its long axis north to south."""
    turned, parcel = _frame(block)
    built = Built()
    yard = largest(shapely.buffer(parcel, -6))[0]
    west, south, east, north = yard.bounds
    length = min(176.0 if big else 150.0, (north - south) * 0.86)
    width = min(length * 0.52, (east - west) * 0.42)
    on_east = draw.random() < 0.5
    x = east - width / 2 - 10 if on_east else west + width / 2 + 10
    y = (south + north) / 2
    track = running_track(x, y, width, length)
    for _ in range(12):
        if yard.contains(track):
            break
        x += -4 if on_east else 4
        length, width = length * 0.97, width * 0.97
        track = running_track(x, y, width, length)
    pitch = shapely.buffer(track, -9)
    built.ground.append(Ground("sports", f"{name}操场", turned.back(shapely.difference(track, pitch))))
    built.ground.append(Ground("green", f"{name}足球场", turned.back(pitch)))
    tx0, _, tx1, _ = track.bounds
    rest = shapely.box(tx1 + 10, south, east, north) if not on_east else shapely.box(west, south, tx0 - 10, north)
    zone = largest(shapely.buffer(shapely.intersection(yard, rest), -4))[0]
    boxes = rows_of_boxes(zone, draw, (13, 15), (46, 74), 14, 27)
    if len(boxes) < 3:
        boxes = rows_of_boxes(zone, draw, (12, 14), (22, 44), 12, 22)
    titles = ["综合楼", "1号教学楼", "2号教学楼", "实验楼", "图书馆", "体育馆", "食堂", "3号教学楼", "4号教学楼"]
    year = draw.randint(1995, 2018)
    for shape, title in zip(boxes[: 7 if big else 4], titles, strict=False):
        built.buildings.append(_building(block, turned, shape, "school", name + title, draw.choice((3, 4, 4, 5)), year))
    return built


def compound(
    block: Block,
    name: str,
    use: str,
    draw: random.Random,
    titles: list[str],
    levels: tuple[int, int],
    depths: tuple[float, float],
    lengths: tuple[float, float],
    between: float = 24.0,
    wings: bool = True,
) -> Built:
    """Large buildings in rows on one parcel, with a square in front: a mall, offices, a hospital."""
    turned, parcel = _frame(block)
    built = Built()
    zone = largest(shapely.buffer(parcel, -14))[0]
    site = _sports_ground(built, turned, zone, name) if use == "school" else zone
    boxes = rows_of_boxes(site, draw, depths, lengths, 20, between)
    # The main buildings stand towards the middle of the plot, not in its corners.
    middle = site.centroid
    boxes.sort(key=lambda b: b.centroid.distance(middle) + draw.uniform(0, 40))
    boxes = sorted(boxes[: len(titles)], key=lambda b: b.bounds[1])
    taken: list[Polygon] = []
    year = draw.randint(1998, 2022)
    for box, title in zip(boxes, titles, strict=False):
        shape = _with_wing(box, draw) if wings and draw.random() < 0.5 else box
        if not zone.contains(shape) or any(shape.distance(other) < 9 for other in taken):
            shape = box
        taken.append(shape)
        built.buildings.append(_building(block, turned, shape, use, name + title, draw.randint(*levels), year, 3.9))
    drive = shapely.simplify(shapely.buffer(zone, 4, quad_segs=4), 0.3).exterior
    gate = drive.interpolate(drive.project(shapely.Point(zone.centroid.x, parcel.bounds[1])))
    entry = LineString([(gate.x, gate.y), (gate.x, gate.y - 24)])
    for path in (LineString(drive.coords), entry):
        built.streets.append(Street("lane", f"{name}内部路", 6.0, turned.back(path)))
    solid = shapely.union_all([s.buffer(9, join_style="mitre") for s in taken])
    if site is not zone:
        solid = shapely.union(solid, shapely.buffer(shapely.difference(zone, site), 1))
    open_air = shapely.difference(shapely.buffer(zone, -1), solid)
    soft = shapely.buffer(shapely.buffer(open_air, -6), 6, quad_segs=4)
    if zone.area > 30000:
        avenues = _avenues(largest(site)[0], taken)
        built.streets += [Street("lane", f"{name}内部路", 5.0, turned.back(line)) for line in avenues]
        soft = shapely.difference(soft, shapely.union_all([shapely.buffer(line, 5) for line in avenues]))
    belt = shapely.difference(shapely.buffer(parcel, -1.5), shapely.union(shapely.buffer(zone, 8.5), entry.buffer(9)))
    for shape, kind in ((soft, "plaza" if use == "commercial" else "green"), (belt, "green")):
        for part in shapely.get_parts(shapely.simplify(shape, 0.25)):
            if isinstance(part, Polygon) and part.area > 150:
                title = f"{name}广场" if kind == "plaza" else f"{name}绿地"
                built.ground.append(Ground(kind, title, turned.back(part)))
    return built


def _sports_ground(built: Built, turned: Turned, zone: Polygon, name: str) -> Polygon:
    """Lays a running track out at the east end of a campus, and returns what is left to build on."""
    _, south, east, north = zone.bounds
    for inset in range(60, 170, 6):
        track = running_track(east - inset, (south + north) / 2, 92, 176)
        if zone.contains(track.buffer(4)):
            pitch = shapely.buffer(track, -10)
            built.ground.append(Ground("sports", f"{name}田径场", turned.back(shapely.difference(track, pitch))))
            built.ground.append(Ground("green", f"{name}足球场", turned.back(pitch)))
            west = track.bounds[0] - 12
            return largest(shapely.intersection(zone, shapely.box(zone.bounds[0], south, west, north)))[0]
    return zone


def _avenues(zone: Polygon, taken: list[Polygon]) -> list[LineString]:
    """Straight ways across a large plot, where no building stands in their line."""
    west, south, east, north = zone.bounds
    solid = shapely.union_all([shapely.buffer(shape, 6) for shape in taken])
    found: list[LineString] = []
    for across, low, high in ((True, south, north), (False, west, east)):
        at = low + 30.0
        while at < high - 30:
            ends = [(west, at), (east, at)] if across else [(at, south), (at, north)]
            line = shapely.intersection(LineString(ends), shapely.buffer(zone, 4))
            if isinstance(line, LineString) and not line.intersects(solid) and line.length > 40:
                found.append(line)
                at += 70
            else:
                at += 6
    return found


def works(block: Block, name: str, draw: random.Random) -> Built:
    """An industrial plot: large halls along an inner road, an office building at the gate."""
    turned, parcel = _frame(block)
    built = Built()
    zone = largest(shapely.buffer(parcel, -11))[0]
    if zone.is_empty:
        return built
    west, south, east, north = zone.bounds
    year = draw.randint(1996, 2021)
    office_y = south + draw.uniform(0, 8)
    spans = free_intervals(zone, office_y, office_y + 15, 50)
    if spans and draw.random() < 0.6:
        a, b = spans[0]
        start = a + draw.uniform(0.1, 0.6) * (b - a - 48)
        shape = shapely.box(start, office_y, start + 48, office_y + 15)
        built.buildings.append(_building(block, turned, shape, "office", f"{name}办公楼", draw.randint(3, 6), year))
        built.ground.append(Ground("green", f"{name}绿地", turned.back(shapely.box(a, office_y - 9, b, office_y - 2))))
    halls = largest(shapely.intersection(zone, shapely.box(west, office_y + 32, east, north)))[0]
    kind = draw.choice(("large", "large", "long", "small"))
    depths, lengths = {
        "large": ((52, 84), (90, 170)),
        "long": ((30, 44), (100, 190)),
        "small": ((22, 34), (50, 90)),
    }[kind]
    boxes = rows_of_boxes(halls, draw, depths, lengths, 16, 17)
    most = draw.randint(3, 6)
    if len(boxes) > most:
        boxes = sorted(sorted(boxes, key=lambda q: -q.area)[:most], key=lambda q: (-q.bounds[1], q.bounds[0]))
    for number, shape in enumerate(boxes, 1):
        use = draw.choice(("厂房", "厂房", "车间", "仓库"))
        built.buildings.append(
            _building(
                block, turned, shape, "industrial", f"{name}{number}号{use}", draw.choice((1, 1, 1, 2)), year, 9.5
            )
        )
    if not halls.is_empty:
        y = office_y + 24
        for a, b in free_intervals(zone, y - 3, y + 3, 40):
            built.streets.append(Street("lane", f"{name}厂内路", 7.0, turned.back(LineString([(a, y), (b, y)]))))
    return built


TITLES: dict[str, tuple[str, list[str], tuple[int, int], tuple[float, float], tuple[float, float]]] = {
    "mall": ("commercial", ["购物中心", "A座", "B座"], (3, 6), (42, 70), (60, 120)),
    "market": ("commercial", ["农贸市场", "商业楼"], (1, 3), (30, 46), (60, 100)),
    "hotel": ("commercial", ["主楼", "会议中心"], (6, 18), (20, 28), (50, 80)),
    "offices": ("office", ["A座", "B座"], (8, 20), (22, 32), (40, 70)),
    "public": ("public", ["办公楼", "服务大厅"], (3, 6), (16, 22), (50, 84)),
    "culture": ("public", ["文化馆", "图书馆", "青少年宫"], (3, 5), (34, 48), (50, 80)),
    "sports": ("public", ["体育馆", "游泳馆", "训练馆"], (2, 3), (60, 84), (80, 120)),
    "hospital": ("hospital", ["门诊楼", "住院楼", "医技楼", "急诊楼", "康复楼"], (4, 14), (18, 30), (60, 90)),
    "college": (
        "school",
        [
            "图书馆",
            "1号教学楼",
            "2号教学楼",
            "3号教学楼",
            "实训楼",
            "行政楼",
            "1号宿舍楼",
            "2号宿舍楼",
            "3号宿舍楼",
            "食堂",
        ],
        (4, 7),
        (16, 24),
        (60, 100),
    ),
    "technology": ("office", ["研发楼", "孵化楼", "A座", "中试车间"], (4, 12), (24, 40), (60, 100)),
}


def institution(kind: str, block: Block, name: str, draw: random.Random) -> Built:
    """The layout of one kind of parcel in `TITLES`."""
    use, titles, levels, depths, lengths = TITLES[kind]
    return compound(block, name, use, draw, titles, levels, depths, lengths, wings=kind not in ("market", "sports"))
