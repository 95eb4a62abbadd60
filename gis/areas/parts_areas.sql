-- The areas right below one, each with counts of everything that lies in it.
WITH child AS MATERIALIZED (
  SELECT c.id, c.code, c.name, c.level, c.path, ARRAY[ST_XMin(c.geom), ST_YMin(c.geom), ST_XMax(c.geom), ST_YMax(c.geom)] AS bbox
  FROM area c JOIN area p ON p.id = c.parent_id
  WHERE p.code = %(code)s AND {child_seen}
),
below AS MATERIALIZED (
  SELECT child.id AS child, a.id AS area_id FROM child JOIN area a ON a.path <@ child.path WHERE {below_seen}
),
built AS (
  SELECT child, count(*) AS buildings, coalesce(sum(households), 0) AS households,
    coalesce(sum(residents), 0) AS residents
  FROM below JOIN building USING (area_id) GROUP BY child
),
addressed AS (SELECT child, count(*) AS addresses FROM below JOIN address USING (area_id) GROUP BY child),
gridded AS (
  SELECT child, count(*) AS grids, count(w.id) AS workers
  FROM below JOIN grid g USING (area_id) JOIN plan ON plan.id = g.plan_id AND plan.state = 'published' AND plan.kind = %(kind)s
  LEFT JOIN worker w ON w.grid_id = g.id
  GROUP BY child
),
reported AS (
  SELECT child, count(*) AS issues FROM below JOIN issue USING (area_id) WHERE state <> '已归档' GROUP BY child
)
SELECT child.id, child.code, child.name, child.level, child.bbox, coalesce(grids, 0) AS grids,
  coalesce(buildings, 0) AS buildings, coalesce(addresses, 0) AS addresses, coalesce(households, 0) AS households,
  coalesce(residents, 0) AS residents, coalesce(workers, 0) AS workers, coalesce(issues, 0) AS issues
FROM child LEFT JOIN built ON built.child = child.id LEFT JOIN addressed ON addressed.child = child.id
LEFT JOIN gridded ON gridded.child = child.id LEFT JOIN reported ON reported.child = child.id
ORDER BY child.path
