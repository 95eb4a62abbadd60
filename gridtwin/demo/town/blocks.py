"""Blocks: the faces between the roads, and the parcel that the roads leave of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon

from gridtwin.demo.town import plan
from gridtwin.demo.town.frame import STEPS, Frame
from gridtwin.demo.town.plan import Cell
from gridtwin.demo.town.roads import Road


@dataclass(slots=True)
class Block:
    """A face of the road network: `face` to the road centre lines, `parcel` without road and water."""

    number: int
    cell: Cell
    community: str
    zone: str
    face: Polygon
    parcel: Polygon
    angle: float
    use: str = ""
    estate: str = ""
    style: str = ""
    grid: int = -1
    leftover: list[Polygon] = field(default_factory=list)


def centre_line(frame: Frame, road: Road) -> LineString:
    """A road's centre line in the plane."""
    line = frame.bent(LineString(road.path))
    return shapely.simplify(line, 0.1)


def faces(roads: list[Road]) -> list[Polygon]:
    """The faces in steps, in a fixed order (south to north, west to east)."""
    edges = {tuple(sorted(pair)) for road in roads for pair in zip(road.path, road.path[1:], strict=False)}
    lines = shapely.linestrings(np.array(sorted(edges), dtype=float))
    found = shapely.get_parts(shapely.polygonize(lines))
    found = shapely.normalize(found)
    points = shapely.get_coordinates(shapely.point_on_surface(found))
    return [found[i] for i in np.lexsort((points[:, 0], points[:, 1]))]


def largest(shape: shapely.Geometry) -> tuple[Polygon, list[Polygon]]:
    """The largest polygon of a shape, and the others."""
    parts = [p for p in shapely.get_parts(shape) if isinstance(p, Polygon) and p.area > 1]
    parts.sort(key=lambda p: (-p.area, p.bounds))
    return (parts[0], parts[1:]) if parts else (Polygon(), [])


def _cell(steps: Polygon) -> Cell:
    point = shapely.point_on_surface(steps)
    return math.floor(point.x / STEPS), math.floor(point.y / STEPS)


def blocks(frame: Frame, roads: list[Road], corridor: Polygon | MultiPolygon) -> list[Block]:
    """All blocks of one street. `corridor` is water and its banks: nothing is built there."""
    lines = [(centre_line(frame, road), road.width) for road in roads if road.kind]
    surface = shapely.union_all(
        [shapely.buffer(line, width / 2, cap_style="flat", join_style="mitre") for line, width in lines]
    )
    shapes = faces(roads)
    bent = [frame.bent(shape) for shape in shapes]
    cells = [_cell(shape) for shape in shapes]
    homes = [plan.home(cell)[1] for cell in cells]
    kept = shapely.union(surface, corridor)
    # The lake's own block keeps its water: the park is laid out around it.
    closed = np.array([surface if plan.ZONE_OF[h] == "L" else kept for h in homes], dtype=object)
    free = shapely.difference(np.array(bent, dtype=object), closed)
    # Corners are rounded where streets meet, as kerbs are.
    free = shapely.buffer(shapely.buffer(free, -7.0, quad_segs=3), 7.0, quad_segs=3)
    made = []
    for number, (steps, face, parcel) in enumerate(zip(shapes, bent, free, strict=True)):
        main, leftover = largest(parcel)
        middle = steps.centroid
        angle = max(-0.2, min(0.2, frame.angle_at((middle.x, middle.y))))
        local = homes[number]
        block = Block(number, cells[number], plan.COMMUNITY_OF[local], plan.ZONE_OF[local], face, main, angle)
        block.leftover = leftover
        made.append(block)
    return made
