-- Where the workers are now, for tiles and for programs that read the database: a copy of what the service holds in
-- memory, a second or so behind. Unlogged: after a crash it is filled again from history.
CREATE UNLOGGED TABLE worker_now (
  id bigint PRIMARY KEY,
  worker text NOT NULL,
  name text NOT NULL,
  area_id bigint,
  at timestamptz NOT NULL,
  heading real,
  status text NOT NULL,
  geom geometry(Point, 4326) NOT NULL,
  geom_3857 geometry(Point, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED
);
-- tiles
CREATE INDEX worker_now_geom_3857 ON worker_now USING gist (geom_3857);
