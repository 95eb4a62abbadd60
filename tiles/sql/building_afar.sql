-- Buildings where small ones are drawn together (tiles/afar.py): squares and large buildings, or each building itself
-- while the twin holds few.
SELECT ST_AsMVT(f, '{layer}', {extent}, 'shape', 'id') FROM (
  SELECT {merged_ids} + t.id AS id, t.height, NULL::smallint AS levels, t.use, t.count,
    ST_AsMVTGeom(t.geom_3857, tile.box, {extent}, {buffer}, true) AS shape
  FROM tile, building_afar t
  WHERE t.zoom = greatest({zoom}, 8) AND t.geom_3857 && {reach} AND {seen}
  UNION ALL
  SELECT t.id, {columns}, NULL,
    coalesce(
      ST_AsMVTGeom({shape}, tile.box, {extent}, {buffer}, true),
      CASE WHEN ST_Intersects(t.geom_3857, tile.reach) THEN
        ST_AsMVTGeom(ST_Expand(ST_PointOnSurface(ST_Intersection(t.geom_3857, tile.reach)), tile.unit / 2),
          tile.box, {extent}, {buffer}, false)
      END)
  FROM tile, building t
  WHERE t.geom_3857 && {reach} AND {seen} AND (NOT (SELECT EXISTS (SELECT FROM building_afar)){or_large})
  ORDER BY 1
) f
