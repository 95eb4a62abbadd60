-- Sums of the tally for the areas within the scope, below one area when it is given. Classes are read by month for
-- whole months, `month` to before `month_end`, and by day at the ends.
SELECT CASE t.facet WHEN 'class_month' THEN 'class' ELSE t.facet END AS facet, t.key, sum(t.n)::int AS n,
  sum(t.counted)::int AS counted, sum(t.closed)::int AS closed, sum(t.handled)::int AS handled,
  sum(t.in_time)::int AS in_time, sum(t.returned)::int AS returned, sum(t.asked)::int AS asked,
  sum(t.pleased)::int AS pleased
FROM issue_tally t
WHERE (t.facet IN ('state', 'source', 'level', 'hour') AND t.day BETWEEN %(first)s AND %(last)s
    OR t.facet = 'class' AND t.day >= %(first)s AND t.day < %(month)s
    OR t.facet = 'class' AND t.day >= %(month_end)s AND t.day <= %(last)s
    OR t.facet = 'class_month' AND t.day >= %(month)s AND t.day < %(month_end)s)
  AND (%(area)s::text IS NULL OR t.area_id = ANY(ARRAY(
    SELECT below.id FROM area given JOIN area below ON below.path <@ given.path WHERE given.code = %(area)s)))
  AND {seen}
GROUP BY 1, 2
