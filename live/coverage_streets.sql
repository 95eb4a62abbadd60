-- The streets within grids: each part as a line, and the grid's place in the list that was given.
SELECT n.place - 1 AS place, s.id, s.name, ST_AsBinary(part.geom) AS line
FROM unnest(%(grids)s::bigint[]) WITH ORDINALITY n (id, place)
JOIN plan p ON p.state = 'published' AND p.kind = %(kind)s
JOIN grid g ON g.plan_id = p.id AND g.id = n.id
JOIN street s ON ST_Intersects(s.geom, g.geom)
CROSS JOIN LATERAL ST_Dump(ST_CollectionExtract(ST_Intersection(s.geom, g.geom), 2)) part
ORDER BY n.place, s.id
