-- Events within the scope, newest first, with what they happened at and who it was.
SELECT e.worker, w.name AS worker_name, e.at, e.kind, e.fence, e.fence_id, e.seconds,
  ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, coalesce(z.name, g.name) AS name, g.code AS grid
FROM geofence_event e
JOIN worker w ON w.id = e.worker LEFT JOIN grid_in_force own ON own.id = w.grid_id
LEFT JOIN zone z ON e.fence <> 'grid' AND z.id = e.fence_id
LEFT JOIN grid_in_force g ON e.fence = 'grid' AND g.id = e.fence_id
WHERE {seen} AND (z.id IS NULL OR {zone_seen})
  AND (e.fence <> 'grid' OR {grid_seen})
  AND e.at >= %(since)s AND e.at <= %(until)s
  AND (%(workers)s::text[] IS NULL OR e.worker = ANY(%(workers)s))
  AND (%(kinds)s::text[] IS NULL OR e.kind = ANY(%(kinds)s))
  AND (%(fence)s::text IS NULL OR e.fence = %(fence)s)
  AND (%(fence_id)s::bigint IS NULL OR e.fence_id = %(fence_id)s)
ORDER BY e.at DESC, e.worker, e.kind, e.fence, e.fence_id LIMIT %(limit)s
