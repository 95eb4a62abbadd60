-- The grids in force of a kind, in some areas or one by its code, with who is responsible.
SELECT g.id, g.code, g.name, w.id AS worker, w.name AS worker_name,
  ST_XMin(g.geom) AS west, ST_YMin(g.geom) AS south, ST_XMax(g.geom) AS east, ST_YMax(g.geom) AS north
FROM plan p JOIN grid g ON g.plan_id = p.id LEFT JOIN worker w ON w.grid_id = g.id
WHERE p.state = 'published' AND p.kind = %(kind)s AND {seen}
  AND (%(areas)s::bigint[] IS NULL OR g.area_id = ANY(%(areas)s)) AND (%(code)s::text IS NULL OR g.code = %(code)s)
ORDER BY g.code
