import type { Send } from '../../lib/sql.ts';
import {
  isExecuted,
  waitsForLease,
  waitsForLimit,
  waitsForTime,
  waitsForWorker,
} from '../leases/unfinished-runs.ts';
import { isAlive } from '../workers/serves.ts';

/** What queued runs wait for. */
export type WaitsFor = 'worker' | 'time' | 'limit' | 'lease';

/** How much there is of what has not ended, at one moment. */
export interface Figures {
  /** Queued runs, in the groups that have most. */
  queued: { project: string; labels: string[]; waitsFor: WaitsFor; count: number }[];
  /** The queued runs of all other groups. */
  otherQueued: { waitsFor: WaitsFor; count: number }[];
  /** How long the oldest run waits that a worker could take, in seconds; null when there is none. */
  oldestSeconds: number | null;
  /** Runs that are executed now, by their status. */
  active: { status: string; count: number }[];
  workers: { status: string; count: number }[];
  /** Slots of the workers that are alive. */
  slots: { busy: number; free: number };
  /** For how long the next tick of a schedule is overdue, in seconds. */
  scheduleLagSeconds: number;
  /** What webhooks are still to be told. */
  webhooks: {
    pending: number;
    /** How long the oldest of it waits, in seconds; null when there is none. */
    oldestSeconds: number | null;
  };
}

/** Queued runs of each kind that are counted at most. */
export const maxQueued = 10_000;

/** Groups of queued runs that are told apart at most. */
export const maxGroups = 100;

/** Statements that count. They cost the same whatever has ended: only what has not is counted. */
export function figureStatements(send: Send) {
  return {
    /**
     * One statement.
     *
     * @param lostMs the silence after which a worker is LOST, in milliseconds
     */
    read: async (lostMs: number): Promise<Figures> => {
      const [row] = await send(figures, [lostMs]);
      return row?.figures as Figures;
    },

    /** The size of the database, in bytes. PostgreSQL looks at each of its files. */
    databaseBytes: async (): Promise<number> => {
      const [row] = await send('SELECT pg_database_size(current_database())::float8 AS bytes', []);
      return row?.bytes as number;
    },
  };
}

/** When a row was created: the first 48 bits of its id are the milliseconds. */
function createdAt(row: string): string {
  return `to_timestamp(('x' || left(replace(${row}.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)`;
}

/** SQL: some of the runs that wait for something. */
function queuedFor(waitsFor: WaitsFor, condition: (run: string) => string): string {
  return `(
      SELECT r.id, r."projectId", r.labels, r."runAt", '${waitsFor}' AS "waitsFor" FROM "Run" AS r WHERE ${condition('r')}
      LIMIT ${maxQueued}
    )`;
}

const figures = `
  WITH queued AS MATERIALIZED (
    ${queuedFor('worker', waitsForWorker)} UNION ALL ${queuedFor('time', waitsForTime)} UNION ALL
    ${queuedFor('limit', waitsForLimit)} UNION ALL ${queuedFor('lease', waitsForLease)}
  ), groups AS MATERIALIZED (
    SELECT g.*, row_number() OVER (ORDER BY g.count DESC, g."projectId", g.labels, g."waitsFor") > ${maxGroups} AS "isOther"
    FROM (SELECT "projectId", labels, "waitsFor", count(*)::int AS count FROM queued GROUP BY 1, 2, 3) AS g
  ), workers AS MATERIALIZED (
    SELECT CASE WHEN w."heartbeatAt" <= statement_timestamp() - $1::float8 * interval '1 millisecond' THEN 'LOST'
        WHEN NOT ${isAlive('w')} THEN 'SUSPECT' WHEN w."drainingAt" IS NOT NULL THEN 'DRAINING' ELSE 'ACTIVE' END AS status,
      w.slots, (
        SELECT count(*) FROM "Run" AS x WHERE x."workerId" = w.name AND ${isExecuted('x')}
      )::int AS busy
    FROM "Worker" AS w
  ), deliveries AS MATERIALIZED (
    SELECT d.id, d."webhookId" FROM "WebhookDelivery" AS d WHERE d."nextAttemptAt" IS NOT NULL LIMIT ${maxQueued}
  )
  SELECT json_build_object(
    'queued', (
      SELECT coalesce(json_agg(json_build_object('project', p.name, 'labels', g.labels, 'waitsFor', g."waitsFor", 'count', g.count)), '[]')
      FROM groups AS g JOIN "Project" AS p ON p.id = g."projectId" WHERE NOT g."isOther"
    ),
    'otherQueued', (
      SELECT coalesce(json_agg(o), '[]')
      FROM (SELECT "waitsFor", sum(count)::int AS count FROM groups WHERE "isOther" GROUP BY 1) AS o
    ),
    'oldestSeconds', (
      SELECT extract(epoch FROM statement_timestamp() - min(greatest(q."runAt", ${createdAt('q')})))::float8
      FROM queued AS q WHERE q."waitsFor" = 'worker'
    ),
    'active', (
      SELECT coalesce(json_agg(a), '[]') FROM (
        SELECT r.status, count(*)::int AS count FROM "Run" AS r WHERE ${isExecuted('r')} GROUP BY 1
      ) AS a
    ),
    'workers', (
      SELECT coalesce(json_agg(w), '[]') FROM (SELECT status, count(*)::int AS count FROM workers GROUP BY 1) AS w
    ),
    'slots', (
      SELECT json_build_object(
        'busy', coalesce(sum(busy), 0), 'free', coalesce(sum(greatest(0, slots - busy)) FILTER (WHERE status = 'ACTIVE'), 0)
      ) FROM workers WHERE status IN ('ACTIVE', 'DRAINING')
    ),
    'scheduleLagSeconds', coalesce((
      SELECT greatest(0, extract(epoch FROM "gatewayNow"() - s."nextTickAt"))::float8 FROM "Schedule" AS s
      WHERE s."nextTickAt" IS NOT NULL AND s."deletedAt" IS NULL ORDER BY s."nextTickAt", s.id LIMIT 1
    ), 0),
    'webhooks', (
      SELECT json_build_object(
        'pending', count(*), 'oldestSeconds', extract(epoch FROM statement_timestamp() - min(${createdAt('d')}))::float8
      -- What a deleted webhook leaves is removed later.
      ) FROM deliveries AS d WHERE EXISTS (SELECT FROM "Webhook" AS h WHERE h.id = d."webhookId")
    )
  ) AS figures`;
