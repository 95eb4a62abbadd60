-- A report as it came, sorted and placed. Nothing for a client's id or a work order that is there already.
INSERT INTO issue (client_id, order_number, text, source, class, confidence, candidates, words, state,
  urgent, reported_at, received_at, changed_at, reporter_id, reported_by, worker_id, unit, grid_id, building_id, address_id, place, result,
  deadlines, area_id, dispatched_at, handled_at, in_time, geom)
VALUES (%(client_id)s, %(order_number)s, %(text)s, %(source)s, %(class)s, %(confidence)s, %(candidates)s, %(words)s,
  %(state)s, %(urgent)s, %(at)s, %(now)s, %(now)s, %(reporter)s, %(phone)s, %(worker_id)s, %(unit)s, %(grid_id)s, %(building_id)s,
  %(address_id)s, %(place)s, %(result)s, %(deadlines)s, %(area_id)s, %(dispatched)s, %(handled)s, %(in_time)s,
  ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326))
ON CONFLICT DO NOTHING
RETURNING id
