-- The tally's rows of an area with all below it within the scope, or of all that is seen: of the topmost areas their own
-- and the sums below, unless areas were moved and these aren't counted anew yet; and what isn't folded yet. `told` has a
-- row for a facet, key and day (or month).
WITH within AS MATERIALIZED (
  SELECT a.id, a.parent_id FROM area a
  WHERE {seen} AND (%(area)s::text IS NULL
    OR a.path <@ (SELECT given.path FROM area given WHERE given.code = %(area)s))),
tops AS MATERIALIZED (
  SELECT array_agg(w.id) || %(nowhere)s::bigint[] AS ids FROM within w
  WHERE (SELECT stale FROM issue_tally_zone) OR NOT EXISTS (SELECT FROM within p WHERE p.id = w.parent_id)),
told AS (
  SELECT replace(t.facet, '_month', '') AS facet, t.key, t.day, t.n, t.counted, t.closed, t.handled, t.in_time,
    t.returned, t.asked, t.pleased
  FROM tops, unnest(%(facets)s::text[], %(firsts)s::date[], %(afters)s::date[]) p (facet, first, after)
  JOIN issue_tally t ON t.facet = p.facet AND t.day >= p.first AND t.day < p.after
  WHERE t.area_id = ANY(tops.ids) AND NOT (t.below AND (SELECT stale FROM issue_tally_zone))
  UNION ALL
  SELECT d.facet, d.key, d.day, d.n, d.counted, d.closed, d.handled, d.in_time, d.returned, d.asked, d.pleased
  FROM issue_tally_delta d LEFT JOIN within w ON w.id = d.area_id
  WHERE d.facet = ANY(%(facets)s) AND d.day >= %(first)s AND d.day <= %(last)s
    AND (w.id IS NOT NULL OR d.area_id = ANY(%(nowhere)s::bigint[])))
