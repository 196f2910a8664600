import type { RunLimitScope } from '../generated/client.ts';
import { limitKeys, runningOf } from './limits.ts';
import { inTurn } from './ready-runs.ts';
import { isExecuted, isQueued } from './unfinished-runs.ts';
import type { Send } from '../../lib/sql.ts';
import { idList } from '../../lib/sql.ts';
import { filesFit, hasFiles, isAlive } from '../workers/serves.ts';

/** The workers that are alive and take new runs: all of them, and which of these a run can go to. */
export interface WorkerCounts {
  alive: number;
  /** With the labels that the run asks for. */
  labelled: number;
  /** Among those: with a directory of the project. */
  withProject: number;
  /** Among those: with the files that were imported. They can execute it. */
  able: number;
  /** Among those: with a free slot. */
  free: number;
}

/** What a queued run waits for. */
export interface WaitFacts {
  id: string;
  labels: string[];
  /** When it may start, as JSON; null when it may by now. */
  runAt: string | null;
  /** The limits that allow no further run now. */
  limits: { scope: RunLimitScope; label: string | null; maxRuns: number }[];
  /** The leases that it needs and others have. `runId` is null for a mutation that is being made. */
  leases: { key: string; runId: string | null }[];
  workers: WorkerCounts;
  /** How many runs that workers can execute come before it; null when it is not ready, or there are more than `maxAhead`. */
  ahead: number | null;
}

/** The run that has the lease for which a run waits. */
export interface LeaseHolder {
  /** The run that waits. */
  id: string;
  key: string;
  /** The run that has it. */
  runId: string;
}

/** The most runs before a run that are counted. */
export const maxAhead = 1000;

/** Statements that tell what queued runs wait for. */
export function waitFactStatements(send: Send) {
  return {
    /** What those of the runs wait for that are queued. One statement, whatever their number. */
    of: async (runIds: readonly string[]): Promise<WaitFacts[]> =>
      (await send(facts, [idList(runIds)])) as unknown as WaitFacts[],

    /** Who has the leases for which runs wait. Runs are left out that wait for none, or for one that no run has now. */
    holdersFor: async (runIds: readonly string[]): Promise<LeaseHolder[]> =>
      (await send(holders, [idList(runIds)])) as unknown as LeaseHolder[],
  };
}

const holders = `
  WITH asked AS MATERIALIZED (
    SELECT r.id, r."projectId", r."waitingForKey" AS key FROM "Run" AS r
    WHERE r.id = ANY ($1::text::uuid[]) AND ${isQueued('r')}
  )
  SELECT a.id, l.key, l."runId" FROM asked AS a
    JOIN "RunLease" AS l ON l."projectId" = a."projectId" AND l.key = a.key AND l."runId" IS NOT NULL`;

/** SQL: whether a worker that is there has the labels, and the project. */
function hasWorker(line: string): string {
  return `EXISTS (
    SELECT FROM workers AS w JOIN "WorkerProject" AS wp ON wp."workerId" = w.id
    WHERE wp."projectId" = ${line}."projectId" AND ${line}.labels <@ w.labels
  )`;
}

// The conditions on workers and leases, and the order, are those of the claim (`leases/claims.ts`).
const facts = `
  WITH RECURSIVE asked AS MATERIALIZED (
    SELECT r.id, r."projectId", r.labels, r."leaseKeys", ${limitKeys('r')} AS "limitKeys",
      CASE WHEN r."runAt" > statement_timestamp() THEN to_json(r."runAt") END AS "runAt" FROM "Run" AS r
    WHERE r.id = ANY ($1::text::uuid[]) AND ${isQueued('r')}
  ), full_limits AS MATERIALIZED (
    SELECT l.key, l.scope, l.label, l."maxRuns" FROM "RunLimit" AS l
    WHERE l.key IN (SELECT unnest("limitKeys") FROM asked) AND ${runningOf('l')} >= l."maxRuns"
  ), workers AS MATERIALIZED (
    SELECT w.id, w.host, w.labels, w.slots > (
      SELECT count(*) FROM "Run" AS x WHERE x."workerId" = w.name AND ${isExecuted('x')}
    ) AS "isFree"
    FROM "Worker" AS w WHERE w."drainingAt" IS NULL AND ${isAlive('w')}
  ), kinds AS MATERIALIZED (
    SELECT k."projectId", k.labels, c.counts
    FROM (SELECT DISTINCT "projectId", labels FROM asked) AS k CROSS JOIN LATERAL (
      SELECT json_build_object(
        'alive', count(*), 'labelled', count(*) FILTER (WHERE s.has), 'withProject', count(*) FILTER (WHERE s.has AND s.knows),
        'able', count(*) FILTER (WHERE s.has AND s.fits), 'free', count(*) FILTER (WHERE s.has AND s.fits AND s."isFree")
      ) AS counts
      FROM (
        SELECT k.labels <@ w.labels AS has, w."isFree", ${hasFiles('w', 'k."projectId"')} AS fits, EXISTS (
          SELECT FROM "WorkerProject" AS wp WHERE wp."workerId" = w.id AND wp."projectId" = k."projectId"
        ) AS knows FROM workers AS w
      ) AS s
    ) AS c
  ), served AS MATERIALIZED (
    SELECT DISTINCT wp."projectId" FROM workers AS w JOIN "WorkerProject" AS wp ON wp."workerId" = w.id
      JOIN "Project" AS p ON p.id = wp."projectId" AND ${filesFit('w', 'wp', 'p')}
  ), ${inTurn({ fits: hasWorker, limit: String(maxAhead + 1), near: 32 })}
  SELECT a.id, a.labels, a."runAt", (
    SELECT coalesce(json_agg(json_build_object('key', l.key, 'runId', l."runId") ORDER BY l.key), '[]') FROM "RunLease" AS l
    WHERE l."projectId" = a."projectId" AND l.key = ANY (a."leaseKeys")
  ) AS leases, (
    SELECT coalesce(json_agg(json_build_object('scope', l.scope, 'label', l.label, 'maxRuns', l."maxRuns") ORDER BY l.key), '[]')
    FROM full_limits AS l WHERE l.key = ANY (a."limitKeys")
  ) AS limits, kinds.counts AS workers, turn.place::int - 1 AS ahead
  FROM asked AS a JOIN kinds ON kinds."projectId" = a."projectId" AND kinds.labels = a.labels
    LEFT JOIN turn ON turn.id = a.id`;
