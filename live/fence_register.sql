-- Zones or targets within the scope, targets with their visits in the present stretch of `every_days` days.
-- A visit is an entry, or a way that crossed.
SELECT z.id, z.kind, z.name, a.code AS area, z.building_id, z.metres, z.dwell_s, z.visits, z.every_days, z.created_at,
  z.created_by, ST_AsGeoJSON(z.geom, 7)::json AS geometry, v.done, v.last_visit, v.last_worker
FROM zone z JOIN area a ON a.id = z.area_id
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE e.day > %(today)s::date - z.every_days) AS done, max(e.at) AS last_visit,
    (array_agg(e.worker ORDER BY e.at DESC))[1] AS last_worker
  FROM geofence_event e
  WHERE e.fence_id = z.id AND e.fence = 'target' AND e.kind IN ('enter', 'cross')
    AND e.day > %(today)s::date - greatest(z.every_days, 31)
) v ON z.kind = 'target'
WHERE z.kind = %(kind)s AND {seen} AND (%(id)s::bigint IS NULL OR z.id = %(id)s)
  AND (%(area)s::text IS NULL OR a.path <@ (SELECT path FROM area WHERE code = %(area)s))
ORDER BY z.name, z.id
