import type { Send } from '../lib/sql.ts';
import { canServe, isAlive, isDue } from '../store/workers/serves.ts';
import { shortened, type Check } from './check.ts';

/** The most projects that are named. */
const mostProjects = 1000;

/** The workers that are alive, and the runs that none of them can take. */
export async function checkWorkers(send: Send): Promise<Check[]> {
  const [counts] = (await send(countsText, [])) as unknown as [{ alive: number; silent: number }];
  const left = (await send(leftText, [mostProjects])) as unknown as { name: string; runs: number }[];
  const lines = left.map(({ name, runs }): Check => {
    const wait = runs === 1 ? '1 run waits' : `${runs} runs wait`;
    const message = `${name}: ${wait}, and no worker that is alive can take them. \`Run.waitReasons\` says what is missing.`;
    return { check: 'workers', status: 'WARNING', message };
  });
  const silent = counts.silent === 0 ? '' : `, ${counts.silent} silent`;
  return [
    { check: 'workers', status: 'OK', message: `${counts.alive} alive${silent}` },
    ...shortened('workers', lines),
  ];
}

const countsText = `SELECT count(*) FILTER (WHERE ${isAlive('w')})::int AS alive,
    count(*) FILTER (WHERE NOT (${isAlive('w')}))::int AS silent FROM "Worker" AS w`;

// Runs of a project with the same labels can be taken by the same workers.
const leftText = `SELECT g.name, sum(g.runs)::int AS runs FROM (
    SELECT r."projectId", r.labels, p.name, count(*) AS runs FROM "Run" AS r JOIN "Project" AS p ON p.id = r."projectId"
    WHERE r.status = 'QUEUED' AND r."endedAt" IS NULL AND ${isDue('r')} GROUP BY r."projectId", r.labels, p.name
  ) AS g WHERE NOT EXISTS (SELECT FROM "Worker" AS w WHERE ${isAlive('w')} AND ${canServe('w', 'g')})
  GROUP BY g.name ORDER BY g.name LIMIT $1::int`;
