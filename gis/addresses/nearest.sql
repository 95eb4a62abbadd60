-- The addresses nearest to a place, within a radius: those of the building that covers it first.
WITH here AS (
  SELECT ST_SetSRID(ST_Point(%(lon)s, %(lat)s), 4326) AS place
),
around AS (
  SELECT place, ST_Transform(place, 3857) AS drawn, %(radius)s / cos(radians(%(lat)s)) AS reach FROM here
),
inside AS (
  SELECT b.id FROM building b, here WHERE ST_Covers(b.geom, here.place) AND {building_seen} LIMIT 1
),
found AS (
  SELECT d.id, d.building_id, d.geom
  FROM around, LATERAL (
    SELECT d.id, d.building_id, d.geom FROM address d
    WHERE {seen} AND d.geom_3857 && ST_Expand(around.drawn, around.reach)
    ORDER BY d.geom_3857 <-> around.drawn LIMIT %(limit)s * 4 + 20
  ) d
  UNION
  (SELECT d.id, d.building_id, d.geom FROM address d, inside WHERE d.building_id = inside.id AND {seen} LIMIT 2000)
)
SELECT f.id, ST_Distance(f.geom::geography, here.place::geography) AS distance
FROM found f CROSS JOIN here
WHERE ST_Distance(f.geom::geography, here.place::geography) <= %(radius)s
  OR f.building_id = (SELECT id FROM inside)
ORDER BY coalesce(f.building_id = (SELECT id FROM inside), false) DESC, distance, f.id
LIMIT %(limit)s
