-- `jsonb` writes numbers anew: `1e2` comes back as `100`, and `-0.0` as `0.0`. It sorts keys, too. `json` keeps the
-- text. Each of the tables is written anew once.
ALTER TABLE "State" ALTER COLUMN "completed" TYPE JSON USING "completed"::text::json,
  ALTER COLUMN "partial" TYPE JSON USING "partial"::text::json;
ALTER TABLE "StateVersion" ALTER COLUMN "completed" TYPE JSON USING "completed"::text::json,
  ALTER COLUMN "partial" TYPE JSON USING "partial"::text::json;

-- Whether two documents have the same value, however their numbers are written and their keys are ordered. Those that
-- `jsonb` cannot hold are compared by their texts.
CREATE FUNCTION "isSameJson"(one json, other json) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS E'BEGIN
  RETURN one::text = other::text OR one::jsonb = other::jsonb\x3B
EXCEPTION WHEN OTHERS THEN
  RETURN false\x3B
END';
