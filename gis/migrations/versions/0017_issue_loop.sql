-- The level that deals with an issue (and closed it), from the village up to the district.
ALTER TABLE issue ADD COLUMN level text NOT NULL DEFAULT 'village' CHECK (level IN ('village', 'town', 'district'));
-- The number of the hotline's work order (12345); one order is one issue.
ALTER TABLE issue ADD COLUMN order_number text UNIQUE;
ALTER TABLE issue ADD COLUMN supervised boolean NOT NULL DEFAULT false;
-- While it is suspended (挂账): step -> what was left of its deadline, {"left_s": seconds, "working": whether of
-- working time, "due": the moment itself when it had passed already}.
ALTER TABLE issue ADD COLUMN paused jsonb;
-- An extension that was asked for and not yet decided: {"until", "note", "by"}.
ALTER TABLE issue ADD COLUMN extension jsonb;
-- The issue that this one was split from.
ALTER TABLE issue ADD COLUMN split_from bigint REFERENCES issue (id);
-- When it was last sent to somebody, and when they signed for it.
ALTER TABLE issue ADD COLUMN dispatched_at timestamptz;
ALTER TABLE issue ADD COLUMN signed_at timestamptz;
-- When a result was last filed, and whether the deadline was kept then (null: there was none).
ALTER TABLE issue ADD COLUMN handled_at timestamptz;
ALTER TABLE issue ADD COLUMN in_time boolean;
-- Which deadlines were warned of: step -> 'soon' or 'late'; a new deadline begins anew.
ALTER TABLE issue ADD COLUMN warned jsonb NOT NULL DEFAULT '{}';
-- Whether the demo made it up (示范数据).
ALTER TABLE issue ADD COLUMN made_up boolean NOT NULL DEFAULT false;

-- Who called the hotline, encrypted; each reading is in the audit.
CREATE TABLE issue_caller (
  issue_id bigint PRIMARY KEY REFERENCES issue (id) ON DELETE CASCADE,
  name bytea,
  phone bytea
);

-- Where other systems are told of steps. `shape` is how: our own JSON, or a text for 企业微信 or 钉钉 robots.
CREATE TABLE issue_webhook (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  url text NOT NULL CHECK (url ~ '^https?://'),
  secret bytea NOT NULL,
  shape text NOT NULL DEFAULT 'json' CHECK (shape IN ('json', 'wecom', 'dingtalk')),
  actions text[] NOT NULL DEFAULT '{}',
  area_id bigint REFERENCES area (id) ON DELETE CASCADE,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL
);

-- What is to be sent: made by a trigger in the transaction of the step, so that none is lost.
CREATE TABLE issue_delivery (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook_id bigint NOT NULL REFERENCES issue_webhook (id) ON DELETE CASCADE,
  event_id bigint NOT NULL REFERENCES issue_event (id) ON DELETE CASCADE,
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT now(),
  delivered_at timestamptz,
  dead_at timestamptz,
  error text
);
-- the sender, looking for what is due
CREATE INDEX issue_delivery_due ON issue_delivery (next_at) WHERE delivered_at IS NULL AND dead_at IS NULL;

CREATE FUNCTION issue_deliver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO issue_delivery (webhook_id, event_id)
  SELECT w.id, e.id FROM new_rows e JOIN issue i ON i.id = e.issue_id JOIN issue_class c ON c.code = i.class
  JOIN issue_webhook w ON w.enabled AND (w.actions = '{}' OR e.action = ANY (w.actions))
    AND (w.area_id IS NULL OR EXISTS (
      SELECT FROM area here JOIN area top ON here.path <@ top.path WHERE here.id = i.area_id AND top.id = w.area_id))
  WHERE NOT c.restricted;
  RETURN NULL;
END $$;
CREATE TRIGGER issue_deliver AFTER INSERT ON issue_event REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION issue_deliver();

-- what an area has overdue, and what the clock has to look at
CREATE INDEX issue_area_due ON issue (area_id, due_at) WHERE due_at IS NOT NULL;
-- lists of one class
CREATE INDEX issue_class_reported ON issue (class, reported_at DESC);
-- lists of one state
CREATE INDEX issue_state_reported ON issue (state, reported_at DESC);
-- what was sent to somebody who hasn't signed for it
CREATE INDEX issue_unsigned ON issue (dispatched_at) WHERE state = '待处理' AND signed_at IS NULL;
-- words of a place in lists
CREATE INDEX issue_place ON issue USING gin (place gin_trgm_ops);
