-- Words of one or two characters are too short for trigrams: they are looked for among the distinct estates, roads and
-- communities (each read by hopping along its index), and the addresses are taken from there.
WITH RECURSIVE
estates AS (
  SELECT min(estate) AS name FROM address
  UNION ALL SELECT (SELECT min(estate) FROM address WHERE estate > e.name) FROM estates e WHERE e.name IS NOT NULL
),
roads AS (
  SELECT min(road) AS name FROM address
  UNION ALL SELECT (SELECT min(road) FROM address WHERE road > r.name) FROM roads r WHERE r.name IS NOT NULL
),
communities AS (
  SELECT min(community) AS name FROM address
  UNION ALL
  SELECT (SELECT min(community) FROM address WHERE community > c.name) FROM communities c WHERE c.name IS NOT NULL
),
found AS (
  (SELECT d.id FROM address d
   WHERE d.estate = ANY (ARRAY(SELECT name FROM estates WHERE folded(name) LIKE %(like_1)s)) AND {seen}
     AND folded(d.text) ~ ALL (%(regexes)s::text[]) LIMIT %(most)s)
  UNION
  (SELECT d.id FROM address d
   WHERE d.road = ANY (ARRAY(SELECT name FROM roads WHERE folded(name) LIKE %(like_1)s)) AND {seen}
     AND folded(d.text) ~ ALL (%(regexes)s::text[]) LIMIT %(most)s)
  UNION
  (SELECT d.id FROM address d
   WHERE d.community = ANY (ARRAY(SELECT name FROM communities WHERE folded(name) LIKE %(like_1)s)) AND {seen}
     AND folded(d.text) ~ ALL (%(regexes)s::text[]) LIMIT %(most)s)
)
SELECT d.id, d.text, ST_X(d.geom) AS lon, ST_Y(d.geom) AS lat
FROM found JOIN address d USING (id)
