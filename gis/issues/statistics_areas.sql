-- The same for each area right below the given one (the topmost that are seen without it), with what is overdue there now.
WITH child AS (
  SELECT c.id, c.code, c.name, c.level, c.path FROM area c LEFT JOIN area p ON p.id = c.parent_id
  WHERE {seen_child} AND CASE WHEN %(area)s::text IS NULL
    THEN c.parent_id IS NULL OR NOT coalesce({seen_parent}, false) ELSE p.code = %(area)s END),
late AS (
  SELECT i.area_id, count(*)::int AS n FROM issue i
  WHERE i.due_at < %(now)s AND {seen_issue} GROUP BY i.area_id)
SELECT child.code AS area, child.name, child.level, coalesce(sum(t.n), 0)::int AS n,
  coalesce(sum(t.counted), 0)::int AS counted, coalesce(sum(t.closed), 0)::int AS closed,
  coalesce(sum(t.handled), 0)::int AS handled, coalesce(sum(t.in_time), 0)::int AS in_time,
  coalesce(sum(t.returned), 0)::int AS returned, coalesce(sum(t.asked), 0)::int AS asked,
  coalesce(sum(t.pleased), 0)::int AS pleased, coalesce(max(l.overdue), 0)::int AS overdue
FROM child
LEFT JOIN LATERAL (
  SELECT sum(late.n) AS overdue FROM area b JOIN late ON late.area_id = b.id WHERE b.path <@ child.path) l ON true
JOIN area below ON below.path <@ child.path AND {seen_below}
LEFT JOIN issue_tally t ON t.area_id = below.id AND t.facet = 'state' AND t.day BETWEEN %(first)s AND %(last)s
GROUP BY child.code, child.name, child.level, child.path ORDER BY child.path
