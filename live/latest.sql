-- Where each worker was last, reliably, by number: one index probe a worker, newest partition first. Each as 56 bytes,
-- big-endian: number (i32), µs since 2000 of the fix and of its arrival (i64), longitude and latitude (f64), heading,
-- speed, accuracy, battery (f32, NaN for none), flags (i32).
SELECT string_agg(
  int4send(w.number) || timestamptz_send(f.at) || timestamptz_send(f.received_at) || float8send(ST_X(f.geom))
  || float8send(ST_Y(f.geom)) || float4send(coalesce(f.heading, 'NaN')) || float4send(coalesce(f.speed, 'NaN'))
  || float4send(coalesce(f.accuracy, 'NaN')) || float4send(coalesce(f.battery, 'NaN')) || int4send(f.flags), ''::bytea
) AS packed
FROM worker w CROSS JOIN LATERAL (
  SELECT at, received_at, geom, heading, speed, accuracy, battery, flags
  FROM fix
  WHERE worker = w.id AND at > %(since)s AND at <= %(until)s AND flags & %(doubtful)s = 0
  ORDER BY at DESC LIMIT 1
) f
