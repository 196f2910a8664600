-- What older releases have stored as JSON gets the form that it has had since it has types. Each statement can be
-- executed again without harm.

-- Exit codes were lists by the type of the plugin: {"extractors": [1]}.
UPDATE "RunBlock" AS block SET "exitCodes" = (
  SELECT jsonb_agg(jsonb_build_object('role', plugin.role, 'plugin', plugin.name, 'exitCode', code))
  FROM (VALUES ('extractors', 'EXTRACTOR', block.extractor), ('loaders', 'LOADER', block.loader)) AS plugin (type, role, name)
    CROSS JOIN LATERAL jsonb_path_query(block."exitCodes" -> plugin.type, '$[*]') AS code
  WHERE plugin.name IS NOT NULL AND code::text ~ '^-?[1-9][0-9]{0,8}$'
)
WHERE jsonb_typeof("exitCodes") = 'object';

-- The status in `WrongStatus` was a text, which was the status of a run.
UPDATE "BulkItem" SET error = (error - 'status') || jsonb_build_object('runStatus', error -> 'status', 'operationStatus', NULL)
WHERE error ->> 'name' = 'WrongStatus' AND error -> 'status' IS NOT NULL;

-- The ids in a filter had the name of what they were of.
UPDATE "BulkOperation"
SET filter = (filter - '{jobs,runs,schedules,states}'::text[]) || jsonb_build_object('ids', coalesce(
  nullif(filter -> 'jobs', 'null'), nullif(filter -> 'runs', 'null'), nullif(filter -> 'schedules', 'null'),
  nullif(filter -> 'states', 'null')
))
WHERE filter ?| '{jobs,runs,schedules,states}'::text[];
