"""Who could see to an issue: workers on duty, by walking distance along the streets, with what they have to do already.

The way is the shortest along the streets (Dijkstra) within 1.5 km around, from the nearest place on a street to the
nearest on another. Where the streets don't lead there, or two places are nearer to one another than to a street, it is
the straight line times 1.35, a usual ratio of walking to air distance, and said so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.access.duty import microseconds
from gis.access.scope import EVERYWHERE, Scope
from gis.db import Row
from gis.service import Service

_REACH_M = 1500.0
_DETOUR = 1.35
_METRES = 111_195.0  # a degree of latitude
_FRESH = timedelta(minutes=15)
_WALK_M_S = 1.2
_OFF_STREET_M = 150.0
_STRETCH_M = 25.0  # one may turn off a street at least every so far
_WORKERS = """
SELECT n.worker, n.name, n.at, ST_X(n.geom) AS lon, ST_Y(n.geom) AS lat, n.status, w.phone,
  (SELECT count(*)::int FROM issue i WHERE i.worker_id = n.worker AND i.state = '待处理') AS load,
  (SELECT count(*)::int FROM issue i WHERE i.worker_id = n.worker AND i.due_at < %(now)s) AS overdue,
  n.area_id IS NOT DISTINCT FROM %(area)s AS same_area
FROM worker_now n JOIN worker w ON w.id = n.worker
WHERE n.at > %(since)s AND {seen}
ORDER BY n.geom <-> ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) LIMIT 60
"""
_OWN = """
SELECT w.id AS worker, w.name, n.at, ST_X(n.geom) AS lon, ST_Y(n.geom) AS lat, coalesce(n.status, 'off_duty') AS status,
  (SELECT count(*)::int FROM issue i WHERE i.worker_id = w.id AND i.state = '待处理') AS load,
  (SELECT count(*)::int FROM issue i WHERE i.worker_id = w.id AND i.due_at < %(now)s) AS overdue, true AS same_area
FROM worker w LEFT JOIN worker_now n ON n.worker = w.id AND n.at > %(since)s
LEFT JOIN grid_in_force g ON g.id = w.grid_id
WHERE w.id = %(worker)s AND ({seen} OR n.worker IS NOT NULL AND {seen_now})
LIMIT 1
"""
_STREETS = """
SELECT ST_AsBinary(s.geom) AS geom FROM street s
WHERE s.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) LIMIT 20000
"""


async def on_duty(
    service: Service, lon: float, lat: float, area_id: int | None, *, limit: int, scope: Scope = EVERYWHERE
) -> list[dict[str, Any]]:
    """Workers on duty who were heard of within a quarter of an hour, the nearest on foot first; degrees."""
    now = service.clock.now()
    values = {"now": now, "since": now - _FRESH, "area": area_id, "lon": lon, "lat": lat, **scope.values()}
    rows = await service.database.all(_WORKERS.format(seen=scope.sql("n.area_id")), values)
    if service.duty.stale:
        await service.duty.refresh()
    rows = [row for row in rows if service.duty.on_duty(row["worker"], microseconds(now))]
    found = await _walks(service, lon, lat, rows)
    return sorted(found, key=lambda one: (one["metres"], one["load"], one["worker"]))[:limit]


async def offered(
    service: Service, lon: float, lat: float, area_id: int | None, own: str | None, *, limit: int, scope: Scope
) -> list[dict[str, Any]]:
    """Whom a dispatcher is offered: whose it is first (`own`, on duty or not, where the scope holds them), then the
    nearest on duty. Of somebody who wasn't heard of for a quarter of an hour place, way and time are None.
    """
    others = await on_duty(service, lon, lat, area_id, limit=limit, scope=scope)
    others = [{**one, "own": one["worker"] == own} for one in others]
    if own is None:
        return others
    first = [one for one in others if one["worker"] == own]
    if not first:
        now = service.clock.now()
        values = {"now": now, "since": now - _FRESH, "worker": own, **scope.values()}
        query = _OWN.format(seen=scope.sql("g.area_id"), seen_now=scope.sql("n.area_id"))
        row = await service.database.one(query, values)
        if row is not None and row["at"] is not None and service.duty.on_duty(own, microseconds(now)):
            first = [{**one, "own": True} for one in await _walks(service, lon, lat, [row])]
        elif row is not None:
            nowhere = {"lon": None, "lat": None, "metres": None, "minutes": None, "along": "unknown"}
            first = [{**row, **nowhere, "at": None, "status": "off_duty", "own": True}]
    return (first + [one for one in others if one["worker"] != own])[:limit]


async def _walks(service: Service, lon: float, lat: float, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of workers with their ways to a place."""
    if not rows:
        return []
    dlon, dlat = _REACH_M / _METRES / math.cos(math.radians(lat)), _REACH_M / _METRES
    box = {"west": lon - dlon, "south": lat - dlat, "east": lon + dlon, "north": lat + dlat}
    streets = await service.database.all(_STREETS, box)
    ways = distances([bytes(street["geom"]) for street in streets], (lon, lat), [(r["lon"], r["lat"]) for r in rows])
    return [_told(row, way, straight) for row, (way, straight) in zip(rows, ways, strict=True)]


def _told(row: Row, way: float | None, straight: float) -> dict[str, Any]:
    metres = way if way is not None else straight * _DETOUR
    return {
        **{name: row[name] for name in ("worker", "name", "at", "status", "load", "overdue", "same_area")},
        "lon": round(row["lon"], 7), "lat": round(row["lat"], 7), "metres": round(metres),
        "minutes": math.ceil(metres / _WALK_M_S / 60), "along": "streets" if way is not None else "straight",
    }  # fmt: skip


def distances(
    streets: Sequence[bytes], start: tuple[float, float], ends: Sequence[tuple[float, float]]
) -> list[tuple[float | None, float]]:
    """(metres along the streets or None, metres straight) from a place to others; places (lon, lat), streets as WKB."""
    east = math.cos(math.radians(start[1])) * _METRES
    scale = np.array([east, _METRES])
    places = (np.array([start, *ends]) - np.array(start)) * scale
    straight = np.hypot(places[1:, 0], places[1:, 1])
    corners, graph = _graph(streets, np.array(start), scale)
    if not len(corners):
        return [(None, float(far)) for far in straight]
    from scipy.sparse.csgraph import dijkstra  # loaded with the first question: starting is quicker
    from scipy.spatial import cKDTree

    gaps, nearest = cKDTree(corners).query(places)
    along = dijkstra(graph, directed=False, indices=int(nearest[0]))
    found: list[tuple[float | None, float]] = []
    for number, far in enumerate(straight, 1):
        off = gaps[0] + gaps[number]
        way = along[nearest[number]] + off
        # whoever stands beside it doesn't walk to the street and back
        reached = np.isfinite(way) and max(gaps[0], gaps[number]) <= _OFF_STREET_M and far > off
        found.append((float(max(way, far)) if reached else None, float(far)))
    return found


def _graph(streets: Sequence[bytes], start: NDArray[Any], scale: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Places on the streets in metres from the start, and the lengths between neighbours."""
    from scipy.sparse import coo_array

    lines = shapely.get_parts(shapely.from_wkb(list(streets)))
    lines = shapely.segmentize(lines, _STRETCH_M / _METRES)
    coordinates, of = shapely.get_coordinates(lines, return_index=True)
    if not len(coordinates):
        return np.empty((0, 2)), None
    corners, number = np.unique(np.round(coordinates, 6), axis=0, return_inverse=True)
    metres = (corners - start) * scale
    same = of[:-1] == of[1:]
    here, there = number[:-1][same], number[1:][same]
    lengths = np.maximum(np.hypot(*(metres[here] - metres[there]).T), 0.01)
    shape = (len(corners), len(corners))
    graph = coo_array((lengths, (here, there)), shape=shape).tocsr()
    return metres, graph
