-- One point inside each shape, in exactly one tile: west and south edges belong to it, east and north ones don't.
SELECT ST_AsMVT(f, '{layer}', {extent}, 'shape', 'id') FROM (
  SELECT t.id, {columns}, ST_AsMVTGeom(t.label_3857, tile.box, {extent}, 0, false) AS shape
  FROM tile, {crowd}{table} t {joins}
  WHERE t.geom_3857 && {reach} AND {seen}{plan}
    AND ST_X(t.label_3857) >= %(west)s AND ST_X(t.label_3857) < %(east)s
    AND ST_Y(t.label_3857) >= %(south)s AND ST_Y(t.label_3857) < %(north)s{roomy}
  ORDER BY t.id
) f
