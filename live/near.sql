-- Fixes around a place between two times, by days that are closed (the index on places) and days that are open (a probe
-- of the key for each worker). The columns are worker, at (µs since 1970 as float8), lon, lat.
SELECT f.worker, f.at, ST_X(f.geom) AS lon, ST_Y(f.geom) AS lat
FROM fix f
WHERE f.at >= %(since)s AND f.at <= %(until)s AND f.at < %(open)s
  AND f.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND f.worker = ANY(%(workers)s) AND f.flags & %(doubtful)s = 0
UNION ALL
SELECT w.id, f.at, ST_X(f.geom), ST_Y(f.geom)
FROM unnest(%(workers)s::text[]) w (id) CROSS JOIN LATERAL (
  SELECT at, geom FROM fix
  WHERE worker = w.id AND at >= greatest(%(since)s, %(open)s) AND at <= %(until)s
    AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AND flags & %(doubtful)s = 0
) f
ORDER BY 1, 2
LIMIT %(most)s
