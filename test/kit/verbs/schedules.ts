import { expect } from 'vitest';
import type { TestApp } from '../app.ts';

/** A clock of schedules that stands still until it is set. All gateways on the database have it. */
export interface ScheduleClock {
  /** Sets the clock, and waits until all ticks are decided that are due by then. */
  at: (time: string) => Promise<void>;
  /** Sets the clock and tells nobody. */
  set: (time: string) => Promise<void>;
  /** Waits until nothing is due. */
  settled: () => Promise<void>;
  /** Gives the database its own clock again: another test gets the same database. */
  restore: () => Promise<void>;
}

/** Replaces the clock of schedules in the database of a gateway. */
export async function replaceClock({ app }: Pick<TestApp, 'app'>, start: string): Promise<ScheduleClock> {
  const { query } = app.store.database;
  await query('CREATE TABLE IF NOT EXISTS "TestClock" (now timestamptz NOT NULL)', []);
  await query('DELETE FROM "TestClock"', []);
  await query('INSERT INTO "TestClock" VALUES ($1::timestamptz)', [start]);
  await query(
    `CREATE OR REPLACE FUNCTION "gatewayNow"() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now FROM "TestClock"'`,
    [],
  );
  const set = async (time: string): Promise<void> => {
    await query('UPDATE "TestClock" SET now = $1::timestamptz', [time]);
  };
  const settled = async (): Promise<void> => {
    await query(`SELECT pg_notify('meltano_graphql', '{"topic":"SCHEDULE"}')`, []);
    await expect
      .poll(
        async () => {
          const [row] = await query(
            'SELECT count(*)::int AS due FROM "Schedule" WHERE "nextTickAt" <= "gatewayNow"()',
            [],
          );
          return row?.due;
        },
        { interval: 10 },
      )
      .toBe(0);
  };
  return {
    set,
    settled,
    restore: async () => {
      await query(
        `CREATE OR REPLACE FUNCTION "gatewayNow"() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT statement_timestamp()'`,
        [],
      );
      await query('DROP TABLE "TestClock"', []);
    },
    at: async (time) => {
      await set(time);
      await settled();
    },
  };
}

/** A tick as the API shows it. */
export interface Tick {
  dueAt: string;
  lastDueAt: string;
  count: number;
  outcome: 'RUN' | 'SKIPPED' | 'MISSED';
  reason: string | null;
  message: string | null;
  lateSeconds: number;
  run: { id: string; status: string; trigger: string; scheduledFor: string } | null;
  blockingRun: { id: string } | null;
}

/** The ticks of a schedule, the oldest first. */
export async function ticksOf(app: Pick<TestApp, 'query'>, id: string): Promise<Tick[]> {
  const { node } = await app.query<{ node: { ticks: { nodes: Tick[] } } }>(
    `query ($id: ID!) { node(id: $id) { ... on Schedule { ticks(first: 100) { nodes {
      dueAt lastDueAt count outcome reason message lateSeconds run { id status trigger scheduledFor } blockingRun { id }
    } } } } }`,
    { id },
  );
  return node.ticks.nodes.toReversed();
}

/** Ticks as short texts: `06:00 RUN`, `05:00 MISSED NO_CATCH_UP`. */
export function shortly(ticks: readonly Tick[]): string[] {
  return ticks.map(({ dueAt, outcome, reason, count }) =>
    [dueAt.slice(11, 16), outcome, reason, count > 1 ? `×${count}` : null]
      .filter((part) => part !== null)
      .join(' '),
  );
}

/** Ends a run as if a worker had executed it. */
export async function endRun({ app }: Pick<TestApp, 'app'>, id: string, status = 'SUCCEEDED'): Promise<void> {
  const [, uuid = ''] = Buffer.from(id, 'base64url').toString().split(':');
  const run = await app.store.runs.byId(uuid);
  if (!run) throw new Error(`There is no run ${id}.`);
  await app.store.database.query(
    `UPDATE "Run" SET status = $2::text::"RunStatus", "startedAt" = statement_timestamp(), "endedAt" = statement_timestamp()
     WHERE id = $1::uuid`,
    [uuid, status],
  );
}
