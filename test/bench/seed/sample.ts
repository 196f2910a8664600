import type { Connection } from '../database/connection.ts';

/** UUIDs of rows that the operations ask for. */
export interface Sample {
  /** The environment of the hot job. */
  environment: string;
  /** The failed run of that environment two-thirds deep in its list of failed runs. */
  deepRun: string;
  /** One of each kind in each project, the hot job's first; the runs have lines and metrics. */
  mixed: readonly Record<'project' | 'environment' | 'job' | 'run' | 'state', string>[];
}

/** Looks up what the operations ask for. */
export async function sampleOf({ query }: Connection): Promise<Sample> {
  const mixed = (await query(
    `SELECT DISTINCT ON (p.name) p.id AS project, e.id AS environment, j.id AS job, r.id AS run, s.id AS state
     FROM "Project" p JOIN "Environment" e ON e."projectId" = p.id AND e.name = 'prod'
       JOIN "Job" j ON j."environmentId" = e.id
       JOIN "State" s ON s."environmentId" = e.id AND s.pair = j.pairs[1]
       CROSS JOIN LATERAL (SELECT id FROM "Run" r WHERE r."jobId" = j.id ORDER BY id DESC LIMIT 1) r
     ORDER BY p.name, j.name`,
  )) as Sample['mixed'];
  const [hot] = mixed;
  if (!hot) throw new Error('The database is not seeded.');
  const [deep] = await query(
    `SELECT id FROM "Run" WHERE "environmentId" = $1 AND status = 'FAILED' ORDER BY id DESC
     OFFSET (SELECT count(*) * 2 / 3 FROM "Run" WHERE "environmentId" = $1 AND status = 'FAILED') LIMIT 1`,
    [hot.environment],
  );
  return { environment: hot.environment, deepRun: String(deep?.id), mixed };
}
