-- An issue of the demo's past.
INSERT INTO issue (text, source, class, confidence, candidates, state, urgent, reported_at, received_at, changed_at,
  closed_at, worker_id, unit, grid_id, building_id, address_id, place, result, rating, returns, deadlines, area_id,
  geom, level, handled_at, in_time, supervised, made_up)
VALUES (%(text)s, %(source)s, %(class)s, %(confidence)s, %(candidates)s, %(state)s, %(urgent)s, %(at)s, %(at)s,
  %(changed)s, %(closed)s, %(worker)s, %(unit)s, %(grid)s, %(building)s, %(address)s, %(place)s, %(result)s, %(rating)s,
  %(returns)s, %(deadlines)s, %(area_id)s, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(level)s, %(handled)s,
  %(in_time)s, %(supervised)s, true)
RETURNING id
