-- The worker whose phone reported it: workers needn't have an account.
ALTER TABLE issue ADD COLUMN reported_by text REFERENCES worker (id) ON DELETE SET NULL;
-- The next deadline, so that lists and tiles need not look into each issue's deadlines; nobody writes it but the trigger.
ALTER TABLE issue ADD COLUMN due_at timestamptz;

CREATE FUNCTION issue_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.due_at := CASE WHEN NEW.state <> '已归档'
    THEN (SELECT min((value #>> '{}')::timestamptz) FROM jsonb_each(NEW.deadlines)
          WHERE jsonb_typeof(value) = 'string') END;
  RETURN NEW;
END $$;
CREATE TRIGGER issue_due BEFORE INSERT OR UPDATE OF deadlines, state, due_at ON issue
  FOR EACH ROW EXECUTE FUNCTION issue_due();
UPDATE issue SET due_at = NULL;

-- what a worker's phone reported
CREATE INDEX issue_reported_by ON issue (reported_by) WHERE reported_by IS NOT NULL;
-- lists of what is overdue
CREATE INDEX issue_due_at ON issue (due_at) WHERE due_at IS NOT NULL;
-- words in lists, and what sounds alike
CREATE INDEX issue_text ON issue USING gin (text gin_trgm_ops);
