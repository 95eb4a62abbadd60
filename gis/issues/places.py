"""First analysis (初步分析): where an issue is, whose it is, and whether it was reported already."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gis.access.accounts import Account
from gis.db import Database, Row
from gis.issues.visible import predicate

_NEAR_M = 50.0
_RECENT = timedelta(days=7)

_PLACE = """
WITH spot AS (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS at)
SELECT area_at(spot.at) AS area_id, g.id AS grid_id, g.name AS grid, w.worker_id, b.id AS building_id,
  b.name AS building, a.id AS address_id, a.text AS address
FROM spot
LEFT JOIN LATERAL (
  SELECT g.id, g.name FROM grid g JOIN plan p ON p.id = g.plan_id AND p.state = 'published'
  JOIN grid_kind k ON k.code = p.kind
  WHERE ST_Covers(g.geom, spot.at) ORDER BY k.rank LIMIT 1
) g ON true
LEFT JOIN LATERAL (
  SELECT coalesce(
    (SELECT r.worker_id FROM grid_responsible r WHERE r.grid_id = g.id ORDER BY r.worker_id LIMIT 1),
    (SELECT w.id FROM worker w WHERE w.grid_id = g.id ORDER BY w.id LIMIT 1)) AS worker_id
) w ON true
LEFT JOIN LATERAL (
  SELECT b.id, b.name, b.geom FROM building b
  WHERE b.geom && ST_Expand(spot.at, 0.0006) AND ST_DWithin(b.geom::geography, spot.at::geography, 30)
  ORDER BY b.geom::geography <-> spot.at::geography, b.id LIMIT 1
) b ON true
LEFT JOIN LATERAL (
  SELECT a.id, a.text FROM address a
  WHERE a.geom && ST_Expand(spot.at, 0.001)
  ORDER BY (a.building_id IS NOT DISTINCT FROM b.id) DESC, a.geom <-> spot.at, length(a.text), a.id LIMIT 1
) a ON true
"""

_ALIKE = """
SELECT i.id, i.state, i.class, i.text, i.reported_at,
  ST_Distance(i.geom::geography, spot.at::geography) AS metres,
  (SELECT min(p.id) FROM issue_photo p WHERE p.issue_id = i.id) AS photo
FROM issue i JOIN issue_class c ON c.code = i.class,
  (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS at) spot
WHERE i.state <> '已归档' AND i.reported_at >= %(since)s AND i.id <> %(id)s
  AND i.geom_3857 && ST_Expand(ST_Transform(spot.at, 3857), %(reach)s)
  AND ST_DWithin(i.geom::geography, spot.at::geography, %(reach)s)
  AND (i.class = %(class)s OR similarity(i.text, %(text)s) > 0.4) AND {seen}
  AND i.split_from IS DISTINCT FROM %(id)s AND i.id IS DISTINCT FROM %(whole)s::bigint
  AND (i.split_from IS NULL OR i.split_from IS DISTINCT FROM %(whole)s::bigint)
ORDER BY metres, i.id LIMIT 5
"""


_HISTORY = """
SELECT i.id, i.state, i.class, i.reported_at AS at, i.rating FROM issue i JOIN issue_class c ON c.code = i.class,
  (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS at) spot
WHERE i.id <> %(id)s AND i.geom_3857 && ST_Expand(ST_Transform(spot.at, 3857), %(reach)s)
  AND ST_DWithin(i.geom::geography, spot.at::geography, %(reach)s) AND i.reported_at < %(before)s AND {seen}
ORDER BY i.reported_at DESC, i.id DESC LIMIT 10
"""


async def history(database: Database, account: Account, row: Row) -> list[Row]:
    """The ten latest issues within 50 m that were reported before this one, closed ones too."""
    seen, values = predicate(account)
    spot = {"lon": row["lon"], "lat": row["lat"], "id": row["id"], "before": row["reported_at"], "reach": _NEAR_M}
    return await database.all(_HISTORY.format(seen=seen), {**values, **spot})


_RESPONSIBLE = """
SELECT coalesce(
  (SELECT r.worker_id FROM grid_responsible r WHERE r.grid_id = i.grid_id ORDER BY r.worker_id LIMIT 1),
  (SELECT w.id FROM worker w WHERE w.grid_id = i.grid_id ORDER BY w.id LIMIT 1), i.worker_id) AS worker
FROM issue i WHERE i.id = %(id)s
"""


async def responsible(database: Database, row: Row) -> str | None:
    """The worker of the issue's grid, or else whom it was given to."""
    found = await database.one(_RESPONSIBLE, {"id": row["id"]})
    return found["worker"] if found else None


async def locate(database: Database, lon: float, lat: float) -> Row:
    """Area, grid, responsible worker, building and standard address of a place in degrees; each may be None."""
    row = await database.one(_PLACE, {"lon": lon, "lat": lat})
    return row or {}


async def alike(database: Database, account: Account, row: Row) -> list[dict[str, Any]]:
    """Open issues within 50 m and seven days of the same class or with a similar text: perhaps the same thing. Parts
    that were split from one another aren't."""
    seen, values = predicate(account)
    spot = {"lon": row["lon"], "lat": row["lat"], "class": row["class"], "text": row["text"], "id": row["id"],
            "whole": row["split_from"]}  # fmt: skip
    since = row["reported_at"] - _RECENT
    rows = await database.all(_ALIKE.format(seen=seen), {**values, **spot, "since": since, "reach": _NEAR_M})
    return [
        {
            "id": row["id"],
            "state": row["state"],
            "class": row["class"],
            "text": row["text"],
            "at": row["reported_at"],
            "photo": f"/api/issues/{row['id']}/photos/{row['photo']}" if row["photo"] else None,
            "metres": round(row["metres"], 1),
        }
        for row in rows
    ]
