-- A limit may be of one level; rows without it count at all levels.
ALTER TABLE issue_limit ADD COLUMN level text CHECK (level IN ('village', 'town', 'district'));
DROP INDEX issue_limit_step;
-- one limit for each step of a class at a level, or of all
CREATE UNIQUE INDEX issue_limit_step ON issue_limit (rule_set, coalesce(class, ''), coalesce(level, ''), step);
INSERT INTO issue_limit (rule_set, class, level, step, amount, unit) VALUES
  ('standard', NULL, 'town', 'handle', 5, 'working_day'), ('standard', NULL, 'district', 'handle', 10, 'working_day');
