-- Sums of the tally for the areas within the scope, below one area when it is given.
SELECT t.facet, t.key, sum(t.n)::int AS n, sum(t.counted)::int AS counted, sum(t.closed)::int AS closed,
  sum(t.handled)::int AS handled, sum(t.in_time)::int AS in_time, sum(t.returned)::int AS returned,
  sum(t.asked)::int AS asked, sum(t.pleased)::int AS pleased
FROM issue_tally t
WHERE t.day BETWEEN %(first)s AND %(last)s
  AND (%(area)s::text IS NULL OR t.area_id IN (
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s))
  AND {seen}
GROUP BY t.facet, t.key
