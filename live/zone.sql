-- What lies in a zone: counts over all, and the first rows of each kind.
WITH zone AS MATERIALIZED (
  SELECT g AS geom, ST_Transform(g, 3857) AS drawn FROM (SELECT ST_SetSRID(%(zone)s::geometry, 4326) AS g) z
),
built AS MATERIALIZED (
  SELECT b.id, b.name, b.code, b.estate, b.use, b.households, b.residents, ST_X(p.at) AS lon, ST_Y(p.at) AS lat
  FROM zone, building b, LATERAL (SELECT ST_PointOnSurface(b.geom) AS at) p
  WHERE b.geom && zone.geom AND ST_Intersects(b.geom, zone.geom) AND {building_seen}
),
placed AS MATERIALIZED (
  SELECT f.id, f.name, f.code, f.category, ST_X(f.geom) AS lon, ST_Y(f.geom) AS lat
  FROM zone, facility f WHERE f.geom_3857 && zone.drawn AND ST_Covers(zone.drawn, f.geom_3857) AND {facility_seen}
),
reported AS MATERIALIZED (
  SELECT i.id, i.text, i.class, c.name_zh, c.name_en, i.state, i.urgent, i.reported_at AS at, ST_X(i.geom) AS lon,
    ST_Y(i.geom) AS lat
  FROM zone, issue i JOIN issue_class c ON c.code = i.class
  WHERE i.geom && zone.geom AND ST_Covers(zone.geom, i.geom) AND i.state <> '已归档' AND {issue_seen}
),
addressed AS (
  SELECT count(*) AS n FROM zone, address a
  WHERE a.geom_3857 && zone.drawn AND ST_Covers(zone.drawn, a.geom_3857) AND {address_seen}
),
touched AS (
  SELECT count(*) AS n FROM zone, grid g JOIN plan ON plan.id = g.plan_id AND plan.state = 'published' AND plan.kind = 'community'
  WHERE g.geom && zone.geom AND ST_Intersects(g.geom, zone.geom) AND {grid_seen}
)
SELECT ST_AsGeoJSON(zone.geom, 7)::json AS geometry, ST_Area(zone.geom::geography) AS area_m2,
  (SELECT count(*) FROM built) AS buildings, (SELECT coalesce(sum(households), 0)::bigint FROM built) AS households,
  (SELECT coalesce(sum(residents), 0)::bigint FROM built) AS residents, (SELECT n FROM addressed) AS addresses,
  (SELECT count(*) FROM placed) AS facilities, (SELECT count(*) FROM reported) AS issues, (SELECT n FROM touched) AS grids,
  coalesce((SELECT jsonb_agg(r) FROM (SELECT * FROM built ORDER BY id LIMIT %(most)s) r), '[]') AS building_rows,
  coalesce((SELECT jsonb_agg(r) FROM (SELECT * FROM placed ORDER BY category, id LIMIT %(most)s) r), '[]') AS facility_rows,
  coalesce((SELECT jsonb_agg(r) FROM (SELECT * FROM reported ORDER BY at DESC LIMIT %(most)s) r), '[]') AS issue_rows
FROM zone
