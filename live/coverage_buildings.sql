-- The buildings whose label lies within grids: their boxes, and the grid's place in the list that was given.
SELECT n.place - 1 AS place, b.id, b.name, ST_XMin(b.geom) AS west, ST_YMin(b.geom) AS south,
  ST_XMax(b.geom) AS east, ST_YMax(b.geom) AS north
FROM unnest(%(grids)s::bigint[]) WITH ORDINALITY n (id, place)
JOIN plan p ON p.state = 'published' AND p.kind = %(kind)s
JOIN grid g ON g.plan_id = p.id AND g.id = n.id
JOIN building b ON b.geom && g.geom AND {seen} AND ST_Intersects(g.geom_3857, b.label_3857)
ORDER BY n.place, b.id
