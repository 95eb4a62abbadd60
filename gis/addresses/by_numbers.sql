-- Addresses with these numbers of room, unit and building (null: any), and the words in their text. A room's number is
-- rare enough for its index; a text that was stored as 12-3-1001 is found by the words alone.
SELECT d.id, d.text, ST_X(d.geom) AS lon, ST_Y(d.geom) AS lat
FROM address d
WHERE {seen}
  AND address_number(d.room) = %(room)s
  AND (%(unit)s::text IS NULL OR address_number(d.unit) = %(unit)s)
  AND (%(building)s::text IS NULL OR address_number(d.building) = %(building)s)
  AND (%(floor)s::text IS NULL OR address_number(d.floor) = %(floor)s)
  AND folded(d.text) || '' ~ ALL (%(regexes)s::text[])
LIMIT %(most)s
