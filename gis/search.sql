-- Everything whose name or code contains the words, best first: exact, then prefix, then anywhere; short names first.
-- The names ending in _seen are the scope. Addresses have a search of their own (gis/addresses).
WITH found AS (
  (SELECT 'area' AS kind, a.id, a.code, a.name, l.name_zh AS detail, a.geom, 1 AS class
   FROM area a JOIN level l ON l.code = a.level
   WHERE {area_seen} AND (a.name ILIKE %(pattern)s OR a.code LIKE %(prefix)s)
   ORDER BY length(a.name), a.code LIMIT %(limit)s)
  UNION ALL
  (SELECT 'grid', g.id, g.code, g.name, k.name_zh, g.geom, 2
   FROM grid g JOIN plan ON plan.id = g.plan_id AND plan.state = 'published' JOIN grid_kind k ON k.code = plan.kind
   WHERE {grid_seen} AND (g.name ILIKE %(pattern)s OR g.code LIKE %(prefix)s)
   ORDER BY length(g.name), g.code LIMIT %(limit)s)
  UNION ALL
  (SELECT 'estate', min(b.id), NULL, b.estate, count(*) || ' 栋', ST_Envelope(ST_Collect(b.geom)), 1
   FROM building b
   WHERE {building_seen} AND b.estate ILIKE %(pattern)s
   GROUP BY b.estate, b.area_id ORDER BY length(b.estate), b.estate LIMIT %(limit)s)
  UNION ALL
  (SELECT 'building', b.id, b.code, b.name, b.estate, b.geom, 3
   FROM building b
   WHERE {building_seen} AND (b.name ILIKE %(pattern)s OR b.code LIKE %(prefix)s)
   ORDER BY length(b.name), b.name, b.id LIMIT %(limit)s)
  UNION ALL
  (SELECT 'facility', f.id, f.code, f.name, coalesce(c.name_zh, f.category), f.geom, 3
   FROM facility f LEFT JOIN facility_category c ON c.code = f.category
   WHERE {facility_seen} AND (f.name ILIKE %(pattern)s OR c.name_zh ILIKE %(pattern)s OR c.name_en ILIKE %(pattern)s
     OR f.category = ANY(%(categories)s))
   ORDER BY length(f.name), f.name, f.id LIMIT %(limit)s)
  UNION ALL
  -- a street is many pieces of one name; the base map is seen by everybody
  (SELECT 'street', min(s.id), NULL, s.name, NULL, ST_Collect(s.geom), 2
   FROM street s WHERE s.name ILIKE %(pattern)s
   GROUP BY s.name ORDER BY length(s.name), s.name LIMIT %(limit)s)
)
SELECT kind, id, code, name, detail,
  ARRAY[ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom))] AS centre,
  CASE WHEN GeometryType(geom) <> 'POINT'
    THEN ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)] END AS bbox
FROM found
ORDER BY (name = %(words)s) DESC, class, (name ILIKE %(prefix)s) DESC, length(name), name, id
LIMIT %(limit)s
