-- Fixes of phones: history by day, and what fits no day.

-- A small number for each worker, by which live frames name them.
ALTER TABLE worker ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY UNIQUE;

-- Where a worker's phone was. `at` is the time as sent; with `key` (the sender's id hashed, or the position) it says
-- which fix it is, so that one that is sent again is stored once. `flags` are the bits of live/judging.py; nothing odd
-- is thrown away. Metres, metres a second, degrees, 0–1. `area_id` is the worker's area when it arrived.
-- Partitions are days of UTC, made ahead and dropped by retention; while a day is open it has this one index.
-- There is no foreign key: history stays when somebody leaves the roster, and 100,000 rows a second aren't checked.
CREATE TABLE fix (
  worker text NOT NULL,
  at timestamptz NOT NULL,
  key bigint NOT NULL,
  received_at timestamptz NOT NULL,
  area_id bigint,
  geom geometry(Point, 4326),
  altitude real,
  accuracy real,
  speed real,
  heading real,
  battery real,
  flags integer NOT NULL,
  attributes jsonb,
  PRIMARY KEY (worker, at, key)
) PARTITION BY RANGE (at);

-- Fixes whose time can't be read or lies outside retention … +1 day, so that no clock can fail a batch.
CREATE TABLE fix_stray (
  worker text NOT NULL,
  sent text NOT NULL,
  key bigint NOT NULL,
  at timestamptz,
  received_at timestamptz NOT NULL,
  area_id bigint,
  geom geometry(Point, 4326),
  altitude real,
  accuracy real,
  speed real,
  heading real,
  battery real,
  flags integer NOT NULL,
  attributes jsonb,
  PRIMARY KEY (worker, sent, key)
);

-- Days that were rewritten in the order (worker, time) and have their spatial index.
CREATE TABLE fix_day (
  day date PRIMARY KEY,
  rewritten_at timestamptz NOT NULL DEFAULT now(),
  rows bigint NOT NULL
);
