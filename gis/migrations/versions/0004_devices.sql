-- Phones: each with a token of its own, for one worker.

-- The grids of the plans in force, one row a grid and kind.
CREATE VIEW grid_in_force AS
  SELECT g.id, g.code, g.name, g.area_id, p.kind, p.id AS plan_id
  FROM grid g JOIN plan p ON p.id = g.plan_id AND p.state = 'published';

-- `version` is the value of device_version at the row's last change that matters to who may send.
CREATE TABLE device (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  worker_id text NOT NULL REFERENCES worker (id) ON UPDATE CASCADE ON DELETE CASCADE,
  app text NOT NULL CHECK (app IN ('gridtwin', 'traccar', 'owntracks', 'overland')),
  name text NOT NULL DEFAULT '',
  token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  crs text NOT NULL DEFAULT 'EPSG:4326' CHECK (crs IN ('EPSG:4326', 'GCJ-02', 'BD-09')),
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  enrolled_at timestamptz,
  last_seen_at timestamptz,
  revoked_at timestamptz,
  version bigint NOT NULL
);
-- devices of a worker, and the foreign key
CREATE INDEX device_worker ON device (worker_id);
-- what has changed since a server looked last
CREATE INDEX device_by_version ON device (version);

-- Counts the statements that changed devices. The row is locked until its transaction ends, so that versions become
-- visible in their order: whoever has seen one has seen all before it. `cleared` is the last that deleted any.
CREATE TABLE device_version (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version bigint NOT NULL DEFAULT 0,
  cleared bigint NOT NULL DEFAULT 0
);
INSERT INTO device_version DEFAULT VALUES;

CREATE FUNCTION device_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE device_version SET version = version + 1,
    cleared = CASE WHEN TG_OP IN ('DELETE', 'TRUNCATE') THEN version + 1 ELSE cleared END;
  RETURN NULL;
END $$;
CREATE TRIGGER device_count_insert BEFORE INSERT ON device FOR EACH STATEMENT EXECUTE FUNCTION device_count_change();
CREATE TRIGGER device_count_update BEFORE UPDATE OF id, worker_id, app, token_sha256, crs, revoked_at ON device
  FOR EACH STATEMENT EXECUTE FUNCTION device_count_change();
CREATE TRIGGER device_count_delete BEFORE DELETE OR TRUNCATE ON device
  FOR EACH STATEMENT EXECUTE FUNCTION device_count_change();

CREATE FUNCTION device_mark_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := (SELECT version FROM device_version);
  RETURN NEW;
END $$;
CREATE TRIGGER device_mark_insert BEFORE INSERT ON device FOR EACH ROW EXECUTE FUNCTION device_mark_change();
CREATE TRIGGER device_mark_update BEFORE UPDATE OF id, worker_id, app, token_sha256, crs, revoked_at ON device
  FOR EACH ROW EXECUTE FUNCTION device_mark_change();
