-- Every point in the tile or its buffer.
SELECT ST_AsMVT(f, '{layer}', {extent}, 'shape', 'id') FROM (
  SELECT t.id, {columns}, ST_AsMVTGeom(t.geom_3857, tile.box, {extent}, {buffer}, true) AS shape
  FROM tile, {table} t {joins}
  WHERE t.geom_3857 && {reach} AND {seen}{plan}
  ORDER BY t.id
) f
