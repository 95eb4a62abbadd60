-- Sums of issues up the hierarchy, and by month, so that a panel of a whole city reads a few thousand rows and a report
-- never waits for another's. A step appends what it changed to `issue_tally_delta`; folding adds it to `issue_tally` and
-- to the sums of each area above. Who reads adds the rows that aren't folded yet, so that no number is ever behind.

CREATE TABLE issue_tally_delta (
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
  pleased integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_threshold = 5000);

-- below: the sum of everything strictly below the area, beside the area's own rows. `…_month` facets: `day` is the first
-- of the month.
ALTER TABLE issue_tally ADD COLUMN below boolean NOT NULL DEFAULT false;
ALTER TABLE issue_tally DROP CONSTRAINT issue_tally_pkey, ADD PRIMARY KEY (facet, area_id, day, key, below);
-- stale: areas were moved or removed since the sums below were made; until the next folding they are not read.
ALTER TABLE issue_tally_zone ADD COLUMN stale boolean NOT NULL DEFAULT false;

-- The statement that appends `source` (sign, and the columns of issue) to what is to be folded.
CREATE OR REPLACE FUNCTION issue_tally_sql(source text) RETURNS text LANGUAGE sql AS $$
SELECT format($q$
INSERT INTO issue_tally_delta (area_id, day, facet, key, n, counted, closed, handled, in_time, returned, asked, pleased)
SELECT * FROM (
  SELECT coalesce(i.area_id, 0), f.day, f.facet, f.key, sum(sign) AS n,
    sum(sign * (i.state <> '已归档' OR i.rating IS NOT NULL)::int) AS counted,
    sum(sign * (i.state = '已归档' AND i.rating IS NOT NULL)::int) AS closed,
    sum(sign * (i.in_time IS NOT NULL)::int) AS handled, sum(sign * coalesce(i.in_time, false)::int) AS in_time,
    sum(sign * (i.returns > 0)::int) AS returned,
    sum(sign * coalesce(i.rating IN ('满意', '基本满意', '不满意'), false)::int) AS asked,
    sum(sign * coalesce(i.rating IN ('满意', '基本满意'), false)::int) AS pleased
  FROM (%s) i, issue_tally_zone z, LATERAL (VALUES
    ((i.reported_at AT TIME ZONE z.zone)::date, 'state', i.state),
    ((i.reported_at AT TIME ZONE z.zone)::date, 'class', i.class),
    ((i.reported_at AT TIME ZONE z.zone)::date, 'source', i.source),
    ((i.reported_at AT TIME ZONE z.zone)::date, 'level', i.level),
    ((i.reported_at AT TIME ZONE z.zone)::date, 'hour', extract(hour FROM i.reported_at AT TIME ZONE z.zone)::text),
    ((i.closed_at AT TIME ZONE z.zone)::date, 'closed', '')) f (day, facet, key)
  WHERE f.day IS NOT NULL
  GROUP BY 1, 2, 3, 4) changed
WHERE (n, counted, closed, handled, in_time, returned, asked, pleased) <> (0, 0, 0, 0, 0, 0, 0, 0)
$q$, source) $$;

-- Adds up to `most` appended rows to the sums; returns how many, -1 when somebody else is at it or areas are changing.
CREATE FUNCTION issue_tally_fold(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  moved boolean;
  folded integer;
BEGIN
  SELECT stale INTO moved FROM issue_tally_zone FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN -1;
  END IF;
  WITH taken AS (
    DELETE FROM issue_tally_delta WHERE ctid = ANY (ARRAY(SELECT ctid FROM issue_tally_delta LIMIT most)) RETURNING *),
  own AS (
    SELECT area_id, day, facet, key, count(*) AS lines, sum(n) AS n, sum(counted) AS counted, sum(closed) AS closed,
      sum(handled) AS handled, sum(in_time) AS in_time, sum(returned) AS returned, sum(asked) AS asked,
      sum(pleased) AS pleased
    FROM taken GROUP BY 1, 2, 3, 4),
  periods AS (
    SELECT area_id, day, facet, key, n, counted, closed, handled, in_time, returned, asked, pleased FROM own
    UNION ALL
    SELECT area_id, date_trunc('month', day)::date, facet || '_month', key, sum(n), sum(counted), sum(closed),
      sum(handled), sum(in_time), sum(returned), sum(asked), sum(pleased)
    FROM own WHERE facet <> 'closed' GROUP BY 1, 2, 3, 4),
  added AS (
    INSERT INTO issue_tally AS kept (area_id, below, day, facet, key, n, counted, closed, handled, in_time, returned,
      asked, pleased)
    SELECT area_id, false, day, facet, key, n, counted, closed, handled, in_time, returned, asked, pleased FROM periods
    UNION ALL
    SELECT above.id, true, p.day, p.facet, p.key, sum(p.n), sum(p.counted), sum(p.closed), sum(p.handled),
      sum(p.in_time), sum(p.returned), sum(p.asked), sum(p.pleased)
    FROM periods p JOIN area a ON a.id = p.area_id JOIN area above ON a.path <@ above.path AND above.id <> a.id
    GROUP BY above.id, p.day, p.facet, p.key
    ON CONFLICT (facet, area_id, day, key, below) DO UPDATE SET n = kept.n + excluded.n,
      counted = kept.counted + excluded.counted, closed = kept.closed + excluded.closed,
      handled = kept.handled + excluded.handled, in_time = kept.in_time + excluded.in_time,
      returned = kept.returned + excluded.returned, asked = kept.asked + excluded.asked,
      pleased = kept.pleased + excluded.pleased)
  SELECT coalesce(sum(lines), 0) INTO folded FROM own;
  IF moved THEN
    DELETE FROM issue_tally WHERE below;
    INSERT INTO issue_tally (area_id, below, day, facet, key, n, counted, closed, handled, in_time, returned, asked, pleased)
    SELECT above.id, true, t.day, t.facet, t.key, sum(t.n), sum(t.counted), sum(t.closed), sum(t.handled),
      sum(t.in_time), sum(t.returned), sum(t.asked), sum(t.pleased)
    FROM issue_tally t JOIN area a ON a.id = t.area_id JOIN area above ON a.path <@ above.path AND above.id <> a.id
    GROUP BY above.id, t.day, t.facet, t.key;
    UPDATE issue_tally_zone SET stale = false;
  END IF;
  RETURN folded;
END $$;

-- Counts everything anew, for another time zone.
CREATE OR REPLACE FUNCTION issue_tally_rebuild(wanted text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE issue IN SHARE ROW EXCLUSIVE MODE;
  UPDATE issue_tally_zone SET zone = wanted, stale = false;
  DELETE FROM issue_tally;
  DELETE FROM issue_tally_delta;
  EXECUTE issue_tally_sql('SELECT 1 AS sign, n.* FROM issue n');
  PERFORM issue_tally_fold(2147483647);
END $$;

CREATE OR REPLACE FUNCTION issue_tally_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM issue_tally_zone FOR UPDATE; -- whoever folds has done so
  DELETE FROM issue_tally;
  DELETE FROM issue_tally_delta;
  RETURN NULL;
END $$;

CREATE FUNCTION issue_tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NOT EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id)
      WHERE o.path <> n.path OR o.parent_id IS DISTINCT FROM n.parent_id)
    THEN
      RETURN NULL;
    END IF;
  END IF;
  UPDATE issue_tally_zone SET stale = true;
  RETURN NULL;
END $$;
CREATE TRIGGER tally_moved AFTER UPDATE ON area REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION issue_tally_moved();
CREATE TRIGGER tally_removed AFTER DELETE OR TRUNCATE ON area
  FOR EACH STATEMENT EXECUTE FUNCTION issue_tally_moved();

SELECT issue_tally_rebuild(zone) FROM issue_tally_zone;

-- Where something happens again and again: the building, or else a square of 0.0005 degrees (below zero).
ALTER TABLE issue ADD COLUMN spot bigint GENERATED ALWAYS AS (coalesce(building_id,
  -((round(ST_X(geom) / 0.0005)::bigint + 400000) * 1000000 + round(ST_Y(geom) / 0.0005)::bigint + 400000))) STORED;
-- recurring places of a period, from the index alone
CREATE INDEX issue_recurring ON issue (reported_at) INCLUDE (spot, class, area_id) WHERE merged_into IS NULL;
-- the issues of a recurring place
CREATE INDEX issue_spot ON issue (spot, class, reported_at);
