"""From a planner's file to rows: readers, mapping, checks, difference, load."""
