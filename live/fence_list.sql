-- Every fence: the grids in force, zones and targets. A grid counts since ever, the others since they were drawn.
SELECT 'grid' AS kind, g.id, g.code, g.name, g.area_id, ST_AsBinary(g.geom) AS shape, NULL::timestamptz AS since,
  NULL::int AS dwell_s
FROM plan p JOIN grid g ON g.plan_id = p.id WHERE p.state = 'published'
UNION ALL
SELECT kind, id, '', name, area_id, ST_AsBinary(geom), created_at, dwell_s FROM zone
ORDER BY 1, 2
