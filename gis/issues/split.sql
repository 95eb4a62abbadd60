-- A part of an issue becomes an issue of its own, at the same place.
INSERT INTO issue (text, source, class, confidence, candidates, words, state, urgent, reported_at, received_at,
  changed_at, reporter_id, reported_by, worker_id, unit, grid_id, building_id, address_id, place, deadlines, area_id,
  geom, level, split_from, dispatched_at)
SELECT %(text)s, source, %(class)s, 1, '[]', '{}', '待处理', %(urgent)s, reported_at, received_at, %(now)s, reporter_id,
  reported_by, worker_id, (SELECT unit FROM issue_class WHERE code = %(class)s), grid_id, building_id, address_id,
  place, %(deadlines)s, area_id, geom, level, id, CASE WHEN worker_id IS NOT NULL THEN %(now)s::timestamptz END
FROM issue WHERE id = %(id)s RETURNING id
