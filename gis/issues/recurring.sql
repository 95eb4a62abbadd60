-- Places where the same class was reported again and again, most often first.
SELECT i.building_id AS building, max(i.place) AS place, i.class, c.name_zh, c.name_en, count(*)::int AS n,
  count(*) FILTER (WHERE i.state <> '已归档')::int AS open, max(i.reported_at) AS latest,
  avg(ST_X(i.geom)) AS lon, avg(ST_Y(i.geom)) AS lat, (array_agg(i.id ORDER BY i.id DESC))[1:10] AS issues
FROM issue i JOIN issue_class c ON c.code = i.class
WHERE i.reported_at >= %(first)s AND i.reported_at < %(after)s AND i.merged_into IS NULL
  AND (%(area)s::text IS NULL OR i.area_id IN (
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))
  AND {seen}
GROUP BY i.building_id, CASE WHEN i.building_id IS NULL THEN ST_SnapToGrid(i.geom, 0.0005) END, i.class,
  c.name_zh, c.name_en
HAVING count(*) >= %(least)s
ORDER BY count(*) DESC, max(i.reported_at) DESC LIMIT %(limit)s
