-- Free ground in a worker's grid: where a building of 32 m by 14 m touches no other, no street and no water.
SELECT ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat
FROM worker w JOIN grid_in_force f ON f.id = w.grid_id JOIN grid g ON g.id = f.id AND g.plan_id = f.plan_id,
  LATERAL (SELECT (ST_Dump(ST_GeneratePoints(ST_Buffer(g.geom, -0.0003), 600, 7))).geom) p
WHERE w.id = %(worker)s
  AND NOT EXISTS (SELECT FROM building b WHERE ST_DWithin(b.geom, p.geom, 0.0003))
  AND NOT EXISTS (SELECT FROM street s WHERE ST_DWithin(s.geom, p.geom, 0.0003))
  AND NOT EXISTS (SELECT FROM ground w WHERE w.kind = 'water' AND ST_DWithin(w.geom, p.geom, 0.0003))
