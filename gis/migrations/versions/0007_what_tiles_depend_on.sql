-- What a tile shows besides its own table's rows is noted too.

-- Plans: which of them a day or a kind means. Another plan in force redraws the grids of its kind as a whole.
CREATE OR REPLACE FUNCTION outbox_note_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told boolean;
  drawn boolean;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT count(*) > 0 INTO told FROM old_plans o FULL JOIN new_plans n USING (id)
      WHERE (o.kind, o.state, o.valid) IS DISTINCT FROM (n.kind, n.state, n.valid);
    drawn := told;
  ELSIF TG_OP = 'INSERT' THEN
    SELECT count(*) > 0, count(*) FILTER (WHERE state = 'published') > 0 INTO told, drawn FROM new_plans;
  ELSE
    SELECT count(*) > 0, count(*) FILTER (WHERE state = 'published') > 0 INTO told, drawn FROM old_plans;
  END IF;
  IF told THEN
    INSERT INTO outbox (layer, operation, rows) VALUES ('plans', TG_OP, 0);
    PERFORM pg_notify('gridtwin_changes', '');
  END IF;
  IF drawn THEN
    INSERT INTO outbox (layer, operation, rows) VALUES ('grids', 'UPDATE', 0);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER plans_insert AFTER INSERT ON plan REFERENCING NEW TABLE AS new_plans
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_plan();
CREATE TRIGGER plans_delete AFTER DELETE ON plan REFERENCING OLD TABLE AS old_plans
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_plan();
CREATE FUNCTION outbox_note_plan_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (layer, operation, rows) VALUES ('plans', 'TRUNCATE', 0);
  PERFORM pg_notify('gridtwin_changes', '');
  RETURN NULL;
END $$;
CREATE TRIGGER plans_truncate AFTER TRUNCATE ON plan
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_plan_truncate();

-- Areas show their level's rank.
CREATE FUNCTION outbox_note_level() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM old_levels o FULL JOIN new_levels n USING (code) WHERE o.rank IS DISTINCT FROM n.rank) THEN
    INSERT INTO outbox (layer, operation, rows) VALUES ('areas', 'UPDATE', 0);
    PERFORM pg_notify('gridtwin_changes', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_level AFTER UPDATE ON level REFERENCING OLD TABLE AS old_levels NEW TABLE AS new_levels
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_level();

-- Grids show the code of their area, wherever they lie.
CREATE FUNCTION outbox_note_area_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (layer, operation, plan_id, rows, extent)
  SELECT 'grids', 'UPDATE', g.plan_id, 0, ST_Envelope(ST_Buffer(ST_Envelope(g.geom_3857), 0.01, 1))
  FROM old_rows o JOIN new_rows n USING (id) JOIN grid g ON g.area_id = n.id
  WHERE o.code IS DISTINCT FROM n.code;
  RETURN NULL;
END $$;
CREATE TRIGGER grids_area_code AFTER UPDATE ON area REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_area_code();
