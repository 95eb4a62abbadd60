-- The squares of the cells in `afar_cell` (zoom, cell_x, cell_y, side, box), or of all buildings: small buildings of a
-- cell and area become one square as large as their footprints together, in the middle of them.
INSERT INTO building_afar (zoom, cell_x, cell_y, area_id, count, height, use, geom_3857)
SELECT zoom, cell_x, cell_y, area_id, count, height, use,
  ST_MakeEnvelope(x - half, y - half, x + half, y + half, 3857)
FROM (
  SELECT zoom, cell_x, cell_y, area_id, count, height, use,
    least(greatest(sqrt(footprint) / 2, side / 16), side / 2) AS half,
    -- not across the cell's edge, so that squares don't lie on one another
    least(greatest(middle_x, cell_x * side - {half_world} + least(sqrt(footprint), side) / 2),
      (cell_x + 1) * side - {half_world} - least(sqrt(footprint), side) / 2) AS x,
    least(greatest(middle_y, {half_world} - (cell_y + 1) * side + least(sqrt(footprint), side) / 2),
      {half_world} - cell_y * side - least(sqrt(footprint), side) / 2) AS y
  FROM (
    SELECT {zoom} AS zoom, {side}::float8 AS side, s.cell_x, s.cell_y, s.area_id, count(*) AS count,
      percentile_disc(0.5) WITHIN GROUP (ORDER BY s.height) AS height,
      mode() WITHIN GROUP (ORDER BY s.use) AS use, sum(s.footprint) AS footprint,
      avg(s.x) AS middle_x, avg(s.y) AS middle_y
    FROM (
      SELECT b.area_id, b.height, b.use, ST_Area(b.geom_3857) AS footprint,
        ST_X(b.label_3857) AS x, ST_Y(b.label_3857) AS y,
        floor((ST_X(b.label_3857) + {half_world}) / {side})::int AS cell_x,
        floor(({half_world} - ST_Y(b.label_3857)) / {side})::int AS cell_y
      FROM {source}
    ) s WHERE s.footprint < {largest}{only}
    GROUP BY s.cell_x, s.cell_y, s.area_id
  ) cell
) placed
