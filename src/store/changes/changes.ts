import type { ChangeKind } from '../generated/client.ts';
import type { Send } from '../../lib/sql.ts';
import type { Snapshot } from './snapshot.ts';

/** The types of objects whose changes are kept. */
export const changedTypes = [
  'Project',
  'Environment',
  'Plugin',
  'Job',
  'Schedule',
  'Service',
  'Run',
  'State',
] as const;
export type ChangedType = (typeof changedTypes)[number];

/** That an object was created, changed or deleted. */
export interface Change {
  /** A number that each later change of the same object exceeds. */
  sequence: number;
  type: ChangedType;
  objectId: string;
  /** Null for what nobody is told, such as the removal of what was deleted before. */
  kind: ChangeKind | null;
  projectId: string;
  environmentId: string | null;
  jobId: string | null;
  /** What the etag is made of; null for a run. */
  revision: number | null;
  /** For a run whose status or wait has changed: both. */
  status: string | null;
}

/** Where changes happen: all when there is no id. */
export interface ChangeScope {
  projectId?: string;
  environmentId?: string;
  /** Of runs. */
  jobId?: string;
  /** All when there are none. */
  types?: readonly ChangedType[];
  /** Only changes of the status of runs, or of what they wait for. */
  isOfStatus?: boolean;
}

/** What was committed between two snapshots. */
export interface Delta {
  /** Up to where. */
  snapshot: Snapshot;
  /** In the order in which they were made; those of one object in the order of their commits. */
  changes: Change[];
  /** Whether some are missing: they are forgotten, or there are more than were asked for. */
  isIncomplete: boolean;
}

/** How long changes are kept, in milliseconds, and how many at most. */
export const kept = { ms: 24 * 3600 * 1000, changes: 20_000 } as const;

/** How many changes one statement reads, and forgets at most. */
const batch = 1000;

/**
 * Statements on the changes of objects.
 *
 * A transaction may commit after others that began later, so no number tells what a reader has seen. A snapshot does:
 * what is visible now and was not visible in the reader's last snapshot was committed in between.
 */
export function changeStatements(send: Send) {
  return {
    /**
     * What was committed after a snapshot, and is there when the statement begins.
     *
     * @param after null to begin now
     * @param until the end, if it is not now
     */
    since: async (
      after: Snapshot | null,
      limit: number,
      { projectId, environmentId, jobId, types, isOfStatus }: ChangeScope = {},
      until: Snapshot | null = null,
    ): Promise<Delta> => {
      const rows = await send(delta, [
        after,
        limit + 1,
        projectId ?? null,
        environmentId ?? null,
        types === undefined ? null : `{${types.join()}}`,
        until,
        jobId ?? null,
        isOfStatus === true,
      ]);
      const [{ snapshot, isKept } = { snapshot: '', isKept: false }] = rows;
      const changes = rows.filter(({ type }) => type !== null) as unknown as Change[];
      return {
        snapshot: String(snapshot),
        changes: changes.slice(0, limit),
        isIncomplete: after !== null && (isKept !== true || changes.length > limit),
      };
    },

    /** Forgets old changes. @returns whether there are more of them */
    forget: async (ms: number, count: number): Promise<boolean> =>
      (await send(forget, [ms, count, batch])).length === batch,
  };
}

// The index leads to the few transactions from the first one on that was under way in the earlier snapshot. What a copy of
// another database has brought along is not visible in any snapshot yet.
const delta = `
  SELECT present.snapshot::text AS snapshot,
    (SELECT h.transaction FROM "ChangeHorizon" AS h) < pg_snapshot_xmin($1::pg_snapshot)::text::bigint
      AND pg_snapshot_xmax($1::pg_snapshot) <= pg_snapshot_xmax(present.snapshot) AS "isKept",
    change.sequence::float8 AS sequence, change.type, change."objectId", change.kind, change."projectId",
    change."environmentId", change."jobId", change.revision, change.status
  FROM (SELECT coalesce($6::pg_snapshot, pg_current_snapshot()) AS snapshot) AS present LEFT JOIN LATERAL (
    SELECT * FROM "ObjectChange" AS c
    WHERE c.transaction >= pg_snapshot_xmin($1::pg_snapshot)::text::bigint
      AND NOT pg_visible_in_snapshot(c.transaction::text::xid8, $1::pg_snapshot)
      AND pg_visible_in_snapshot(c.transaction::text::xid8, present.snapshot)
      AND ($3::uuid IS NULL OR c."projectId" = $3::uuid)
      AND ($4::uuid IS NULL OR c."environmentId" = $4::uuid)
      AND ($5::text[] IS NULL OR c.type = ANY ($5::text[]))
      AND ($7::uuid IS NULL OR c."jobId" = $7::uuid)
      AND (NOT $8::boolean OR c.status IS NOT NULL)
    ORDER BY c.sequence LIMIT $2::int
  ) AS change ON true
  ORDER BY change.sequence`;

const isOld = `transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      AND ("madeAt" < statement_timestamp() - $1::float8 * interval '1 millisecond'
        OR transaction < (SELECT transaction FROM surplus))`;

// Nothing that is later than a transaction under way: places that readers take from now on lie behind all that is forgotten.
// How many there are is told by their numbers. Some numbers are of no change, so fewer may be kept.
const forget = `
  WITH surplus AS MATERIALIZED (
    SELECT transaction FROM "ObjectChange" WHERE sequence <= (SELECT max(sequence) FROM "ObjectChange") - $2::int
    ORDER BY sequence DESC LIMIT 1
  ), old AS (
    -- No more than one is read when that one is to be kept.
    SELECT sequence FROM (SELECT * FROM "ObjectChange" ORDER BY transaction LIMIT $3::int) AS c
    WHERE (SELECT ${isOld} FROM "ObjectChange" ORDER BY transaction LIMIT 1) AND ${isOld}
  ), gone AS (
    DELETE FROM "ObjectChange" AS c USING old WHERE c.sequence = old.sequence RETURNING c.transaction
  ), noted AS (
    UPDATE "ChangeHorizon" SET transaction = greatest(transaction, (SELECT max(transaction) FROM gone))
    WHERE EXISTS (SELECT FROM gone)
  )
  SELECT transaction FROM gone`;
