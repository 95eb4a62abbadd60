-- Imports can be taken back, and remember how a file of the same shape was mapped.

-- What it added (ids as ranges: they are consecutive as a rule), the plan that it made, and whether it was taken back.
ALTER TABLE import_run
  ADD COLUMN added_ids int8multirange NOT NULL DEFAULT '{}',
  ADD COLUMN plan_id bigint REFERENCES plan (id) ON DELETE SET NULL,
  ADD COLUMN undone_at timestamptz,
  ADD COLUMN undone_by text;

-- The rows that an import changed or removed, as they were before. `after` is the digest of a changed row afterwards,
-- so that a later change by hand is seen.
CREATE TABLE import_row (
  import_id bigint NOT NULL REFERENCES import_run (id) ON DELETE CASCADE,
  row_id bigint NOT NULL,
  operation text NOT NULL CHECK (operation IN ('changed', 'removed')),
  before jsonb NOT NULL,
  after text,
  PRIMARY KEY (import_id, row_id)
);

-- How the last file of a kind with these columns was read: field -> column, constants, CRS, encoding.
CREATE TABLE import_mapping (
  kind text NOT NULL,
  columns_sha256 bytea NOT NULL CHECK (length(columns_sha256) = 32),
  mapping jsonb NOT NULL,
  used_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, columns_sha256)
);
