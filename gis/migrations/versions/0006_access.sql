-- Accounts that administrators manage, walls, keys of other systems, guessing, and the audit.

-- Accounts ------------------------------------------------------------------------------------------------

-- `everywhere` is said, not concluded from having no area: an account must not see more because an area was deleted.
-- Walls and keys have an account without a password; so has somebody who signs in at an OpenID provider.
ALTER TABLE account
  ALTER COLUMN password_hash DROP NOT NULL,
  ADD COLUMN everywhere boolean NOT NULL DEFAULT false,
  ADD COLUMN made_for text NOT NULL DEFAULT 'person' CHECK (made_for IN ('person', 'wall', 'key')),
  ADD COLUMN openid_issuer text,
  ADD COLUMN openid_subject text,
  ADD UNIQUE (openid_issuer, openid_subject);
UPDATE account SET everywhere = true WHERE role = 'administrator';

-- How somebody came in, and when they were last here (to the minute).
ALTER TABLE session
  ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  ADD COLUMN kind text NOT NULL DEFAULT 'password',
  ADD COLUMN last_seen_at timestamptz,
  ADD COLUMN address text;
-- ended sign-ins, to delete them
CREATE INDEX session_expires ON session (expires_at);

-- A wall (大屏) is signed in once by a link, and stays so until it is revoked.
CREATE TABLE wall (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
  name text NOT NULL,
  link_sha256 bytea UNIQUE CHECK (length(link_sha256) = 32),
  link_expires_at timestamptz,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  opened_at timestamptz
);

-- A key with which another system comes in; its token's SHA-256 stands in `session`.
CREATE TABLE api_key (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
  name text NOT NULL,
  begins_with text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Guessing ------------------------------------------------------------------------------------------------

-- Failed sign-ins, counted by account and address, by account, and by address. Only the SHA-256 of what is counted:
-- people type their password in the place of their name.
CREATE TABLE sign_in_failure (
  key bytea PRIMARY KEY CHECK (length(key) = 32),
  failures integer NOT NULL,
  last_at timestamptz NOT NULL
);
-- those that are forgotten
CREATE INDEX sign_in_failure_last ON sign_in_failure (last_at);

-- Where an account has signed in before: guessing from elsewhere doesn't keep its owner out there.
CREATE TABLE sign_in_place (
  account_id bigint NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  address text NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, address)
);

-- Audit ---------------------------------------------------------------------------------------------------

-- Who did what to which thing from where. Appended and never changed; each row bears the hash of the one before it.
CREATE TABLE audit (
  seq bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  actor_id bigint,
  actor text NOT NULL,
  role text,
  action text NOT NULL,
  thing text NOT NULL DEFAULT '',
  thing_id text NOT NULL DEFAULT '',
  outcome text NOT NULL DEFAULT 'done' CHECK (outcome IN ('done', 'refused')),
  areas bigint[] NOT NULL DEFAULT '{}',
  address text NOT NULL DEFAULT '',
  request text NOT NULL DEFAULT '',
  detail jsonb NOT NULL DEFAULT '{}',
  prev_hash bytea NOT NULL CHECK (length(prev_hash) = 32),
  hash bytea NOT NULL CHECK (length(hash) = 32)
);
-- filters by time
CREATE INDEX audit_at ON audit (at);
-- filters by actor, newest first
CREATE INDEX audit_actor ON audit (actor, seq);
-- filters by thing, newest first
CREATE INDEX audit_thing ON audit (thing, thing_id, seq);
-- scope
CREATE INDEX audit_areas ON audit USING gin (areas);

-- Whole months that were dropped: the chain goes on from the last hash.
CREATE TABLE audit_closed (
  month date PRIMARY KEY,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL UNIQUE,
  last_hash bytea NOT NULL CHECK (length(last_hash) = 32),
  closed_at timestamptz NOT NULL DEFAULT now()
);

-- The hash of a row: SHA-256 over the hash before it and the row as JSON, times in microseconds since 1970.
CREATE FUNCTION audit_hash(r audit) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(r.prev_hash || convert_to(jsonb_build_object(
    'seq', r.seq, 'at', (extract(epoch FROM r.at) * 1000000)::bigint, 'actor_id', r.actor_id, 'actor', r.actor,
    'role', r.role, 'action', r.action, 'thing', r.thing, 'thing_id', r.thing_id, 'outcome', r.outcome,
    'areas', r.areas, 'address', r.address, 'request', r.request, 'detail', r.detail)::text, 'UTF8'))
$$;

-- Each new row is chained to the last one, one transaction at a time (the lock is held until it ends).
CREATE FUNCTION audit_append() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before record;
BEGIN
  PERFORM pg_advisory_xact_lock(7133003);
  SELECT * INTO before FROM (
    (SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1)
    UNION ALL (SELECT last_seq, last_hash FROM audit_closed ORDER BY last_seq DESC LIMIT 1)
  ) ends ORDER BY seq DESC LIMIT 1;
  NEW.seq := coalesce(before.seq, 0) + 1;
  NEW.prev_hash := coalesce(before.hash, sha256('gridtwin'));
  NEW.hash := audit_hash(NEW);
  RETURN NEW;
END $$;
CREATE TRIGGER audit_append BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_append();

CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is appended to and never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_closed_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_closed
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

-- A month (UTC) is closed with the last hash that it really had, and not before six months have passed since its end.
CREATE FUNCTION audit_close() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
  IF NEW.month <> date_trunc('month', NEW.month) OR NEW.month + interval '7 months' > now()
    OR NEW.first_seq <> (SELECT min(seq) FROM audit)
    OR NOT EXISTS (SELECT FROM audit WHERE seq = NEW.last_seq AND hash = NEW.last_hash)
    OR EXISTS (SELECT FROM audit WHERE seq <= NEW.last_seq AND at >= NEW.month + interval '1 month')
  THEN
    RAISE EXCEPTION 'the audit keeps at least six months' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_close BEFORE INSERT ON audit_closed FOR EACH ROW EXECUTE FUNCTION audit_close();

-- What belongs to a closed month may go, nothing else.
CREATE FUNCTION audit_drop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM gone WHERE seq > coalesce((SELECT max(last_seq) FROM audit_closed), 0)) THEN
    RAISE EXCEPTION 'the audit is appended to and never changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_drop AFTER DELETE ON audit REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION audit_drop();
