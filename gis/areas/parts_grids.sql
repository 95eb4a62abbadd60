-- The grids in force below an area, each with counts of what lies in it.
WITH below AS MATERIALIZED (
  SELECT a.id AS area_id FROM area p JOIN area a ON a.path <@ p.path WHERE p.code = %(code)s AND {below_seen}
)
SELECT g.id, g.code, g.name, ARRAY[ST_XMin(g.geom), ST_YMin(g.geom), ST_XMax(g.geom), ST_YMax(g.geom)] AS bbox,
  w.id AS worker_id, w.name AS worker_name,
  inside.buildings, inside.households, inside.residents,
  (SELECT count(*) FROM issue i WHERE i.grid_id = g.id AND i.state <> '已归档' AND {issue_seen}) AS issues
FROM below JOIN grid g USING (area_id) JOIN plan ON plan.id = g.plan_id AND plan.state = 'published' AND plan.kind = %(kind)s
LEFT JOIN worker w ON w.grid_id = g.id,
LATERAL (
  SELECT count(*) AS buildings, coalesce(sum(households), 0) AS households, coalesce(sum(residents), 0) AS residents
  FROM building b
  WHERE b.geom_3857 && g.geom_3857 AND b.label_3857 && g.geom_3857 AND ST_Covers(g.geom_3857, b.label_3857)
    AND {building_seen}
) inside
ORDER BY g.code
