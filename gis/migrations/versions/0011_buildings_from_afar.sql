-- Buildings as they are drawn from afar, kept by the service from the outbox (tiles/afar.py): one square for each
-- cell of a zoom and area in which small buildings stand, as large as their footprints together.
-- Empty while the twin holds so few buildings that each can be drawn itself at every zoom.

CREATE TABLE building_afar (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  zoom smallint NOT NULL,
  cell_x integer NOT NULL,
  cell_y integer NOT NULL,
  area_id bigint,
  count integer NOT NULL,
  height real,
  use text,
  geom_3857 geometry(Polygon, 3857) NOT NULL
);
-- tiles: one zoom and one box
CREATE INDEX building_afar_geom_3857 ON building_afar USING gist (zoom, geom_3857);
-- renewing a cell
CREATE INDEX building_afar_cell ON building_afar (zoom, cell_x, cell_y);

-- Up to which snapshot the table follows the buildings; null: never made.
CREATE TABLE building_afar_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  seen pg_snapshot
);
INSERT INTO building_afar_state DEFAULT VALUES;

CREATE TRIGGER outbox_insert AFTER INSERT ON building_afar REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note('buildings_afar', 'id', '');
CREATE TRIGGER outbox_update AFTER UPDATE ON building_afar REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note('buildings_afar', 'id', '');
CREATE TRIGGER outbox_delete AFTER DELETE ON building_afar REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note('buildings_afar', 'id', '');
CREATE TRIGGER outbox_truncate AFTER TRUNCATE ON building_afar
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_truncate('buildings_afar');
