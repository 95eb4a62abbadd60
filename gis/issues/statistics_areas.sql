-- Sums for each area right below the given one (the topmost that are seen without it), with what is overdue there now.
WITH child AS MATERIALIZED (
  SELECT c.id, c.code, c.name, c.level, c.path FROM area c LEFT JOIN area p ON p.id = c.parent_id
  WHERE {seen_child} AND CASE WHEN %(area)s::text IS NULL
    THEN c.parent_id IS NULL OR NOT coalesce({seen_parent}, false) ELSE p.code = %(area)s END),
recent AS MATERIALIZED (
  SELECT d.area_id, sum(d.n) AS n, sum(d.counted) AS counted, sum(d.closed) AS closed, sum(d.handled) AS handled,
    sum(d.in_time) AS in_time, sum(d.returned) AS returned, sum(d.asked) AS asked, sum(d.pleased) AS pleased
  FROM issue_tally_delta d WHERE d.facet = ANY(%(facets)s) AND d.day >= %(first)s AND d.day <= %(last)s
  GROUP BY d.area_id),
asked AS (
  SELECT * FROM unnest(%(facets)s::text[], %(firsts)s::date[], %(afters)s::date[]) p (facet, first, after)),
told AS (
  SELECT child.id, t.n, t.counted, t.closed, t.handled, t.in_time, t.returned, t.asked, t.pleased
  FROM child CROSS JOIN asked p
  JOIN issue_tally t ON t.facet = p.facet AND t.area_id = child.id AND t.day >= p.first AND t.day < p.after
  WHERE NOT (t.below AND (SELECT stale FROM issue_tally_zone))
  UNION ALL
  SELECT child.id, t.n, t.counted, t.closed, t.handled, t.in_time, t.returned, t.asked, t.pleased
  FROM child JOIN area b ON b.path <@ child.path AND b.id <> child.id CROSS JOIN asked p
  JOIN issue_tally t ON t.facet = p.facet AND t.area_id = b.id AND t.day >= p.first AND t.day < p.after AND NOT t.below
  WHERE (SELECT stale FROM issue_tally_zone)
  UNION ALL
  SELECT child.id, d.n, d.counted, d.closed, d.handled, d.in_time, d.returned, d.asked, d.pleased
  FROM recent d JOIN area b ON b.id = d.area_id JOIN child ON b.path <@ child.path),
sums AS (
  SELECT id, sum(n)::int AS n, sum(counted)::int AS counted, sum(closed)::int AS closed, sum(handled)::int AS handled,
    sum(in_time)::int AS in_time, sum(returned)::int AS returned, sum(asked)::int AS asked, sum(pleased)::int AS pleased
  FROM told GROUP BY id),
late AS MATERIALIZED (
  SELECT i.area_id, count(*)::int AS n FROM issue i
  WHERE i.due_at < %(now)s AND {seen_issue} GROUP BY i.area_id)
SELECT child.code AS area, child.name, child.level, coalesce(s.n, 0) AS n, coalesce(s.counted, 0) AS counted,
  coalesce(s.closed, 0) AS closed, coalesce(s.handled, 0) AS handled, coalesce(s.in_time, 0) AS in_time,
  coalesce(s.returned, 0) AS returned, coalesce(s.asked, 0) AS asked, coalesce(s.pleased, 0) AS pleased,
  coalesce((SELECT sum(late.n) FROM late JOIN area b ON b.id = late.area_id WHERE b.path <@ child.path), 0)::int
    AS overdue
FROM child LEFT JOIN sums s ON s.id = child.id ORDER BY child.path
