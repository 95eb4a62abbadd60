-- Zones that somebody drew, and targets of patrols: a fence on the ground, seen by those who see its area.
-- `geom` is the fence itself, buffer included; of a building's surroundings `building_id` says whose. `dwell_s` is how
-- long a stay is told after; `visits` within `every_days` is what a target asks for.
CREATE TABLE zone (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('zone', 'target')),
  name text NOT NULL,
  area_id bigint NOT NULL REFERENCES area (id) ON DELETE CASCADE,
  building_id bigint,
  metres real NOT NULL DEFAULT 0,
  geom geometry(Geometry, 4326) NOT NULL,
  dwell_s integer CHECK (dwell_s > 0),
  visits smallint CHECK (visits > 0),
  every_days smallint CHECK (every_days > 0),
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  changed_at timestamptz NOT NULL
);
-- lists of an area's zones and targets
CREATE INDEX zone_area_id ON zone (area_id);

-- What tracks say about fences: who entered, left, stayed or crossed which, and who left their own grid. Derived from
-- the reliable fixes, day by day (of GRIDTWIN_TIME_ZONE), and made again from history when late ones arrive.
CREATE TABLE geofence_event (
  worker text NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  fence text NOT NULL,
  fence_id bigint NOT NULL,
  day date NOT NULL,
  area_id bigint,
  seconds real,
  geom geometry(Point, 4326) NOT NULL,
  PRIMARY KEY (worker, at, fence, fence_id, kind)
);
-- lists within the scope, newest first
CREATE INDEX geofence_event_at ON geofence_event (at, area_id);
-- visits of a target
CREATE INDEX geofence_event_fence ON geofence_event (fence_id, at) WHERE fence <> 'grid';
-- a worker's day is replaced as a whole
CREATE INDEX geofence_event_day ON geofence_event (worker, day);
