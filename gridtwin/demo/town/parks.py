"""Pocket parks (口袋公园): a square with crossing paths, a pond, a formal garden, a wood to stroll in."""

from __future__ import annotations

import math
import random

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from gridtwin.demo.town.blocks import Block, largest
from gridtwin.demo.town.estates import Built
from gridtwin.demo.town.landscape import blob, groves
from gridtwin.demo.town.model import Ground, Street
from gridtwin.demo.town.packing import Turned, smooth


def park(block: Block, name: str, draw: random.Random) -> Built:
    """A pocket park in one of four manners."""
    turned = Turned(block.angle, (block.parcel.centroid.x, block.parcel.centroid.y))
    parcel = turned.into(block.parcel)
    inner = largest(shapely.buffer(parcel, -9))[0]
    if inner.area < 5000:
        return _wood(Built(), turned, inner, [], name, draw)
    return draw.choice((_square, _pond, _formal, _stroll))(turned, inner, name, draw)


def _outer_loop(inner: Polygon, draw: random.Random) -> LineString:
    """A path around the park that keeps a changing distance from its edge."""
    ring = shapely.buffer(shapely.buffer(inner, -30), 22, quad_segs=5)
    return LineString(shapely.simplify(largest(ring)[0].exterior, 0.4).coords)


def _spokes(centre: Point, reach: float, loop: LineString, count: int, draw: random.Random) -> list[LineString]:
    """Winding paths from a ring about the centre to the outer loop."""
    turn = draw.uniform(0, math.tau)
    found = []
    for k in range(count):
        bearing = turn + (k + draw.uniform(-0.2, 0.2)) * math.tau / count
        far = loop.interpolate(
            loop.project(Point(centre.x + 400 * math.cos(bearing), centre.y + 400 * math.sin(bearing)))
        )
        away = math.atan2(far.y - centre.y, far.x - centre.x)
        start = (centre.x + reach * math.cos(away), centre.y + reach * math.sin(away))
        side = draw.choice((-1, 1)) * draw.uniform(8, 22)
        bow = ((start[0] + far.x) / 2 - side * math.sin(away), (start[1] + far.y) / 2 + side * math.cos(away))
        end = (far.x, far.y)
        found.append(LineString(smooth(np.array([start, start, bow, end, end]), 6)))
    return found


def _wood(
    built: Built,
    turned: Turned,
    inner: Polygon,
    paths: list[LineString],
    name: str,
    draw: random.Random,
    lawn: bool = False,
) -> Built:
    """Adds paths, and trees or lawns on what they and the ground laid so far leave."""
    built.streets += [Street("lane", f"{name}园路", 3.5, turned.back(path)) for path in paths]
    laid = [shapely.buffer(turned.into(g.shape), 3) for g in built.ground]
    clear = shapely.union_all([p.buffer(3.2) for p in paths] + laid)
    if lawn:
        rest = shapely.buffer(shapely.buffer(shapely.difference(inner, clear), -6), 3, quad_segs=4)
        parts = [p for p in shapely.get_parts(shapely.simplify(rest, 0.3)) if p.area > 120]
        built.ground += [Ground("green", f"{name}草坪", turned.back(p)) for p in parts]
    else:
        trees = groves(f"{name}林地", inner, clear, draw, int(inner.area / 520), 20.0)
        built.ground += [Ground(g.kind, g.name, turned.back(g.shape)) for g in trees]
    return built


def _square(turned: Turned, inner: Polygon, name: str, draw: random.Random) -> Built:
    west, south, east, north = inner.bounds
    size = min(26.0, (north - south) * 0.18, (east - west) * 0.18)
    plaza = blob(inner.centroid.x, inner.centroid.y, size * 1.2, size, draw, 0.04, 36)
    loop = _outer_loop(inner, draw)
    paths = [loop, *_spokes(inner.centroid, size, loop, draw.choice((4, 5, 6)), draw)]
    built = Built(ground=[Ground("plaza", f"{name}广场", turned.back(plaza))])
    return _wood(built, turned, inner, paths, name, draw, lawn=True)


def _pond(turned: Turned, inner: Polygon, name: str, draw: random.Random) -> Built:
    west, south, east, north = inner.bounds
    a, b = (east - west) * draw.uniform(0.18, 0.24), (north - south) * draw.uniform(0.16, 0.22)
    water = blob(inner.centroid.x, inner.centroid.y, a, b, draw, 0.2, 48)
    shore = LineString(shapely.buffer(water, 9, quad_segs=4).exterior.coords)
    loop = _outer_loop(inner, draw)
    spokes = [
        shapely.difference(path, shapely.buffer(water, 9))
        for path in _spokes(inner.centroid, 4, loop, draw.choice((3, 4, 5)), draw)
    ]
    paths = [loop, shore, *(part for path in spokes for part in shapely.get_parts(path) if part.length > 8)]
    built = Built(ground=[Ground("water", f"{name}水面", turned.back(water))])
    return _wood(built, turned, inner, paths, name, draw)


def _formal(turned: Turned, inner: Polygon, name: str, draw: random.Random) -> Built:
    west, south, east, north = inner.bounds
    x, y = inner.centroid.x, inner.centroid.y
    axis = shapely.box(x - 9, south, x + 9, north)
    cross = shapely.box(west, y - 5, east, y + 5)
    round_ = Point(x, y).buffer(min(30.0, (north - south) * 0.17), quad_segs=8)
    plaza = largest(shapely.intersection(inner, shapely.union_all([axis, cross, round_])))[0]
    built = Built(ground=[Ground("plaza", f"{name}广场", turned.back(plaza))])
    return _wood(built, turned, inner, [_outer_loop(inner, draw)], name, draw, lawn=True)


def _stroll(turned: Turned, inner: Polygon, name: str, draw: random.Random) -> Built:
    west, south, east, north = inner.bounds
    xs = np.linspace(west - 20, east + 20, 9)
    paths = [_outer_loop(inner, draw)]
    for share in (0.35, 0.65):
        ys = south + (north - south) * share + np.array([draw.uniform(-0.12, 0.12) * (north - south) for _ in xs])
        line = shapely.intersection(LineString(smooth(np.column_stack((xs, ys)), 6)), inner)
        paths += [part for part in shapely.get_parts(line) if part.length > 20]
    clearing = blob(inner.centroid.x, inner.centroid.y, 17, 13, draw, 0.1, 28)
    built = Built(ground=[Ground("plaza", f"{name}广场", turned.back(clearing))])
    return _wood(built, turned, inner, paths, name, draw)
