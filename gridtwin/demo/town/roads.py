"""The road network, planned on whole steps of the lattice.

Every line is a run of unit steps between whole-numbered points, so lines meet only at such points:
the blocks between them are a valid coverage by construction, and streets and grid borders share
their vertices exactly.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from gridtwin.demo.town import names, plan
from gridtwin.demo.town.frame import ROWS, STEPS, chance
from gridtwin.demo.town.plan import Cell

Step = tuple[int, int]
Rect = tuple[int, int, int, int]

# Width of the carriageway and its pavements, in metres.
WIDTHS = {"expressway": 36.0, "arterial": 40.0, "secondary": 24.0, "local": 14.0, "lane": 6.0, "": 0.0}
_BLOCKS = {"U": 14, "C": 16, "T": 9, "I": 7, "E": 4}


@dataclass(slots=True)
class Road:
    """A centre line in steps. A road without class is only a border (a ditch, a ridge, a field's edge)."""

    kind: str
    name: str
    width: float
    path: list[Step]


def _run(start: Step, end: Step) -> list[Step]:
    count = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    du, dv = (end[0] - start[0]) // count, (end[1] - start[1]) // count
    return [(start[0] + du * k, start[1] + dv * k) for k in range(count + 1)]


def _segment_class(seed: int, across: bool, at: Cell) -> str | None:
    """The class of one lattice edge from what lies on either side; None where there is none at all."""
    other = (at[0], at[1] - 1) if across else (at[0] - 1, at[1])
    sides = {plan.zone(at), plan.zone(other)}
    same = _owner(at) == _owner(other)
    line = at[1] if across else at[0]
    if across and line % ROWS == 7:
        return "expressway"
    if sides in ({"L"}, {"H"}):
        return None if same else ""
    if sides & plan.BUILT_UP:
        return "arterial"
    if line % (ROWS if across else 11) in ((2, 4) if across else (3, 8)):
        return "secondary"
    if "I" in sides:
        return "secondary"
    if sides == {"F"} and same and chance(seed, "thin", across, at).random() < 0.6:
        return None
    return "local"


def _owner(cell: Cell) -> tuple[Cell, str]:
    street, local = plan.home(cell)
    return street, plan.COMMUNITY_OF[local]


def lattice(seed: int, street: Cell) -> list[Road]:
    """The lattice roads of one street, joined along each line as long as their class stays the same."""
    edges = set()
    for c, r in plan.cells(street):
        edges |= {(True, r, c), (True, r + 1, c), (False, c, r), (False, c + 1, r)}
    roads: list[Road] = []
    last: tuple[bool, int, int] | None = None
    for across, line, along in sorted(edges):
        kind = _segment_class(seed, across, (along, line) if across else (line, along))
        if kind is None:
            last = None
            continue
        a, b = (along * STEPS, line * STEPS), ((along + 1) * STEPS, line * STEPS)
        run = _run(a, b) if across else _run((a[1], a[0]), (b[1], b[0]))
        if last == (across, line, along - 1) and roads[-1].kind == kind:
            roads[-1].path.extend(run[1:])
        else:
            width = 9.0 if kind == "local" else 18.0 if kind == "secondary" else WIDTHS[kind]
            name = names.lattice_road(across, line) if kind else ""
            roads.append(Road(kind, name, width, run))
        last = (across, line, along)
    for name, nodes in plan.DIAGONALS:
        place = [((c + street[0] * 11) * STEPS, (r + street[1] * 9) * STEPS) for c, r in nodes]
        path = [place[0]]
        for a, b in itertools.pairwise(place):
            path += _run(a, b)[1:]
        roads.append(Road("arterial" if len(nodes) > 3 else "secondary", name, 30.0, path))
    return roads


def _split(rect: Rect, across: bool, at: int) -> tuple[Rect, Rect, tuple[Step, Step]]:
    w, s, e, n = rect
    if across:
        return (w, s, e, at), (w, at, e, n), ((w, at), (e, at))
    return (w, s, at, n), (at, s, e, n), ((at, s), (at, n))


def _half(seed: int, across: bool, line: int) -> int:
    """Where the secondary road runs between two lattice lines: the same in every cell that it crosses."""
    return line * STEPS + chance(seed, "half", across, line).randint(13, 19)


def subdivision(seed: int, cell: Cell, spare_names: list[str]) -> list[Road]:
    """The roads inside one cell: secondaries that go on into the next cell, locals with T-junctions."""
    kind = plan.zone(cell)
    if kind == "V":
        return _village_roads(seed, cell)
    if kind not in _BLOCKS:
        return []
    draw = chance(seed, "cell", cell)
    c, r = cell
    rects: list[Rect] = [(c * STEPS, r * STEPS, (c + 1) * STEPS, (r + 1) * STEPS)]
    roads: list[Road] = []
    wanted = _BLOCKS[kind] + (draw.choice((-1, 0, 0, 1)) if kind == "U" else 0)
    for across in draw.sample((True, False), 2):
        at = _half(seed, across, r if across else c)
        name = names.half_road(across, r if across else c)
        full = (kind in "UC" and draw.random() < 0.85) or across is (c % 2 == 0)
        for rect in list(rects) if full else []:
            rects.remove(rect)
            one, two, (a, b) = _split(rect, across, at)
            rects += [one, two]
            roads.append(Road("secondary", name, WIDTHS["secondary"], _run(a, b)))
    while len(rects) < wanted:
        rect = max(rects, key=lambda q: ((q[2] - q[0]) * (q[3] - q[1]), q))
        wide, high = rect[2] - rect[0], rect[3] - rect[1]
        # Blocks are a little longer from east to west: rows of slabs facing south fill them best.
        across = high > 0.85 * wide
        size, low = (high, rect[1]) if across else (wide, rect[0])
        at = low + min(max(round(size * draw.uniform(0.36, 0.64)), 5), size - 5)
        rects.remove(rect)
        one, two, (a, b) = _split(rect, across, at)
        rects += [one, two]
        roads.append(Road("local", spare_names.pop(), WIDTHS["local"], _run(a, b)))
    return _joined(roads)


def village_centre(seed: int, cell: Cell) -> Step:
    """Where the two main lanes of a village meet."""
    draw = chance(seed, "village centre", cell)
    return cell[0] * STEPS + draw.randint(13, 19), cell[1] * STEPS + draw.randint(13, 19)


def _village_roads(seed: int, cell: Cell) -> list[Road]:
    draw = chance(seed, "village roads", cell)
    x, y = village_centre(seed, cell)
    w, s, e, n = cell[0] * STEPS, cell[1] * STEPS, (cell[0] + 1) * STEPS, (cell[1] + 1) * STEPS
    long_way = draw.random() < 0.6
    main = _run((w, y), (e, y)) if long_way else _run((x, s), (x, n))
    roads = [Road("local", "中心街", 10.0, main)]
    arms = [((x, y), (x, n)), ((x, s), (x, y))] if long_way else [((x, y), (e, y)), ((w, y), (x, y))]
    chosen = draw.choice((arms, arms[:1], arms[1:], arms))
    # The cross lane is set off a little on one side: village crossings are seldom straight.
    for number, (a, b) in enumerate(chosen):
        off = draw.choice((-2, -1, 1, 2)) if number else 0
        shift = (off, 0) if long_way else (0, off)
        path = _run((a[0] + shift[0], a[1] + shift[1]), (b[0] + shift[0], b[1] + shift[1]))
        roads.append(Road("local", ("振兴街", "幸福街")[number], 8.0, path))
    return roads


def _joined(roads: list[Road]) -> list[Road]:
    """Roads of one name and class that meet end to end become one line."""
    done: list[Road] = []
    for road in sorted(roads, key=lambda q: (q.name, q.kind, q.path)):
        if done and (done[-1].name, done[-1].kind, done[-1].path[-1]) == (road.name, road.kind, road.path[0]):
            done[-1].path.extend(road.path[1:])
        else:
            done.append(road)
    return done
