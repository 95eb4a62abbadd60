"""Areas: their level, their parent, whether they tile it, and the leaves that belong to another one afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import shapely

from importers import area_rows
from importers.coverage import Cover, Member, cover, overlaps, slivers, sum_up
from importers.findings import ERROR, INFO, WARNING, Findings
from importers.history import History
from importers.intake import Intake
from importers.kinds import KINDS, Field
from importers.leaves import Difference
from importers.levels import Level, Levels
from importers.removal import find_gone
from importers.request import ImportRequest

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Area:
    """An area as it is, or as it will be: `row` is its row in the file, None for one that only the database has."""

    code: str
    name: str
    level: Level
    parent: str | None
    shape: Any
    row: int | None = None


def apply(
    connection: Connection, intake: Intake, request: ImportRequest, findings: Findings
) -> tuple[Difference, Callable[[History], None]]:
    """Checks the staged areas; returns what would change, and the function that writes it."""
    levels = Levels(connection)
    area_rows.fill_in(connection, intake, findings)
    present = _present(connection, levels)
    arriving = _arriving(connection, levels, present, intake.fields, findings)
    told = "parent" in intake.mapped
    arriving = _with_parents(arriving, present, present | arriving, request, findings, told=told)
    future = _staying(present, arriving, request) | arriving
    _check_cover(arriving, future, findings)
    paths = _paths(future)
    counted = area_rows.compare(
        connection,
        (
            (area.code, area.row, area.name, area.level.code, area.parent, paths[area.code])
            for area in arriving.values()
            if area.code in paths
        ),
    )
    gone = find_gone(connection, KINDS["areas"], request, findings)
    area_rows.check_gone(connection, findings)

    def write(history: History) -> None:
        area_rows.write(connection, [level.code for level in levels.all], history)

    return replace(counted, removed=gone), write


def _staying(present: dict[str, Area], arriving: dict[str, Area], request: ImportRequest) -> dict[str, Area]:
    """The areas that are there and stay: with --replace, those within the area that the file lacks don't."""
    if not request.replace or request.within is None:
        return present
    levels = {area.level.code for area in arriving.values()}

    def is_within(area: Area) -> bool:
        while area.parent is not None:
            if area.parent == request.within:
                return True
            area = present[area.parent]
        return False

    return {
        code: area
        for code, area in present.items()
        if code in arriving or area.level.code not in levels or not is_within(area)
    }


def _present(connection: Connection, levels: Levels) -> dict[str, Area]:
    found = connection.execute(
        "SELECT a.code, a.name, a.level, p.code, ST_AsBinary(a.geom) FROM area a LEFT JOIN area p ON p.id = a.parent_id"
    )
    return {
        code: Area(code, name, levels.by_code[level], parent, shapely.from_wkb(bytes(wkb)))
        for code, name, level, parent, wkb in found
    }


def _arriving(
    connection: Connection, levels: Levels, present: dict[str, Area], fields: Sequence[Field], findings: Findings
) -> dict[str, Area]:
    """The file's areas that can be understood, highest level first; the parent as the file has it."""
    names = {field.name for field in fields}
    columns = ", ".join(name if name in names else f"NULL AS {name}" for name in ("level", "parent"))
    found: dict[str, Area] = {}
    for row, code, name, level_name, parent, wkb in connection.execute(
        f"SELECT row, code, name, {columns}, ST_AsBinary(geom) FROM staged"  # noqa: S608 - names of ours
        " WHERE code IS NOT NULL AND name IS NOT NULL AND geom IS NOT NULL ORDER BY row"
    ):
        level = levels.find(level_name) if level_name else None
        if level is None and level_name is None and code in present:
            level = present[code].level
        if level is None:
            findings.add(
                "unknown-level", ERROR, rows=(row,), codes=(code,), value=level_name or "–", known=levels.known
            )
        else:
            found[code] = Area(code, name, level, parent, shapely.from_wkb(bytes(wkb)), row)
    return dict(sorted(found.items(), key=lambda pair: pair[1].level.rank))


def _with_parents(
    arriving: dict[str, Area], present: dict[str, Area], future: dict[str, Area],
    request: ImportRequest, findings: Findings, *, told: bool,
) -> dict[str, Area]:  # fmt: skip
    """The file's areas with the codes of their parents; how each was found is said.

    `told`: the file has a column of parents; where it is empty an area that is there keeps the parent it has, or none.
    """
    if request.within is not None and request.within not in future:
        findings.add("unknown-area", ERROR, codes=(request.within,), value=request.within)
        return {}
    by_location: dict[str, list[Area]] = {}
    resolved: dict[str, Area] = {}
    finder = _Finder(list(future.values()))
    for area in arriving.values():
        parent = area.parent or request.within
        if parent == area.code:
            parent = None
        if parent is None and area.code in present and present[area.code].parent is not None:
            parent = present[area.code].parent
        if parent is None and not (told and area.code in present):
            parent = finder.above(area)
            if parent is not None:
                by_location.setdefault(area.level.code, []).append(area)
            elif finder.has_above(area.level):
                findings.add("parent-missing", ERROR, rows=_rows(area), codes=(area.code,), point=_middle(area))
        if parent is not None and not _check_parent(area, parent, future, findings):
            continue
        resolved[area.code] = replace(area, parent=parent)
    for code, placed in by_location.items():
        findings.add(
            "parent-by-location", INFO, size=len(placed), unit="rows",
            count=len(placed), level=code, level_zh=placed[0].level.name_zh,
        )  # fmt: skip
    return resolved


def _rows(area: Area) -> tuple[int, ...]:
    return () if area.row is None else (area.row,)


def _middle(area: Area) -> tuple[float, float]:
    point = shapely.point_on_surface(area.shape)
    return float(point.x), float(point.y)


def _check_parent(area: Area, parent: str, future: dict[str, Area], findings: Findings) -> bool:
    if parent not in future:
        findings.add("unknown-area", ERROR, rows=_rows(area), codes=(area.code,), value=parent)
        return False
    above = future[parent].level
    if above.rank >= area.level.rank:
        findings.add(
            "parent-level", ERROR, rows=_rows(area), codes=(area.code,),
            parent=parent, parent_level=above.code, level=area.level.code,
        )  # fmt: skip
        return False
    return True


class _Finder:
    """Finds parents by location: the area of the next higher level that covers the point on surface."""

    def __init__(self, areas: list[Area]) -> None:
        self._areas = areas
        self._tree = shapely.STRtree([area.shape for area in areas])
        self._highest = min((area.level.rank for area in areas), default=0)

    def has_above(self, level: Level) -> bool:
        """Whether there is any area of a higher level."""
        return self._highest < level.rank

    def above(self, area: Area) -> str | None:
        """The code of the lowest of the higher areas over an area."""
        over = self._tree.query(shapely.point_on_surface(area.shape), predicate="covered_by")
        above = [self._areas[at] for at in over if self._areas[at].level.rank < area.level.rank]
        return max(above, key=lambda found: (found.level.rank, found.code)).code if above else None


def _check_cover(arriving: dict[str, Area], future: dict[str, Area], findings: Findings) -> None:
    """Siblings of one level against each other and against their parent; one summary a level."""
    families: dict[tuple[str | None, str], list[Area]] = {}
    for area in future.values():
        families.setdefault((area.parent, area.level.code), []).append(area)
    overlapping: set[str] = set()
    for level in {area.level.code for area in arriving.values()}:
        members = [Member(a.code, a.shape, a.row) for a in future.values() if a.level.code == level]
        overlapping |= overlaps(members, findings)
        slivers([member for member in members if member.code in arriving], findings)
    summary: dict[str, list[tuple[int, Cover, str]]] = {}
    for (parent, level), siblings in families.items():
        if not any(area.code in arriving for area in siblings) or (parent is None and len(siblings) < 2):
            continue
        members = [Member(area.code, area.shape, area.row) for area in siblings]
        ground = future[parent].shape if parent is not None else None
        outcome = cover(parent or "", ground, members, findings, gaps=WARNING)
        if any(area.code in overlapping for area in siblings):
            outcome = replace(outcome, fills=False)
        if parent is not None:
            summary.setdefault(level, []).append((len(siblings), outcome, parent))
    for level, families_of in summary.items():
        level_zh = next(area.level.name_zh for area in arriving.values() if area.level.code == level)
        sum_up(level, level_zh, families_of, findings)


def _paths(future: dict[str, Area]) -> dict[str, str]:
    """The path of every area: the codes from the root down to it."""
    paths: dict[str, str] = {}
    for area in sorted(future.values(), key=lambda one: one.level.rank):
        if area.parent is None:
            paths[area.code] = area.code
        elif area.parent in paths:
            paths[area.code] = f"{paths[area.parent]}.{area.code}"
    return paths
