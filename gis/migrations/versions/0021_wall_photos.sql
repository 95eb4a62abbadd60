-- Visitors read walls: a wall shows the photos of issues only in scenes that allow it.
ALTER TABLE wall_scene ADD COLUMN photos boolean NOT NULL DEFAULT false;
