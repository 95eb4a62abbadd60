-- A piece of ground is named in the middle of its outline: with its gardens and ponds cut out of it, the point on its
-- surface lay at its edge. Water is still named on water.
ALTER TABLE ground DROP COLUMN label_3857;
ALTER TABLE ground ADD COLUMN label_3857 geometry(Point, 3857) GENERATED ALWAYS AS (
  CASE WHEN kind IN ('water', 'river') THEN ST_PointOnSurface(ST_Transform(geom, 3857))
  ELSE coalesce(ST_PointOnSurface(ST_MakePolygon(ST_ExteriorRing(ST_Transform(geom, 3857)))),
    ST_PointOnSurface(ST_Transform(geom, 3857))) END
) STORED;
