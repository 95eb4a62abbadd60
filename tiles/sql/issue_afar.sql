-- Issues from afar: the tile is divided into 16 × 16 cells of 32 pixels, and those of one class, state and area in a cell
-- are one point in their middle. One alone keeps its id; ids of several begin at 2^40, so that none is taken for an issue.
SELECT ST_AsMVT(f, '{layer}', {extent}, 'shape', 'id') FROM (
  SELECT CASE WHEN count(*) = 1 THEN max(p.id) ELSE 1099511627776 + max(p.id) END AS id, p.class, p.state,
    bool_or(p.urgent) AS urgent, min(p.due) AS due, p.area, nullif(count(*), 1) AS count,
    ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(avg(p.x), avg(p.y)), 3857), (SELECT tile.box FROM tile), {extent}, {buffer}, true) AS shape
  FROM (
    SELECT t.id, {columns}, ST_X(t.geom_3857) AS x, ST_Y(t.geom_3857) AS y,
      floor((ST_X(t.geom_3857) - ST_XMin(tile.box)) / (tile.unit * 256)) AS cell_x,
      floor((ST_Y(t.geom_3857) - ST_YMin(tile.box)) / (tile.unit * 256)) AS cell_y
    FROM tile, {table} t {joins}
    WHERE t.geom_3857 && tile.box AND {seen}{plan}
  ) p
  WHERE p.cell_x BETWEEN 0 AND 15 AND p.cell_y BETWEEN 0 AND 15
  GROUP BY p.cell_x, p.cell_y, p.class, p.state, p.area
  ORDER BY 1
) f
