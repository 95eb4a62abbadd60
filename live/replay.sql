-- Where each of some workers was between two times, at most one fix in each step, as 17 bytes a fix, big-endian:
-- µs since 2000 (i64), longitude and latitude in 1e-7 degrees (i32), 1 if standing (u8).
-- One probe of the key for each worker and day; the key's order is that of time, so nothing is sorted.
SELECT w.place, string_agg(
  timestamptz_send(f.at) || int4send((ST_X(f.geom) * 1e7)::int) || int4send((ST_Y(f.geom) * 1e7)::int)
  || CASE WHEN f.flags & %(still)s <> 0 OR f.speed < %(moving)s THEN '\x01'::bytea ELSE '\x00'::bytea END, ''::bytea
) AS packed
FROM unnest(%(workers)s::text[]) WITH ORDINALITY w (id, place) CROSS JOIN LATERAL (
  SELECT at, geom, flags, speed FROM (
    SELECT at, geom, flags, speed, step, lag(step) OVER (ORDER BY at) AS before FROM (
      SELECT at, geom, flags, speed, floor(date_part('epoch', at) / %(step)s::float8) AS step FROM fix
      WHERE worker = w.id AND at >= %(since)s AND at <= %(until)s AND geom IS NOT NULL AND flags & %(doubtful)s = 0
    ) each
  ) thinned WHERE before IS DISTINCT FROM step ORDER BY at
) f
GROUP BY w.place ORDER BY w.place
