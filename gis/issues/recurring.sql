-- Places where the same class was reported again and again, most often first: found in the index alone, then told.
WITH found AS MATERIALIZED (
  SELECT i.spot, i.class, count(*)::int AS n, max(i.reported_at) AS latest FROM issue i
  WHERE i.reported_at >= %(first)s AND i.reported_at < %(after)s AND i.merged_into IS NULL
    AND (%(area)s::text IS NULL OR i.area_id = ANY(ARRAY(
      SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s)))
    AND {seen}
  GROUP BY i.spot, i.class HAVING count(*) >= %(least)s
  ORDER BY n DESC, latest DESC LIMIT %(limit)s)
SELECT max(i.building_id) AS building, max(i.place) AS place, f.class, c.name_zh, c.name_en, f.n,
  count(*) FILTER (WHERE i.state <> '已归档')::int AS open, f.latest,
  avg(ST_X(i.geom)) AS lon, avg(ST_Y(i.geom)) AS lat, (array_agg(i.id ORDER BY i.id DESC))[1:10] AS issues
FROM found f JOIN issue_class c ON c.code = f.class
JOIN issue i ON i.spot = f.spot AND i.class = f.class AND i.reported_at >= %(first)s AND i.reported_at < %(after)s
  AND i.merged_into IS NULL
  AND (%(area)s::text IS NULL OR i.area_id = ANY(ARRAY(
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s)))
  AND {seen}
GROUP BY f.spot, f.class, f.n, f.latest, c.name_zh, c.name_en
ORDER BY f.n DESC, f.latest DESC
