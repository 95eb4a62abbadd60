-- Classes are summed by month as well: of a long period panels read days at its ends only.
-- The statement that adds `source` (sign, and the columns of issue) to the tally, in a fixed order against deadlocks.
CREATE OR REPLACE FUNCTION issue_tally_sql(source text) RETURNS text LANGUAGE sql AS $$
SELECT format($q$
INSERT INTO issue_tally AS kept (area_id, day, facet, key, n, counted, closed, handled, in_time, returned, asked, pleased)
SELECT coalesce(i.area_id, 0), f.day, f.facet, f.key, sum(sign),
  sum(sign * (i.state <> '已归档' OR i.rating IS NOT NULL)::int),
  sum(sign * (i.state = '已归档' AND i.rating IS NOT NULL)::int),
  sum(sign * (i.in_time IS NOT NULL)::int), sum(sign * coalesce(i.in_time, false)::int),
  sum(sign * (i.returns > 0)::int),
  sum(sign * coalesce(i.rating IN ('满意', '基本满意', '不满意'), false)::int), sum(sign * coalesce(i.rating IN ('满意', '基本满意'), false)::int)
FROM (%s) i, issue_tally_zone z, LATERAL (VALUES
  ((i.reported_at AT TIME ZONE z.zone)::date, 'state', i.state),
  ((i.reported_at AT TIME ZONE z.zone)::date, 'class', i.class),
  (date_trunc('month', i.reported_at AT TIME ZONE z.zone)::date, 'class_month', i.class),
  ((i.reported_at AT TIME ZONE z.zone)::date, 'source', i.source),
  ((i.reported_at AT TIME ZONE z.zone)::date, 'level', i.level),
  ((i.reported_at AT TIME ZONE z.zone)::date, 'hour', extract(hour FROM i.reported_at AT TIME ZONE z.zone)::text),
  ((i.closed_at AT TIME ZONE z.zone)::date, 'closed', '')) f (day, facet, key)
WHERE f.day IS NOT NULL
GROUP BY 1, 2, 3, 4
HAVING sum(sign) <> 0 OR sum(sign * (i.state <> '已归档' OR i.rating IS NOT NULL)::int) <> 0
  OR sum(sign * (i.state = '已归档' AND i.rating IS NOT NULL)::int) <> 0
  OR sum(sign * (i.in_time IS NOT NULL)::int) <> 0 OR sum(sign * coalesce(i.in_time, false)::int) <> 0
  OR sum(sign * (i.returns > 0)::int) <> 0
  OR sum(sign * coalesce(i.rating IN ('满意', '基本满意', '不满意'), false)::int) <> 0
  OR sum(sign * coalesce(i.rating IN ('满意', '基本满意'), false)::int) <> 0
ORDER BY 1, 2, 3, 4
ON CONFLICT (facet, area_id, day, key) DO UPDATE SET n = kept.n + excluded.n, counted = kept.counted + excluded.counted,
  closed = kept.closed + excluded.closed, handled = kept.handled + excluded.handled,
  in_time = kept.in_time + excluded.in_time, returned = kept.returned + excluded.returned,
  asked = kept.asked + excluded.asked, pleased = kept.pleased + excluded.pleased
$q$, source) $$;
SELECT issue_tally_rebuild(zone) FROM issue_tally_zone;

-- panels: how many are urgent
CREATE INDEX issue_urgent ON issue (area_id) WHERE urgent AND state <> '已归档';
-- panels: how many are suspended
CREATE INDEX issue_paused ON issue (area_id) WHERE paused IS NOT NULL AND state <> '已归档';
-- panels: how many are supervised
CREATE INDEX issue_supervised ON issue (area_id) WHERE supervised AND state <> '已归档';
-- lists of what presses
CREATE INDEX issue_pressing ON issue (urgent DESC, due_at, reported_at DESC, id DESC) WHERE state <> '已归档';
