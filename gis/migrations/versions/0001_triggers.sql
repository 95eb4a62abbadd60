-- The outbox: what was committed, and where. Written by statement-level triggers, so that every program counts.

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  layer text NOT NULL,
  operation text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
  plan_id bigint,
  rows bigint NOT NULL,
  -- what the old and new shapes of some rows cover together, in 3857; null means the whole layer
  extent geometry(Polygon, 3857),
  noted_at timestamptz NOT NULL DEFAULT now()
);
-- catching up: everything since a snapshot
CREATE INDEX outbox_transaction ON outbox (transaction);
-- trimming by age
CREATE INDEX outbox_noted_at ON outbox (noted_at);

-- Up to where the outbox has been trimmed: whoever has not read further has missed something.
CREATE TABLE outbox_trim (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  trimmed_before xid8 NOT NULL DEFAULT '0'
);
INSERT INTO outbox_trim DEFAULT VALUES;

-- Notes one statement's changes: arguments are layer, key column and plan column (or '').
-- Up to 256 changed shapes keep an extent each; more are collapsed to cells of one zoom-16 tile (611.5 m).
CREATE FUNCTION outbox_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  layer text := TG_ARGV[0];
  key text := TG_ARGV[1];
  plan text := CASE WHEN TG_ARGV[2] = '' THEN 'NULL::bigint' ELSE TG_ARGV[2] END;
  changed text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    changed := format('SELECT geom_3857 AS shape, %s AS plan_id, 1 AS share FROM new_rows', plan);
  ELSIF TG_OP = 'DELETE' THEN
    changed := format('SELECT geom_3857 AS shape, %s AS plan_id, 1 AS share FROM old_rows', plan);
  ELSE
    -- a row that is the same afterwards has not changed; a shape that moved counts where it was and where it is
    changed := format($sql$
      WITH pair AS MATERIALIZED (
        SELECT o AS old_row, n AS new_row FROM old_rows o FULL JOIN new_rows n USING (%I)
        WHERE o.* IS DISTINCT FROM n.*
      )
      SELECT (new_row).geom_3857 AS shape, %s AS plan_id, 1 AS share FROM pair
      UNION ALL
      SELECT (old_row).geom_3857, %s, 0 FROM pair
      WHERE (old_row).geom_3857 IS DISTINCT FROM (new_row).geom_3857
    $sql$, key,
      CASE WHEN TG_ARGV[2] = '' THEN plan ELSE '(new_row).' || quote_ident(TG_ARGV[2]) END,
      CASE WHEN TG_ARGV[2] = '' THEN plan ELSE '(old_row).' || quote_ident(TG_ARGV[2]) END);
  END IF;
  EXECUTE format($sql$
    WITH changed AS MATERIALIZED (%s),
    numbered AS (
      SELECT shape, plan_id, share, count(*) OVER () AS total, row_number() OVER () AS number
      FROM changed WHERE shape IS NOT NULL
    )
    INSERT INTO outbox (layer, operation, plan_id, rows, extent)
    SELECT %L, %L, plan_id, sum(share), ST_Envelope(ST_Buffer(ST_SetSRID(ST_Extent(shape)::geometry, 3857), 0.01, 1))
    FROM numbered
    GROUP BY plan_id,
      CASE WHEN total <= 256 THEN number ELSE floor(ST_XMin(shape) / 611.4962) END,
      CASE WHEN total <= 256 THEN 0 ELSE floor(ST_YMin(shape) / 611.4962) END
  $sql$, changed, layer, TG_OP);
  PERFORM pg_notify('gridtwin_changes', '');
  RETURN NULL;
END $$;

CREATE FUNCTION outbox_note_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (layer, operation, rows) VALUES (TG_ARGV[0], 'TRUNCATE', 0);
  PERFORM pg_notify('gridtwin_changes', '');
  RETURN NULL;
END $$;

DO $$
DECLARE
  spec record;
BEGIN
  FOR spec IN SELECT * FROM (VALUES
    ('area', 'areas', 'id', ''), ('grid', 'grids', 'row_id', 'plan_id'), ('building', 'buildings', 'id', ''),
    ('address', 'addresses', 'id', ''), ('facility', 'facilities', 'id', ''), ('street', 'streets', 'id', ''),
    ('ground', 'ground', 'id', '')) AS v (tab, layer, key, plan)
  LOOP
    EXECUTE format('CREATE TRIGGER outbox_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION outbox_note(%L, %L, %L)', spec.tab, spec.layer, spec.key, spec.plan);
    EXECUTE format('CREATE TRIGGER outbox_update AFTER UPDATE ON %I
      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION outbox_note(%L, %L, %L)', spec.tab, spec.layer, spec.key, spec.plan);
    EXECUTE format('CREATE TRIGGER outbox_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows
      FOR EACH STATEMENT EXECUTE FUNCTION outbox_note(%L, %L, %L)', spec.tab, spec.layer, spec.key, spec.plan);
    EXECUTE format('CREATE TRIGGER outbox_truncate AFTER TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_truncate(%L)', spec.tab, spec.layer);
  END LOOP;
END $$;

-- Another plan in force redraws the grids of its kind as a whole.
CREATE FUNCTION outbox_note_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM old_plans o FULL JOIN new_plans n USING (id)
             WHERE (o.state, o.valid) IS DISTINCT FROM (n.state, n.valid)) THEN
    INSERT INTO outbox (layer, operation, rows) VALUES ('grids', 'UPDATE', 0);
    PERFORM pg_notify('gridtwin_changes', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_plan AFTER UPDATE ON plan REFERENCING OLD TABLE AS old_plans NEW TABLE AS new_plans
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_plan();

-- Where a leaf belongs: the deepest area that covers its point on surface. ------------------------------------

CREATE FUNCTION area_at(place geometry) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT id FROM area WHERE ST_Covers(geom, place) ORDER BY nlevel(path) DESC, id LIMIT 1
$$;

-- For rows that arrive or move without saying their area (psql, QGIS). A load that places its rows itself,
-- all at once, sets gridtwin.placed to 'on' for its transaction.
CREATE FUNCTION place_in_area() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.area_id := area_at(ST_PointOnSurface(NEW.geom));
  RETURN NEW;
END $$;

DO $$
DECLARE
  leaf text;
BEGIN
  FOREACH leaf IN ARRAY ARRAY['grid', 'building', 'address', 'facility'] LOOP
    EXECUTE format('CREATE TRIGGER place_insert BEFORE INSERT ON %I FOR EACH ROW
      WHEN (NEW.area_id IS NULL AND current_setting(''gridtwin.placed'', true) IS DISTINCT FROM ''on'')
      EXECUTE FUNCTION place_in_area()', leaf);
    EXECUTE format('CREATE TRIGGER place_update BEFORE UPDATE OF geom ON %I FOR EACH ROW
      WHEN (NEW.area_id IS NOT DISTINCT FROM OLD.area_id AND NEW.geom IS DISTINCT FROM OLD.geom
            AND current_setting(''gridtwin.placed'', true) IS DISTINCT FROM ''on'')
      EXECUTE FUNCTION place_in_area()', leaf);
  END LOOP;
END $$;

-- Addresses forget a building that is gone (what ON DELETE SET NULL would do, in one statement). ---------------

CREATE FUNCTION address_forget_building() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    UPDATE address SET building_id = NULL WHERE building_id IS NOT NULL;
  ELSE
    UPDATE address SET building_id = NULL WHERE building_id IN (SELECT id FROM old_rows);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER address_link_delete AFTER DELETE ON building REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION address_forget_building();
CREATE TRIGGER address_link_truncate AFTER TRUNCATE ON building
  FOR EACH STATEMENT EXECUTE FUNCTION address_forget_building();
