-- Reported and closed on each day.
SELECT t.day, sum(t.n) FILTER (WHERE t.facet = 'state')::int AS reported,
  coalesce(sum(t.n) FILTER (WHERE t.facet = 'closed'), 0)::int AS closed
FROM issue_tally t
WHERE t.facet IN ('state', 'closed') AND t.day BETWEEN %(first)s AND %(last)s
  AND (%(area)s::text IS NULL OR t.area_id IN (
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))
  AND {seen}
GROUP BY t.day ORDER BY t.day
