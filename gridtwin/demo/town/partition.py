"""Cutting a community into grids: connected, compact, with about equally many residents."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon


@dataclass(slots=True)
class Faces:
    """Faces with their weights and neighbours (across an edge, not only a corner)."""

    shapes: list[Polygon]
    weights: list[float]
    neighbours: list[set[int]]

    @classmethod
    def of(cls, shapes: list[Polygon], weights: list[float]) -> Faces:
        """Finds who borders on whom."""
        geometry = np.array(shapes, dtype=object)
        left, right = shapely.STRtree(geometry).query(geometry, predicate="touches")
        shared = shapely.length(shapely.intersection(geometry[left], geometry[right])) > 1.0
        neighbours: list[set[int]] = [set() for _ in shapes]
        for a, b in zip(left[shared], right[shared], strict=True):
            neighbours[int(a)].add(int(b))
        return cls(shapes, weights, neighbours)

    def connected(self, members: list[int]) -> bool:
        """Whether one can walk from each member to each other without leaving them."""
        if not members:
            return False
        inside, seen, todo = set(members), {members[0]}, [members[0]]
        while todo:
            for other in self.neighbours[todo.pop()] & inside - seen:
                seen.add(other)
                todo.append(other)
        return len(seen) == len(inside)


def cut(faces: Faces, members: list[int], count: int) -> list[list[int]]:
    """Cuts `members` into `count` connected parts. Raises ValueError where the faces don't allow it."""
    if count == 1:
        return [members]
    if len(members) < count:
        raise ValueError(f"{len(members)} blocks can't make {count} grids")
    first = count // 2
    total = sum(faces.weights[m] for m in members)
    centres = {m: (faces.shapes[m].centroid.x, faces.shapes[m].centroid.y) for m in members}
    tried: list[tuple[float, list[int], list[int]]] = []
    for turn in range(12):
        c, s = math.cos(turn * math.pi / 12), math.sin(turn * math.pi / 12)
        order = sorted(members, key=lambda m: (centres[m][0] * c + centres[m][1] * s, m))
        for at in range(first, len(order) - (count - first) + 1):
            for one, two, share in ((order[:at], order[at:], first / count), (order[at:], order[:at], first / count)):
                if len(one) < first or len(two) < count - first:
                    continue
                if not (faces.connected(one) and faces.connected(two)):
                    continue
                weight = sum(faces.weights[m] for m in one)
                border = shapely.length(shapely.union_all([faces.shapes[m] for m in one]))
                area = sum(faces.shapes[m].area for m in one)
                if not total / 30 < weight < total * 29 / 30:
                    continue
                cost = abs(weight / total - share) + 0.012 * border / math.sqrt(area)
                tried.append((cost, sorted(one), sorted(two)))
    for _, one, two in sorted(tried)[:60]:
        try:
            return cut(faces, one, first) + cut(faces, two, count - first)
        except ValueError:
            continue
    raise ValueError(f"no cut of {len(members)} blocks into {count} grids")


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
