-- People of the grid with their posts, the hours in which positions are taken, and one-time codes for phones.

-- Posts (任职): 站长, 助理, 网格员, 楼长, 单元长 ------------------------------------------------------------------

ALTER TABLE worker ADD COLUMN phone text NOT NULL DEFAULT '';

-- A post ends and another begins; what was is not overwritten. `in_force` and `deputy_in_force` are set by one job at
-- the beginning of a day (GRIDTWIN_TIME_ZONE), so that no query reads the clock. The building is linked without a
-- foreign key, as an address is.
CREATE TABLE post (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  worker_id text NOT NULL REFERENCES worker (id) ON UPDATE CASCADE ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('station_head', 'assistant', 'grid_worker', 'building_head', 'unit_head')),
  grid_id bigint NOT NULL REFERENCES grid_code (id),
  building_id bigint,
  unit text,
  valid daterange NOT NULL CHECK (NOT isempty(valid) AND lower(valid) IS NOT NULL),
  deputy_id text REFERENCES worker (id) ON UPDATE CASCADE ON DELETE SET NULL,
  deputy_during daterange,
  in_force boolean NOT NULL DEFAULT false,
  deputy_in_force boolean NOT NULL DEFAULT false,
  noted_at timestamptz NOT NULL DEFAULT now(),
  noted_by text NOT NULL,
  CHECK ((role IN ('building_head', 'unit_head')) = (building_id IS NOT NULL)),
  CHECK ((role = 'unit_head') = (unit IS NOT NULL)),
  CHECK (deputy_id <> worker_id),
  -- one responsible worker a grid, and one grid a worker, at any moment
  CONSTRAINT one_worker_a_grid EXCLUDE USING gist (grid_id WITH =, valid WITH &&) WHERE (role = 'grid_worker'),
  CONSTRAINT one_grid_a_worker EXCLUDE USING gist (worker_id WITH =, valid WITH &&) WHERE (role = 'grid_worker')
);
-- posts of a person, and the foreign key
CREATE INDEX post_worker ON post (worker_id);
-- who is responsible for a grid, and the foreign key
CREATE INDEX post_grid ON post (grid_id) WHERE in_force;

-- Who is to be asked about a grid now: the worker, or the deputy while one stands in.
CREATE VIEW grid_responsible AS
  SELECT grid_id, CASE WHEN deputy_in_force THEN deputy_id ELSE worker_id END AS worker_id, worker_id AS holder_id
  FROM post WHERE in_force AND role = 'grid_worker';

INSERT INTO post (worker_id, role, grid_id, valid, in_force, noted_by)
  SELECT id, 'grid_worker', grid_id, daterange(current_date, NULL), true, 'migration'
  FROM worker WHERE grid_id IS NOT NULL;

-- Duty (在岗) -------------------------------------------------------------------------------------------------

-- Weekly hours, in GRIDTWIN_TIME_ZONE: of one worker, or of a post, or of all. A worker's own come before those of
-- their post, and these before those of all. `ends` at or before `starts` is on the following day; both equal is the
-- whole day. Weekdays are ISO: 1 is Monday.
CREATE TABLE duty_hours (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  worker_id text REFERENCES worker (id) ON UPDATE CASCADE ON DELETE CASCADE,
  role text CHECK (role IN ('station_head', 'assistant', 'grid_worker', 'building_head', 'unit_head')),
  weekdays smallint[] NOT NULL CHECK (weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[] AND cardinality(weekdays) > 0),
  starts time NOT NULL CHECK (starts < '24:00'),
  ends time NOT NULL CHECK (ends < '24:00'),
  CHECK (worker_id IS NULL OR role IS NULL)
);
-- hours of a worker, and the foreign key
CREATE INDEX duty_hours_worker ON duty_hours (worker_id);

-- Duty that the worker switched on. `off_at` is set from the beginning, so that one that is forgotten ends by itself.
CREATE TABLE duty_switch (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  worker_id text NOT NULL REFERENCES worker (id) ON UPDATE CASCADE ON DELETE CASCADE,
  on_at timestamptz NOT NULL,
  off_at timestamptz NOT NULL CHECK (off_at >= on_at),
  version bigint NOT NULL
);
-- what is on now, and the foreign key
CREATE INDEX duty_switch_worker ON duty_switch (worker_id, off_at);
-- what has changed since a server looked last
CREATE INDEX duty_switch_version ON duty_switch (version);

-- Counts changes, as device_version does: versions become visible in their order.
CREATE TABLE duty_version (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  hours bigint NOT NULL DEFAULT 0,
  switches bigint NOT NULL DEFAULT 0
);
INSERT INTO duty_version DEFAULT VALUES;

CREATE FUNCTION duty_count_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE duty_version SET hours = hours + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER duty_count_hours BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON duty_hours
  FOR EACH STATEMENT EXECUTE FUNCTION duty_count_hours();
-- a post's hours follow the post
CREATE TRIGGER duty_count_posts BEFORE INSERT OR UPDATE OF in_force, role, worker_id OR DELETE OR TRUNCATE ON post
  FOR EACH STATEMENT EXECUTE FUNCTION duty_count_hours();

CREATE FUNCTION duty_count_switches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE duty_version SET switches = switches + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER duty_count_switches BEFORE INSERT OR UPDATE ON duty_switch
  FOR EACH STATEMENT EXECUTE FUNCTION duty_count_switches();
CREATE FUNCTION duty_mark_switch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := (SELECT switches FROM duty_version);
  RETURN NEW;
END $$;
CREATE TRIGGER duty_mark_switch BEFORE INSERT OR UPDATE ON duty_switch
  FOR EACH ROW EXECUTE FUNCTION duty_mark_switch();

-- One-time codes (QR) for phones ------------------------------------------------------------------------------

-- A code is spent by an explicit act on the phone, not by being looked at. Only its SHA-256 is kept.
CREATE TABLE enrolment (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  worker_id text NOT NULL REFERENCES worker (id) ON UPDATE CASCADE ON DELETE CASCADE,
  code_sha256 bytea NOT NULL UNIQUE CHECK (length(code_sha256) = 32),
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  spent_at timestamptz,
  device_id bigint REFERENCES device (id) ON DELETE SET NULL
);
-- codes of a worker, and the foreign key
CREATE INDEX enrolment_worker ON enrolment (worker_id);
-- the foreign key
CREATE INDEX enrolment_device ON enrolment (device_id);
