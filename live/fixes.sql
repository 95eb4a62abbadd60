-- Stores a group of judged fixes: one array a column; those that are there already stay as they are. NaN stands for
-- nothing, because arrays of numbers without NULL have a fixed width and are made at once. Returns how many were new,
-- and the `received_at` of those. {table} is fix or fix_stray, {time} the column or columns of its time.
WITH added AS (
  INSERT INTO {table} (worker, {time}, key, received_at, area_id, geom, altitude, accuracy, speed, heading, battery,
    flags, attributes)
  SELECT worker, {time}, key, received_at, nullif(area_id, 0), ST_SetSRID(ST_MakePoint(nullif(lon, 'NaN'), lat), 4326),
    nullif(altitude, 'NaN'), nullif(accuracy, 'NaN'), nullif(speed, 'NaN'), nullif(heading, 'NaN'),
    nullif(battery, 'NaN'), flags, attributes
  FROM (
    SELECT worker, sent, nullif(at, '-infinity') AS at, key, received_at, area_id, lon, lat, altitude, accuracy, speed,
      heading, battery, flags, attributes
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::bigint[], %s::timestamptz[], %s::bigint[], %s::float8[],
      %s::float8[], %s::real[], %s::real[], %s::real[], %s::real[], %s::real[], %s::integer[], %s::jsonb[])
      AS n (worker, sent, at, key, received_at, area_id, lon, lat, altitude, accuracy, speed, heading, battery, flags,
        attributes)
  ) AS n
  ON CONFLICT DO NOTHING
  RETURNING received_at
)
SELECT count(*), string_agg(timestamptz_send(received_at), ''::bytea) FROM added
