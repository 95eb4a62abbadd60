-- Places of the demo's issues: buildings spread by a hash, with their grid, worker and a standard address.
SELECT b.id AS building, b.name, b.area_id, g.id AS grid, w.id AS worker,
  coalesce(a.text, b.name, g.name) AS place, a.id AS address,
  ST_X(ST_Centroid(b.geom)) AS lon, ST_Y(ST_Centroid(b.geom)) AS lat
FROM (SELECT * FROM building WHERE area_id IS NOT NULL ORDER BY md5(id::text || %(seed)s) LIMIT %(most)s) b
JOIN LATERAL (
  SELECT g.id, g.name FROM grid g JOIN plan p ON p.id = g.plan_id AND p.state = 'published' AND p.kind = 'community'
  WHERE ST_Covers(g.geom, ST_Centroid(b.geom)) LIMIT 1) g ON true
LEFT JOIN worker w ON w.grid_id = g.id
LEFT JOIN LATERAL (SELECT id, text FROM address a WHERE a.building_id = b.id ORDER BY length(text), id LIMIT 1) a ON true
ORDER BY md5(b.id::text || %(seed)s)
