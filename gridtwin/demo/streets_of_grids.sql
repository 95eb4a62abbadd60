-- The streets within the community grid of each of the first workers, noded where they meet; the grid's border where
-- there are none.
SELECT w.id, ST_AsBinary(coalesce(n.streets, ST_Boundary(w.geom)))
FROM (
  SELECT worker.id, worker.number, g.geom
  FROM plan p JOIN grid g ON g.plan_id = p.id JOIN worker ON worker.grid_id = g.id
  WHERE p.state = 'published' AND p.kind = 'community' ORDER BY worker.number LIMIT %(most)s
) w
LEFT JOIN LATERAL (
  SELECT ST_Union(ST_CollectionExtract(ST_Intersection(s.geom, w.geom), 2)) AS streets
  FROM street s WHERE ST_Intersects(s.geom, w.geom)
) n ON NOT ST_IsEmpty(n.streets)
ORDER BY w.number
