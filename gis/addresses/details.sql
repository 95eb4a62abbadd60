-- Some addresses, each with its parts, its building and the community grid in force that it lies in.
SELECT d.id, d.code, d.text, ARRAY[ST_X(d.geom), ST_Y(d.geom)] AS point,
  jsonb_strip_nulls(jsonb_build_object(
    'province', d.province, 'city', d.city, 'district', d.district, 'street', d.street, 'community', d.community,
    'road', d.road, 'road_no', d.road_no, 'estate', d.estate, 'building', d.building, 'unit', d.unit,
    'floor', d.floor, 'room', d.room)) AS parts,
  b.building, c.grid
FROM address d
LEFT JOIN LATERAL (
  SELECT jsonb_build_object('id', b.id, 'code', b.code, 'name', b.name) AS building
  FROM building b
  WHERE {building_seen} AND (b.id = d.building_id OR (d.building_id IS NULL AND ST_Covers(b.geom, d.geom)))
  ORDER BY b.id LIMIT 1
) b ON true
LEFT JOIN LATERAL (
  SELECT jsonb_build_object('id', g.id, 'code', g.code, 'name', g.name) AS grid
  FROM grid g JOIN plan ON plan.id = g.plan_id AND plan.state = 'published' AND plan.kind = 'community'
  WHERE {grid_seen} AND ST_Covers(g.geom, d.geom) LIMIT 1
) c ON true
WHERE d.id = ANY (%(ids)s) AND {seen}
