-- Where each worker was last, reliably: one index probe a worker, newest partition first.
SELECT w.id AS worker, f.at, f.received_at, f.lon, f.lat, f.heading, f.speed, f.accuracy, f.battery, f.flags
FROM worker w CROSS JOIN LATERAL (
  SELECT at, received_at, ST_X(geom) AS lon, ST_Y(geom) AS lat, heading, speed, accuracy, battery, flags
  FROM fix
  WHERE worker = w.id AND at > %(since)s AND at <= %(until)s AND flags & %(doubtful)s = 0
  ORDER BY at DESC LIMIT 1
) f
