import { facetOf } from '../../../src/store/reading/run-facets.ts';
import type { Connection } from '../database/connection.ts';
import { seedLogs, seedMetrics, seedBlocks, seedStates } from './seed-details.ts';
import { uuidAt } from './uuid.ts';

/** Fewest runs of a job: one more than a page of the newest five needs, and some. */
const fewest = 8;

/** When the oldest run was asked for, and the days over which the runs are spread. */
const begin = Date.UTC(2024, 0, 1);
const days = 400;

/**
 * Fills the tables of a gateway that has imported the projects of `writeProjects`. One job, the hot one,
 * gets all the runs that are asked for, so that its environment's list has that many to page through; the
 * other jobs share a tenth of that number in addition. All of them come mixed, in the order of time.
 *
 * @param runs runs of the hot job
 */
export async function seed({ query }: Connection, runs: number): Promise<void> {
  // The rows are consistent by the way they are made: no need to look up each one's parents.
  await query('SET session_replication_role = replica');
  const indexes = await query(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename IN ('Run', 'RunLog') AND indexname NOT LIKE '%_pkey'`,
  );
  for (const { name } of indexes) await query(`DROP INDEX "${String(name)}"`);
  await query(
    `CREATE TEMP TABLE seeded_job AS
     SELECT row_number() OVER (ORDER BY p.name, e.name <> 'prod', e.name, j.name) - 1 AS n,
       j.id, j.name, j.pairs[1] AS pair, e.id AS "environmentId", e.name AS environment, p.id AS "projectId"
     FROM "Job" j JOIN "Environment" e ON e.id = j."environmentId" JOIN "Project" p ON p.id = e."projectId"`,
  );
  const [{ jobs } = { jobs: 0 }] = await query('SELECT count(*)::int AS jobs FROM seeded_job');
  await seedRuns(query, runs, Number(jobs) - 1);
  for (const { definition } of indexes) await query(String(definition));
  await query('ANALYZE "Run"');
  await query(
    `CREATE TEMP TABLE newest_run AS
     SELECT r.id, j.pair, j.environment, j."environmentId", r."startedAt", r."endedAt", r.status
     FROM seeded_job j CROSS JOIN LATERAL
       (SELECT * FROM "Run" r WHERE r."jobId" = j.id ORDER BY r.id DESC LIMIT 1) r`,
  );
  await seedBlocks(query);
  await seedLogs(query);
  await seedMetrics(query);
  await seedStates(query);
  await query('RESET session_replication_role');
  // How PostGraphile learns what a foreign key would tell it.
  await query(`COMMENT ON TABLE "RunLog" IS '@foreignKey ("runId") references "Run" (id)'`);
  await query('VACUUM ANALYZE');
}

/** What the trigger would compute, which a seed goes without. */
function facetOfStatus(status: string): string {
  const facets = (['SUCCEEDED', 'FAILED', 'CANCELLED'] as const).map(
    (one) => `WHEN '${one}' THEN ${facetOf('API', 'RUN', one)}`,
  );
  return `CASE ${status} ${facets.join(' ')} END`;
}

// Of every `all` runs, `rest` belong to the other jobs in turn: run i does when i * rest / all has just
// become a greater whole number.
async function seedRuns(query: Connection['query'], runs: number, otherJobs: number): Promise<void> {
  const rest = Math.max(Math.ceil(runs / 10), otherJobs * fewest);
  const all = runs + rest;
  const step = Math.floor((days * 86_400_000) / all);
  await query(
    `INSERT INTO "Run" (id, "projectId", "environmentId", "jobId", kind, status, command, "leaseKeys",
       facet, "startedAt", "endedAt", "durationMs", "heartbeatAt", "workerId", "processId", "endReason", "exitCode", "errorMessage")
     SELECT ${uuidAt('i.ms', 'i.i::text')}, j."projectId", j."environmentId", j.id, 'RUN', i.status::"RunStatus",
       replace(j.pair, '-to-', ' '), ARRAY['state:' || j."environmentId" || ':' || j.environment || ':' || j.pair],
       ${facetOfStatus('i.status')}, to_timestamp((i.ms + 1500) / 1000.0),
       to_timestamp((i.ms + 30000 + 700 * i.luck) / 1000.0), 28500 + 700 * i.luck,
       to_timestamp((i.ms + 30000 + 700 * i.luck) / 1000.0), 'worker-1/0190a8f0-0000-7000-8000-000000000001',
       1000 + (i.i % 30000)::int,
       (CASE i.status WHEN 'SUCCEEDED' THEN 'COMPLETED' WHEN 'FAILED' THEN 'EXITED' ELSE 'CANCEL_REQUESTED' END)::"RunEndReason",
       CASE i.status WHEN 'SUCCEEDED' THEN 0 WHEN 'FAILED' THEN 1 END,
       CASE i.status WHEN 'FAILED' THEN 'The extractor ended with exit code 1.' END
     FROM (
       SELECT i, luck, CASE WHEN luck < 90 THEN 'SUCCEEDED' WHEN luck < 98 THEN 'FAILED' ELSE 'CANCELLED' END AS status,
         ${begin}::bigint + i * ${step} AS ms,
         CASE WHEN i * ${rest} / ${all} > (i - 1) * ${rest} / ${all}
           THEN 1 + (i * ${rest} / ${all}) % ${otherJobs} ELSE 0 END AS n
       FROM generate_series(1::bigint, ${all}) AS i CROSS JOIN LATERAL (SELECT (hashint8(i) & 65535) % 100 AS luck) AS l
     ) AS i JOIN seeded_job AS j ON j.n = i.n ORDER BY i.i`,
  );
}
