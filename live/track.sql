-- A worker's fixes with a position between two times as 48 bytes each, big-endian: µs since 2000 (i64), longitude and
-- latitude (f64), altitude, accuracy, speed, heading, battery (f32, NaN for none), flags (i32).
SELECT string_agg(
  timestamptz_send(at) || float8send(ST_X(geom)) || float8send(ST_Y(geom)) || float4send(coalesce(altitude, 'NaN'))
  || float4send(coalesce(accuracy, 'NaN')) || float4send(coalesce(speed, 'NaN')) || float4send(coalesce(heading, 'NaN'))
  || float4send(coalesce(battery, 'NaN')) || int4send(flags), ''::bytea
) AS packed
FROM (
  SELECT at, geom, altitude, accuracy, speed, heading, battery, flags FROM fix
  WHERE worker = %(worker)s AND at >= %(since)s AND at <= %(until)s AND geom IS NOT NULL AND flags & %(without)s = 0
  UNION ALL
  SELECT at, geom, altitude, accuracy, speed, heading, battery, flags FROM fix_stray
  WHERE worker = %(worker)s AND at >= %(since)s AND at <= %(until)s AND geom IS NOT NULL AND flags & %(without)s = 0
  ORDER BY at
) each
