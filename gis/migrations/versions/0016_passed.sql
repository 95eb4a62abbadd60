-- Where somebody has passed on a day (of GRIDTWIN_TIME_ZONE): for each map cell of zoom 14 a square of 128 × 128 bits,
-- 12–19 m wide each, row by row from the north-west. It says where, never who, and grows with the ground, not with the
-- number of fixes: a street's month is a megabyte.
CREATE TABLE passed (
  day date NOT NULL,
  x integer NOT NULL,
  y integer NOT NULL,
  bits bytea NOT NULL,
  PRIMARY KEY (day, x, y)
);
