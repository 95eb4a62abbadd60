"""Coverage: which streets and buildings of some grids nobody has passed in some days, and the shares that somebody has.

Somebody passed when their way came through a square of the ground beside (`live.passed`): nearer than 12–30 m.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.access.scope import Scope
from gis.db import Database, Row
from gis.errors import BadRequest, NotFound
from gis.messages import Both
from live import cells
from live.passed import Picture, picture, squares

_HERE = Path(__file__).parent
_GRIDS = (_HERE / "coverage_grids.sql").read_text(encoding="utf-8")
_STREETS = (_HERE / "coverage_streets.sql").read_text(encoding="utf-8")
_BUILDINGS = (_HERE / "coverage_buildings.sql").read_text(encoding="utf-8")
_PASSED = """
SELECT x, y, bits FROM passed
WHERE day BETWEEN %(since)s AND %(until)s AND x BETWEEN %(west)s AND %(east)s AND y BETWEEN %(north)s AND %(south)s
"""
_PIECE_M = 20.0
_METRES = 111_195.0  # a degree of latitude
_MOST_CELLS = 2_500  # of zoom 14: 100 km by 100 km


async def grids(
    database: Database, scope: Scope, kind: str, areas: Sequence[int] | None, code: str | None
) -> list[Row]:
    """The grids within the scope; raises NotFound when a code leads to none."""
    values = {"kind": kind, "areas": None if areas is None else list(areas), "code": code, **scope.values()}
    found = await database.all(_GRIDS.format(seen=scope.sql("g.area_id")), values)
    if code is not None and not found:
        raise NotFound(what=Both(f"网格 {code[:50]}", f"grid {code[:50]}"))
    return found


async def read(
    database: Database, scope: Scope, chosen: list[Row], kind: str, since: date, until: date, *, missing: bool
) -> dict[str, Any]:
    """Shares for each grid and for all, and with `missing` what was not passed, as GeoJSON. Both days count."""
    if not chosen:
        return _answer([], _no_streets(), [], _Seen(), missing=missing)
    box = (
        min(row["west"] for row in chosen), min(row["south"] for row in chosen),
        max(row["east"] for row in chosen), max(row["north"] for row in chosen),
    )  # fmt: skip
    west, east, north, south = cells.box(*box)
    if (east - west + 1) * (south - north + 1) > _MOST_CELLS:
        raise BadRequest(what="area", why=Both("范围过大，请选择较小的区域", "it is too large: choose a smaller area"))
    between = {"since": since, "until": until, "west": west, "east": east, "north": north, "south": south}
    marks = await database.all(_PASSED, between)
    values: dict[str, Any] = {"grids": [row["id"] for row in chosen], "kind": kind}
    streets = await database.all(_STREETS, values)
    buildings = await database.all(_BUILDINGS.format(seen=scope.sql("b.area_id")), {**values, **scope.values()})
    seen = picture(((row["x"], row["y"], row["bits"]) for row in marks), box)
    pieces = _pieces(streets)
    return _answer(chosen, pieces, buildings, _Seen(seen, pieces, buildings), missing=missing)


class _Pieces:
    """Streets cut into pieces of at most 20 m: ends in degrees, metres, the street's row."""

    def __init__(self, rows: list[Row], ends: NDArray[np.float64], metres: NDArray[np.float64], of: NDArray[Any]):
        self.rows, self.ends, self.metres, self.of = rows, ends, metres, of
        self.places = np.array([row["place"] for row in rows], np.int64)[of] if rows else np.zeros(0, np.int64)


def _no_streets() -> _Pieces:
    return _Pieces([], np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))


def _pieces(rows: list[Row]) -> _Pieces:
    if not rows:
        return _no_streets()
    lines = shapely.from_wkb([bytes(row["line"]) for row in rows])
    points, of = shapely.get_coordinates(lines, return_index=True)
    same = np.flatnonzero(of[1:] == of[:-1])
    begin, end = points[same], points[same + 1]
    scale = np.cos(np.radians(begin[:, 1])) * _METRES
    metres = np.hypot((end[:, 0] - begin[:, 0]) * scale, (end[:, 1] - begin[:, 1]) * _METRES)
    count = np.maximum(1, np.ceil(metres / _PIECE_M)).astype(np.int64)
    step = np.repeat(np.arange(len(same)), count)
    number = np.arange(len(step)) - np.repeat(np.cumsum(count) - count, count)
    share = (number / count[step])[:, None], ((number + 1) / count[step])[:, None]
    whole = end[step] - begin[step]
    ends = np.hstack((begin[step] + whole * share[0], begin[step] + whole * share[1]))
    return _Pieces(rows, ends, (metres / count)[step], of[same][step])


class _Seen:
    """Which pieces of streets and which buildings somebody passed."""

    def __init__(
        self, seen: Picture | None = None, pieces: _Pieces | None = None, buildings: Sequence[Row] = ()
    ) -> None:
        self.streets = self.buildings = np.zeros(0, np.bool_)
        if seen is None or pieces is None:
            return
        middle = (pieces.ends[:, :2] + pieces.ends[:, 2:]) / 2
        self.streets = seen.near(*squares(middle[:, 0], middle[:, 1]))
        if buildings:
            sides = {
                side: np.array([row[side] for row in buildings], np.float64)
                for side in ("west", "south", "east", "north")
            }
            left, top = squares(sides["west"], sides["north"])
            right, bottom = squares(sides["east"], sides["south"])
            self.buildings = seen.touched(left, top, right, bottom)


def _share(part: float, whole: float) -> float | None:
    return round(float(part / whole), 4) if whole else None


def _counts(metres: float, passed_m: float, count: int, passed: int) -> dict[str, Any]:
    return {
        "streets": {"metres": round(metres), "passed_m": round(passed_m), "share": _share(passed_m, metres)},
        "buildings": {"count": count, "passed": passed, "share": _share(passed, count)},
    }


def _answer(chosen: list[Row], pieces: _Pieces, buildings: list[Row], seen: _Seen, *, missing: bool) -> dict[str, Any]:
    size = len(chosen)
    inside = np.array([row["place"] for row in buildings], np.int64)
    metres = np.bincount(pieces.places, pieces.metres, size)
    passed_m = np.bincount(pieces.places, pieces.metres * seen.streets, size)
    count = np.bincount(inside, minlength=size)
    passed = np.bincount(inside[seen.buildings], minlength=size) if len(inside) else count
    told: dict[str, Any] = _counts(metres.sum(), passed_m.sum(), int(count.sum()), int(passed.sum()))
    told["grids"] = [
        {
            "id": row["id"], "code": row["code"], "name": row["name"], "worker": row["worker"],
            "worker_name": row["worker_name"],
            **_counts(metres[at], passed_m[at], int(count[at]), int(passed[at])),
        }
        for at, row in enumerate(chosen)
    ]  # fmt: skip
    if missing:
        features = [*_missed_streets(chosen, pieces, seen), *_missed_buildings(chosen, buildings, seen)]
        told["missing"] = {"type": "FeatureCollection", "features": features}
    return told


def _missed_streets(chosen: list[Row], pieces: _Pieces, seen: _Seen) -> list[dict[str, Any]]:
    """Pieces that follow one another become one line."""
    lines: list[tuple[int, list[list[float]], float]] = []
    for index in np.flatnonzero(~seen.streets).tolist():
        west, south, east, north = (round(float(each), 7) for each in pieces.ends[index])
        of, metres = int(pieces.of[index]), float(pieces.metres[index])
        if lines and lines[-1][0] == of and lines[-1][1][-1] == [west, south]:
            lines[-1] = (of, [*lines[-1][1], [east, north]], lines[-1][2] + metres)
        else:
            lines.append((of, [[west, south], [east, north]], metres))
    return [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": line},
            "properties": {
                "kind": "street", "id": pieces.rows[of]["id"], "name": pieces.rows[of]["name"],
                "grid": chosen[pieces.rows[of]["place"]]["code"], "metres": round(metres),
            },
        }
        for of, line, metres in lines
    ]  # fmt: skip


def _missed_buildings(chosen: list[Row], buildings: list[Row], seen: _Seen) -> list[dict[str, Any]]:
    found = []
    for row, passed in zip(buildings, seen.buildings.tolist(), strict=True):
        middle = [round((row["west"] + row["east"]) / 2, 7), round((row["south"] + row["north"]) / 2, 7)]
        if not passed and all(map(math.isfinite, middle)):
            properties = {
                "kind": "building",
                "id": row["id"],
                "name": row["name"],
                "grid": chosen[row["place"]]["code"],
            }
            geometry = {"type": "Point", "coordinates": middle}
            found.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return found
