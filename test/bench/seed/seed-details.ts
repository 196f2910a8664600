import type { Connection } from '../database/connection.ts';
import { uuidAt } from './uuid.ts';

type Query = Connection['query'];

/** Lines of a run that has any. */
export const logLines = 500;

/** Gives the newest run of each job its block. */
export async function seedBlocks(query: Query): Promise<void> {
  await query(
    `INSERT INTO "RunBlock" (id, "runId", position, kind, command, extractor, loader, "stateId", status, "startedAt", "endedAt", "durationSeconds")
     SELECT ${uuidAt('extract(epoch FROM r."startedAt") * 1000', "r.id || 'block'")}, r.id, 0, 'EXTRACT_LOAD',
       replace(r.pair, '-to-', ' '), split_part(r.pair, '-to-', 1), split_part(r.pair, '-to-', 2),
       r.environment || ':' || r.pair,
       (CASE r.status WHEN 'SUCCEEDED' THEN 'SUCCEEDED' WHEN 'FAILED' THEN 'FAILED' ELSE 'ABANDONED' END)::"RunBlockStatus",
       r."startedAt", r."endedAt", extract(epoch FROM r."endedAt" - r."startedAt")
     FROM newest_run r`,
  );
}

/** Gives the newest run of each job its lines, a warning among each fifty. */
export async function seedLogs(query: Query): Promise<void> {
  await query(
    `INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, plugin, message, fields)
     SELECT r.id, s, r."startedAt" + s * interval '50 milliseconds',
       (CASE WHEN s % 50 = 0 THEN 'WARNING' ELSE 'INFO' END)::"LogLevel",
       CASE s % 3 WHEN 0 THEN 'target-postgres' WHEN 1 THEN split_part(r.pair, '-to-', 1) END,
       'Line ' || s || ' of what the plugins of this run have to say about the records of stream orders',
       CASE WHEN s % 5 = 0 THEN jsonb_build_object('stream', 'orders', 'batch', s / 5) END
     FROM newest_run r CROSS JOIN generate_series(1, ${logLines}) AS s`,
  );
  await query(`UPDATE "Run" SET "logCount" = ${logLines} FROM newest_run n WHERE n.id = "Run".id`);
}

/** Gives the newest run of each job its metrics: a dozen. */
export async function seedMetrics(query: Query): Promise<void> {
  await query(
    `INSERT INTO "RunMetric" ("runId", plugin, stream, name, value)
     SELECT r.id, plugin, stream, name, CASE name WHEN 'record_count' THEN 12345 ELSE 12.5 END
     FROM newest_run r,
       LATERAL unnest(ARRAY[split_part(r.pair, '-to-', 1), split_part(r.pair, '-to-', 2)]) AS plugin,
       unnest(ARRAY['customers', 'orders', 'products']) AS stream,
       unnest(ARRAY['record_count', 'sync_duration']) AS name`,
  );
}

/** Gives each job the state of its pair, in three versions; its newest run made the last one. */
export async function seedStates(query: Query): Promise<void> {
  const document = (version: string): string =>
    `jsonb_build_object('singer_state', jsonb_build_object('bookmarks', jsonb_build_object('orders',
       jsonb_build_object('replication_key', 'updated_at', 'replication_key_value', '2025-01-0' || ${version}))))`;
  await query(
    `INSERT INTO "State" (id, "environmentId", "stateId", pair, completed, partial, version, "updatedAt")
     SELECT ${uuidAt('1704067200000 + j.n', "j.id || 'state'")}, j."environmentId", j.environment || ':' || j.pair,
       j.pair, ${document('3')}, '{}', 3, '2025-02-01T00:00:00Z'
     FROM seeded_job j`,
  );
  await query(
    `INSERT INTO "StateVersion" (id, "stateRowId", version, change, "runId", "stateId", completed, partial, "changedAt")
     SELECT ${uuidAt('1704067200000 + v', 's.id::text || v')}, s.id, v,
       (CASE v WHEN 3 THEN 'RUN' ELSE 'SET' END)::"StateChange",
       CASE v WHEN 3 THEN (SELECT r.id FROM newest_run r WHERE r.environment || ':' || r.pair = s."stateId"
         AND r."environmentId" = s."environmentId") END,
       s."stateId", ${document('v')}, '{}', timestamptz '2025-01-01T00:00:00Z' + v * interval '10 days'
     FROM "State" s CROSS JOIN generate_series(1, 3) AS v`,
  );
}
