"""Tells clients which tiles to ask for again: those that a commit reached, as far as they can see them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

from gis.access.scope import Scope
from gis.changes import Batch, Change
from gis.db import Database
from live.viewer import Viewer

TOPIC = "tiles"
_MOST = 64  # extents in one notice; beyond, a layer is named without places
_RADIUS = 6378137.0

Box = tuple[float, float, float, float]


class Redrawn:
    """Passes on the changes of the twin to the viewers who asked for them."""

    def __init__(self, viewers: Iterable[Viewer]) -> None:
        self._viewers = viewers
        self._numbers = itertools.count()

    def hear(self, batch: Batch) -> None:
        """A batch of commits becomes at most one notice for each viewer."""
        if not batch.gap and not batch.changes:
            return
        number = str(next(self._numbers))
        told: dict[Box | None, list[dict[str, object]]] = {}
        for viewer in self._viewers:
            if TOPIC not in viewer.notices.topics:
                continue
            changes = told.get(viewer.reach)
            if changes is None:
                changes = told[viewer.reach] = _told(batch, viewer.reach)
            if changes:
                viewer.notices.add(TOPIC, number, {"type": TOPIC, "changes": changes})


async def reach(database: Database, scope: Scope) -> Box | None:
    """What a scope's areas cover together, as (west, south, east, north) in 3857; None for everything.

    A scope without areas reaches one point of the sea that nobody draws.
    """
    if scope.everywhere:
        return None
    row = await database.one(
        "SELECT ST_XMin(e) AS w, ST_YMin(e) AS s, ST_XMax(e) AS e, ST_YMax(e) AS n"  # noqa: S608 - ours
        f" FROM (SELECT ST_Extent(geom_3857) AS e FROM area WHERE {scope.sql('id')}) x",
        scope.values(),
    )
    if row is None or row["w"] is None:
        return (0.0, 0.0, 0.0, 0.0)
    return (row["w"], row["s"], row["e"], row["n"])


def _told(batch: Batch, seen: Box | None) -> list[dict[str, object]]:
    if batch.gap:
        return [{"layer": "*", "extent": None}]
    changes = [change for change in batch.changes if _within(change, seen)]
    if len(changes) > _MOST:
        return [{"layer": layer, "extent": None} for layer in sorted({change.layer for change in changes})]
    return [{"layer": change.layer, "extent": change.extent and _degrees(change.extent)} for change in changes]


def _within(change: Change, seen: Box | None) -> bool:
    if seen is None or change.extent is None:
        return True
    west, south, east, north = change.extent
    return west <= seen[2] and east >= seen[0] and south <= seen[3] and north >= seen[1]


def _degrees(extent: Box) -> list[float] | None:
    """(west, south, east, north) of 3857 in degrees; None where they are none."""
    if not all(map(math.isfinite, extent)):
        return None
    west, south, east, north = extent
    return [round(each, 7) for each in (_lon(west), _lat(south), _lon(east), _lat(north))]


def _lon(x: float) -> float:
    return math.degrees(x / _RADIUS)


def _lat(y: float) -> float:
    return math.degrees(2 * math.atan(math.exp(y / _RADIUS)) - math.pi / 2)
