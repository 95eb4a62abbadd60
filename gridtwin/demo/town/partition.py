"""Cutting a community into grids: connected, compact, with about equally many residents."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import Polygon

LIVED_IN = 60.0  # residents below which a block does not count as lived in


@dataclass(slots=True)
class Faces:
    """Faces with their weights and neighbours (across an edge, not only a corner).

    `neighbours[a][b]` is the length in metres of the edge that a and b share.
    """

    shapes: list[Polygon]
    weights: list[float]
    neighbours: list[dict[int, float]]
    hopeless: set[tuple[frozenset[int], int]] = field(default_factory=set)

    @classmethod
    def of(cls, shapes: list[Polygon], weights: list[float]) -> Faces:
        """Finds who borders on whom."""
        geometry = np.array(shapes, dtype=object)
        left, right = shapely.STRtree(geometry).query(geometry, predicate="touches")
        shared = shapely.length(shapely.intersection(geometry[left], geometry[right]))
        neighbours: list[dict[int, float]] = [{} for _ in shapes]
        for a, b, length in zip(left.tolist(), right.tolist(), shared.tolist(), strict=True):
            if length > 1.0:
                neighbours[a][b] = length
        return cls(shapes, weights, neighbours)

    def connected(self, members: list[int]) -> bool:
        """Whether one can walk from each member to each other without leaving them."""
        if not members:
            return False
        inside, seen, todo = set(members), {members[0]}, [members[0]]
        while todo:
            for other in self.neighbours[todo.pop()]:
                if other in inside and other not in seen:
                    seen.add(other)
                    todo.append(other)
        return len(seen) == len(inside)

    def lived_in(self, members: list[int]) -> int:
        """How many of the members have residents worth a grid of their own."""
        return sum(self.weights[m] > LIVED_IN for m in members)

    def slenderness(self, members: list[int]) -> float:
        """Perimeter over the root of the area: 4 for a square, more for what is long or ragged."""
        inside = set(members)
        border = float(sum(self.shapes[m].length for m in members))
        border -= sum(length for m in members for n, length in self.neighbours[m].items() if n in inside)
        return border / math.sqrt(float(sum(self.shapes[m].area for m in members)))


def cut(faces: Faces, members: list[int], count: int) -> list[list[int]]:
    """Cuts `members` into `count` connected parts, each lived in. Raises ValueError where that can't be."""
    if count == 1:
        return [members]
    key = (frozenset(members), count)
    if key in faces.hopeless or faces.lived_in(members) < count:
        raise ValueError(f"{len(members)} blocks can't make {count} grids")
    first = count // 2
    share = first / count
    total = sum(faces.weights[m] for m in members)
    centres = {m: (faces.shapes[m].centroid.x, faces.shapes[m].centroid.y) for m in members}
    tried: dict[tuple[int, ...], tuple[float, list[int], list[int]]] = {}
    for turn in range(12):
        c, s = math.cos(turn * math.pi / 12), math.sin(turn * math.pi / 12)
        order = sorted(members, key=lambda m: (centres[m][0] * c + centres[m][1] * s, m))
        for at in range(1, len(order)):
            for one, two in ((order[:at], order[at:]), (order[at:], order[:at])):
                name = tuple(sorted(one))
                if name in tried or faces.lived_in(one) < first or faces.lived_in(two) < count - first:
                    continue
                if faces.connected(one) and faces.connected(two):
                    weight = sum(faces.weights[m] for m in one)
                    cost = abs(weight / total - share) + 0.012 * faces.slenderness(one)
                    tried[name] = (cost, sorted(one), sorted(two))
    for _, one, two in sorted(tried.values()):
        try:
            return cut(faces, one, first) + cut(faces, two, count - first)
        except ValueError:
            continue
    faces.hopeless.add(key)
    raise ValueError(f"no cut of {len(members)} blocks into {count} grids")


def cut_all(
    faces: Faces, groups: list[list[int]], total: int, least: list[int], most: list[int]
) -> list[list[list[int]]]:
    """Cuts every group into its share of `total` parts; one that can't be cut so finely leaves parts to others."""
    weights = [sum(faces.weights[m] for m in group) for group in groups]
    most = [min(bound, faces.lived_in(group)) for bound, group in zip(most, groups, strict=True)]
    while True:
        counts = apportion(weights, total, least, most)
        parts = []
        for number, (group, count) in enumerate(zip(groups, counts, strict=True)):
            try:
                parts.append(cut(faces, group, count))
            except ValueError:
                if count <= least[number]:
                    raise
                most[number] = count - 1
        if len(parts) == len(groups):
            return parts


def apportion(weights: list[float], total: int, least: list[int], most: list[int]) -> list[int]:
    """Shares `total` out by weight, within bounds for each; the largest remainders come first."""
    shares = list(least)
    scale = total / sum(weights)
    while sum(shares) < total:
        open_ones = [i for i in range(len(weights)) if shares[i] < most[i]]
        best = max(open_ones, key=lambda i: (weights[i] * scale - shares[i], -i))
        shares[best] += 1
    return shares


def gather(faces: Faces, seeds: list[int]) -> list[list[int]]:
    """Gathers all faces about the seeds: the lightest group takes its lightest free neighbour first."""
    groups = [[seed] for seed in seeds]
    free = set(range(len(faces.shapes))) - set(seeds)
    while free:
        order = sorted(range(len(groups)), key=lambda g: (sum(faces.weights[m] for m in groups[g]), g))
        for g in order:
            reachable = sorted({n for m in groups[g] for n in faces.neighbours[m]} & free)
            if reachable:
                nearest = min(
                    reachable, key=lambda n: (faces.shapes[n].distance(faces.shapes[groups[g][0]].centroid), n)
                )
                groups[g].append(nearest)
                free.remove(nearest)
                break
        else:
            raise ValueError("a community borders on no other")
    return groups
