-- What has happened since an evaluator began: one row, a moment for each step that the service has really seen.
WITH told AS (  -- the report that went furthest
  SELECT i.id, i.received_at FROM issue i WHERE i.reported_by IS NOT NULL AND i.received_at >= %(since)s
  ORDER BY (SELECT count(*) FROM issue_event e WHERE e.issue_id = i.id) DESC, i.id DESC LIMIT 1
), step AS (
  SELECT min(e.at) FILTER (WHERE e.action = 'dispatch') AS dispatched, min(e.at) FILTER (WHERE e.action = 'handle') AS handled,
    min(e.at) FILTER (WHERE e.action = 'rate') AS archived
  FROM issue_event e WHERE e.issue_id = (SELECT id FROM told)
), wall AS (SELECT max(beat_at) AS beat FROM wall_screen WHERE live),
file AS (
  SELECT min(imported_at) AS at FROM import_run
  WHERE imported_at >= %(since)s AND imported_by <> 'demo' AND added + changed + removed > 0
)
SELECT told.id AS issue, told.received_at AS report,
  CASE WHEN wall.beat > told.received_at THEN wall.beat END AS wall,
  step.dispatched AS dispatch, step.handled AS handle, step.archived AS archive,
  file.at AS import, CASE WHEN wall.beat > file.at THEN wall.beat END AS change,
  (SELECT min(a.at) FROM audit a WHERE a.at >= %(since)s AND a.action = 'replay.read' AND a.outcome = 'done'
    AND (a.detail->>'from')::timestamptz < %(today)s) AS replay
FROM wall, file, step LEFT JOIN told ON true
