-- Imports know which areas they reached, so that their history has a scope. 0 stands for places outside every area;
-- of imports from before nobody knows, so only those see them who see everything.
ALTER TABLE import_run ADD COLUMN reach bigint[] NOT NULL DEFAULT '{0}';
