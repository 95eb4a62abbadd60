"""Whether shapes tile their parent: no gap, no overlap, full cover (无缝隙 不重叠 全覆盖).

Overlays are computed in (lon, lat), where borders that are shared are shared exactly; sizes are measured on the
ellipsoid. What is under 1 m² or on average narrower than 1 cm is rounding, and no error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.findings import ERROR, INFO, WARNING, Findings
from importers.measure import areas_m2, widths_m
from importers.shapes import mend

ROUNDING_M2 = 1.0
ROUNDING_M = 0.01
SLIVER_M = 2.0  # narrower than a lane between two walls: nobody governs that as a grid
_TOUCHING = 1e-7  # degrees, about 1 cm


@dataclass(frozen=True)
class Member:
    """One of the shapes that ought to tile a parent. `row` is its row in the file, None when it isn't in it."""

    code: str
    shape: Any
    row: int | None


@dataclass(frozen=True)
class Cover:
    """The outcome for one parent: whether its members fill it, and the rounding that was let pass, in m²."""

    fills: bool
    rounding_m2: float


@dataclass(frozen=True)
class Sizes:
    """Pieces left over by an overlay, with their areas in m² and whether each is only rounding."""

    pieces: NDArray[np.object_]
    m2: NDArray[np.float64]
    rounding: NDArray[np.bool_]


def cover(parent: str, ground: Any | None, members: Sequence[Member], findings: Findings, gaps: str = ERROR) -> Cover:
    """Notes what the members of one parent leave uncovered of `ground`, and what of them reaches outside.

    Without `ground` only gaps that are enclosed count. `gaps` is the severity of a gap.
    """
    shapes = _sound(members)
    whole = shapely.union_all(shapes)
    gaping, lost = _gaps(parent, ground, whole, findings, gaps)
    reaching, beyond = _outside(parent, ground, members, shapes, findings)
    return Cover(not (gaping or reaching), lost + beyond)


def _sound(members: Sequence[Member]) -> NDArray[np.object_]:
    """The members' shapes; an invalid one, which is a finding of its own, as it will be once it is repaired."""
    shapes = np.array([*(member.shape for member in members), None], dtype=object)[:-1]
    for at in np.flatnonzero(~shapely.is_valid(shapes)):
        shapes[at] = mend(shapes[at]) or shapely.Polygon()
    return shapes


def sum_up(level: str, level_zh: str, families: Sequence[tuple[int, Cover, str]], findings: Findings) -> None:
    """Notes how many members lie in families (their number, outcome, parent) that tile their parent without a gap."""
    count = sum(members for members, _, _ in families)
    tiling = sum(members for members, outcome, _ in families if outcome.fills)
    parents = sorted(parent for _, _, parent in families)
    whole = tiling == count
    findings.add(
        "coverage", INFO, size=count, unit=level, level=level, level_zh=level_zh, tiling=tiling, count=count,
        parents_zh=_named(parents, "zh"), parents_en=_named(parents, "en"),
        m2=sum(outcome.rounding_m2 for _, outcome, _ in families),
        todo_zh="无需处理。" if whole else "其余各上级内有缺口、重叠或越界，见相应各条。",
        todo_en="Nothing to do." if whole else "Elsewhere something gapes, overlaps or reaches out: see there.",
    )  # fmt: skip


def _named(codes: Sequence[str], language: str) -> str:
    """One parent by its code, several by their number, for the finding `coverage`."""
    if len(codes) == 1:
        return f"上级 {codes[0]}" if language == "zh" else f"their parent {codes[0]}"
    return f" {len(codes)} 个上级" if language == "zh" else f"their {len(codes)} parents"


def _measured(pieces: Sequence[Any]) -> Sizes:
    array = np.array([*pieces, None], dtype=object)[:-1]
    if not len(array):
        return Sizes(array, np.zeros(0), np.zeros(0, dtype=bool))
    m2 = areas_m2(array)
    return Sizes(array, m2, (m2 < ROUNDING_M2) | (widths_m(array) < ROUNDING_M))


def _polygons(shape: Any) -> list[Any]:
    """The polygons of whatever an overlay gave, without lines and points."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return [part for part in np.atleast_1d(parts) if part.geom_type == "Polygon" and part.area > 0]


def _point(shape: Any) -> tuple[float, float]:
    point = shapely.point_on_surface(shape)
    return float(point.x), float(point.y)


def overlaps(members: Sequence[Member], findings: Findings) -> set[str]:
    """Notes every pair that shares ground and has a member in the file; returns the codes of all that overlap.

    Pairs that share only rounding are mentioned as such and not returned.
    """
    shapes = _sound(members)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    common = [_polygons(shape) for shape in shapely.intersection(shapes[first], shapes[second])]
    keep = [at for at, parts in enumerate(common) if parts]
    sizes = _measured([shapely.multipolygons(common[at]) for at in keep])
    found: set[str] = set()
    for at, piece, m2, rounding in zip(keep, sizes.pieces, sizes.m2, sizes.rounding, strict=True):
        one, other = members[first[at]], members[second[at]]
        if not rounding:
            found |= {one.code, other.code}
        rows = tuple(row for row in (one.row, other.row) if row is not None)
        if rows:
            findings.add(
                "overlap", INFO if rounding else ERROR, rows=rows, codes=(one.code, other.code),
                point=_point(piece), size=round(float(m2), 6), unit="m²", shape=piece,
                first=one.code, second=other.code, m2=float(m2),
            )  # fmt: skip
    return found


def slivers(members: Sequence[Member], findings: Findings) -> None:
    """Notes the parts of the file's shapes that are narrower than any grid could be: leftovers of drawing."""
    arriving = [member for member in members if member.row is not None]
    parts, owner = shapely.get_parts(_sound(arriving), return_index=True)
    if not len(parts):
        return
    widths, sizes = widths_m(parts), areas_m2(parts)
    for at in np.flatnonzero(widths < SLIVER_M):
        member = arriving[owner[at]]
        findings.add(
            "sliver", WARNING, rows=(int(member.row or 0),), codes=(member.code,), point=_point(parts[at]),
            size=round(float(sizes[at]), 6), unit="m²", shape=parts[at],
            code=member.code, metres=float(widths[at]), m2=float(sizes[at]),
        )  # fmt: skip


def _gaps(parent: str, ground: Any | None, whole: Any, findings: Findings, severity: str) -> tuple[bool, float]:
    """What no member covers. Enclosed gaps are all listed; rounding along the parent's outline is only summed up."""
    if ground is None:
        holes = [shapely.polygons(ring) for part in shapely.get_parts(whole) for ring in part.interiors]
        outline = None
    else:
        holes = _polygons(shapely.difference(ground, whole))
        outline = shapely.boundary(ground)
        shapely.prepare(outline)
    sizes = _measured(holes)
    for piece, m2, rounding in zip(sizes.pieces, sizes.m2, sizes.rounding, strict=True):
        if rounding and outline is not None and outline.dwithin(piece, _TOUCHING):
            continue
        findings.add(
            "gap", INFO if rounding else severity, codes=(parent,) if parent else (),
            point=_point(piece), size=round(float(m2), 6), unit="m²", shape=piece, m2=float(m2),
            within_zh=f"{parent} 内" if parent else "彼此之间", within_en=f"in {parent}" if parent else "between them",
        )  # fmt: skip
    return bool((~sizes.rounding).any()), float(sizes.m2[sizes.rounding].sum())


def _outside(
    parent: str, ground: Any | None, members: Sequence[Member], shapes: Any, findings: Findings
) -> tuple[bool, float]:
    """What reaches beyond the parent, member by member."""
    if ground is None:
        return False, 0.0
    shapely.prepare(ground)
    beyond = np.flatnonzero(~shapely.covers(ground, shapes))
    parts = [_polygons(shape) for shape in shapely.difference(shapes[beyond], ground)]
    pieces = [(at, piece) for at, found in zip(beyond, parts, strict=True) for piece in found]
    sizes = _measured([piece for _, piece in pieces])
    reaching: dict[int, list[int]] = {}
    for index, (at, _) in enumerate(pieces):
        if not sizes.rounding[index]:
            reaching.setdefault(int(at), []).append(index)
    for which, indexes in reaching.items():
        member, m2 = members[which], float(sizes.m2[indexes].sum())
        largest = max(indexes, key=lambda index: sizes.m2[index])
        if member.row is not None:
            findings.add(
                "outside-parent", ERROR, rows=(member.row,), codes=(member.code,),
                point=_point(sizes.pieces[largest]), size=round(m2, 6), unit="m²", parent=parent, m2=m2,
                shape=shapely.multipolygons([sizes.pieces[index] for index in indexes]),
            )  # fmt: skip
    return bool(reaching), float(sizes.m2[sizes.rounding].sum())
