-- Counts of issues by area and day, so that panels don't read a million rows. A day is one of the service's time zone.

CREATE TABLE issue_tally_zone (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), zone text NOT NULL);
INSERT INTO issue_tally_zone (zone) VALUES ('Asia/Shanghai');

-- facet and key: `state`, `class`, `source`, `hour`, `level` of what was reported on that day; `closed` counts what was
-- closed on that day. counted: neither merged nor withdrawn; asked: rated by somebody who was reached.
CREATE TABLE issue_tally (
  area_id bigint NOT NULL,
  day date NOT NULL,
  facet text NOT NULL,
  key text NOT NULL,
  n integer NOT NULL,
  counted integer NOT NULL,
  closed integer NOT NULL,
  handled integer NOT NULL,
  in_time integer NOT NULL,
  returned integer NOT NULL,
  asked integer NOT NULL,
  pleased integer NOT NULL,
  PRIMARY KEY (facet, area_id, day, key)
);

CREATE FUNCTION issue_tally_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  source text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT 1 AS sign, n.* FROM new_rows n'
    WHEN 'DELETE' THEN 'SELECT -1 AS sign, o.* FROM old_rows o'
    ELSE 'SELECT 1 AS sign, n.* FROM new_rows n UNION ALL SELECT -1, o.* FROM old_rows o' END;
BEGIN
  EXECUTE issue_tally_sql(source);
  RETURN NULL;
END $$;

-- The statement that adds `source` (sign, and the columns of issue) to the tally, in a fixed order against deadlocks.
CREATE FUNCTION issue_tally_sql(source text) RETURNS text LANGUAGE sql AS $$
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

-- Counts everything anew, for another time zone.
CREATE FUNCTION issue_tally_rebuild(wanted text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE issue IN SHARE ROW EXCLUSIVE MODE;
  UPDATE issue_tally_zone SET zone = wanted;
  DELETE FROM issue_tally;
  EXECUTE issue_tally_sql('SELECT 1 AS sign, n.* FROM issue n');
END $$;

CREATE FUNCTION issue_tally_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM issue_tally;
  RETURN NULL;
END $$;

CREATE TRIGGER tally_insert AFTER INSERT ON issue REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION issue_tally_note();
CREATE TRIGGER tally_update AFTER UPDATE ON issue REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION issue_tally_note();
CREATE TRIGGER tally_delete AFTER DELETE ON issue REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION issue_tally_note();
CREATE TRIGGER tally_truncate AFTER TRUNCATE ON issue
  FOR EACH STATEMENT EXECUTE FUNCTION issue_tally_empty();
SELECT issue_tally_rebuild(zone) FROM issue_tally_zone;
