-- Screens of walls (大屏) that say that they are alive, the scenes of their tours, and what one centre shows another.

-- A screen is a browser that shows the wall, by a name that it drew for itself; one account may have several.
CREATE TABLE wall_screen (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  screen text NOT NULL CHECK (length(screen) BETWEEN 8 AND 64),
  first_at timestamptz NOT NULL,
  beat_at timestamptz NOT NULL,
  version text NOT NULL,
  frame_rate real,
  delay_ms integer,
  live boolean NOT NULL,
  webgl boolean NOT NULL,
  memory_mb integer,
  width integer NOT NULL,
  height integer NOT NULL,
  browser text NOT NULL DEFAULT '',
  place text NOT NULL DEFAULT '',
  picture bytea CHECK (length(picture) <= 131072),
  pictured_at timestamptz,
  -- what another centre has sent and the screen hasn't shown yet
  sent jsonb,
  UNIQUE (account_id, screen)
);

-- A scene of a centre's tour (轮播); `centre_id` is the area whose centre made it, and whose walls play it.
CREATE TABLE wall_scene (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  centre_id bigint NOT NULL REFERENCES area (id) ON DELETE CASCADE,
  name text NOT NULL,
  address text NOT NULL,
  panels text[] NOT NULL DEFAULT '{}',
  seconds integer NOT NULL CHECK (seconds BETWEEN 5 AND 3600),
  begins time,
  ends time,
  position integer NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL
);
-- the scenes of a centre
CREATE INDEX wall_scene_centre ON wall_scene (centre_id, position);
