-- Every building that reaches into the tile or its buffer. One that is smaller than a tile unit is drawn as one unit,
-- so that nothing disappears at low zooms. `&&` compares boxes in single precision, so it finds a little too much.
SELECT ST_AsMVT(f, '{layer}', {extent}, 'shape', 'id') FROM (
  SELECT t.id, {columns},
    coalesce(
      ST_AsMVTGeom({shape}, tile.box, {extent}, {buffer}, true),
      CASE WHEN ST_Intersects(t.geom_3857, tile.reach) THEN
        ST_AsMVTGeom(ST_Expand(ST_PointOnSurface(ST_Intersection(t.geom_3857, tile.reach)), tile.unit / 2),
          tile.box, {extent}, {buffer}, false)
      END) AS shape
  FROM tile, {table} t {joins}
  WHERE t.geom_3857 && {reach} AND {seen}
  ORDER BY t.id
) f
