-- The streets within the grid of each of the first workers, noded where they meet; the grid's border where there are none.
SELECT w.id, ST_AsBinary(coalesce(n.streets, ST_Boundary(g.geom)))
FROM (SELECT * FROM worker WHERE grid_id IS NOT NULL ORDER BY number LIMIT %(most)s) w
JOIN plan p ON p.state = 'published'
JOIN grid g ON g.plan_id = p.id AND g.id = w.grid_id
LEFT JOIN LATERAL (
  SELECT ST_Union(ST_CollectionExtract(ST_Intersection(s.geom, g.geom), 2)) AS streets
  FROM street s WHERE ST_Intersects(s.geom, g.geom)
) n ON NOT ST_IsEmpty(n.streets)
ORDER BY w.number
