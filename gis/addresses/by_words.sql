-- Addresses whose folded text holds the words, at most so many, in no order: what is best is judged afterwards.
-- The LIKE patterns may use the trigram index; the regular expressions are exact and must not use it.
-- {near} is a box in which is looked besides, so that a common word finds what is close.
WITH found AS (
  (SELECT d.id FROM address d
   WHERE {seen} AND folded(d.text) LIKE %(like_1)s AND folded(d.text) LIKE %(like_2)s AND folded(d.text) LIKE %(like_3)s
     AND folded(d.text) || '' ~ ALL (%(regexes)s::text[])
   LIMIT %(most)s)
  UNION
  (SELECT d.id FROM address d
   WHERE {near} AND {seen}
     AND folded(d.text) LIKE %(like_1)s AND folded(d.text) LIKE %(like_2)s AND folded(d.text) LIKE %(like_3)s
     AND folded(d.text) || '' ~ ALL (%(regexes)s::text[])
   LIMIT %(most)s)
)
SELECT d.id, d.text, ST_X(d.geom) AS lon, ST_Y(d.geom) AS lat
FROM found JOIN address d USING (id)
