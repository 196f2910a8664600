import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/domain/naming/global-id.ts';
import type { Gateway } from '../kit/gateway.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { processesOf } from '../kit/verbs/runs.ts';
import { waitFor } from '../kit/wait.ts';
import { describeSite, type Site } from './kit.ts';

/** Ticks that come due, one each minute of the shared clock. `npm run soak` takes more. */
const ticks = Number(process.env.SOAK_TICKS ?? 240);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** The runs end at once, without a process. */
const meltano = ['--meltano', '/nonexistent/meltano'];
const gateway = ['--slots', '0', ...meltano];
const worker = ['worker', '--slots', '1', ...meltano];
const executing = ['--slots', '1', ...meltano];

/** What is killed: gateways that execute nothing, workers, and a gateway that does both. `npm run soak` takes five each. */
const processes = Number(process.env.SOAK_PROCESSES ?? 2);
const kinds = [...Array<string[][]>(processes).fill([gateway, worker]).flat(), executing];

/** Numbers from 0 to 1 that a seed settles (mulberry32). */
function drawing(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describeSite(
  'gateways and workers that are killed again and again',
  (site) => {
    test('start one run for each tick, and lose none', { timeout: 3_600_000 }, async () => {
      console.log(`schedules under kills: ${ticks} ticks, seed ${seed}`);
      const draw = drawing(seed);
      const first = await site().start(...executing);
      const sql = await client(site().url);
      const rows = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
        (await sql.query(text, values)).rows as Row[];
      await rows('CREATE TABLE "TestClock" (now timestamptz NOT NULL)');
      await rows(`INSERT INTO "TestClock" VALUES ('2026-01-01T00:00:30Z')`);
      await rows(
        `CREATE OR REPLACE FUNCTION "gatewayNow"() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now FROM "TestClock"'`,
      );
      const { createSchedule } = await first.query<{ createSchedule: { schedule: { id: string } } }>(
        `mutation { createJob(input: { environment: "demo/dev", name: "count", tasks: [{ blocks: ["report:count"] }] }) { __typename }
           createSchedule(input: { job: "demo/dev/count", name: "each-minute", interval: "* * * * *",
           overlap: ALLOW, catchUp: ALL, catchUpWindowSeconds: 86400 }) {
             ... on CreateScheduleSuccess { schedule { id } } } }`,
      );
      expect(createSchedule.schedule.id).toBeTruthy();
      await first.kill();
      const start = (flags: readonly string[]): Promise<Gateway> => site().start(...flags);
      const started = await Promise.all(kinds.map(start));

      let isOver = false;
      let kills = 0;
      let mostMegabytes = 0;
      const killer = async (flags: readonly string[], victim: number): Promise<void> => {
        for (;;) {
          // The more there are, the longer each lives: a start keeps a core for a second.
          await sleep((0.2 + draw() * 1.2) * 1000 * kinds.length);
          if (isOver) return;
          mostMegabytes = Math.max(mostMegabytes, await megabytesOf(started[victim]));
          await started[victim]?.kill();
          kills += 1;
          started[victim] = await start(flags);
        }
      };
      const killing = Promise.all(kinds.map(killer));
      for (let minute = 1; minute <= ticks; minute += 1) {
        await rows(`UPDATE "TestClock" SET now = now + interval '1 minute'`);
        await rows(`SELECT pg_notify('meltano_graphql', '{"topic":"SCHEDULE"}')`);
        await sleep(20 + draw() * 160);
        // On a busy machine all may be starting at once. More than 100 late ticks would not all run.
        await expect
          .poll(() =>
            rows(`SELECT FROM "Schedule" WHERE "nextTickAt" <= "gatewayNow"() - interval '60 minutes'`),
          )
          .toEqual([]);
      }
      isOver = true;
      await killing;
      await expect
        .poll(() => rows('SELECT FROM "Schedule" WHERE "nextTickAt" <= "gatewayNow"()'))
        .toEqual([]);

      const [ticked] = await rows<object>(
        `SELECT count(*)::int AS ticks, count(DISTINCT "dueAt")::int AS times, sum(count)::int AS counted,
           count("runId")::int AS runs, count(DISTINCT "runId")::int AS "differentRuns", min("dueAt") AS first, max("dueAt") AS last
         FROM "ScheduleTick" WHERE "scheduleId" = (SELECT id FROM "Schedule" WHERE name = 'each-minute')`,
      );
      const last = new Date(Date.parse('2026-01-01T00:00Z') + ticks * 60_000);
      expect(ticked).toEqual({
        ...{ ticks, times: ticks, counted: ticks, runs: ticks, differentRuns: ticks },
        ...{ first: new Date('2026-01-01T00:01Z'), last },
      });
      const [ran] = await rows<object>(
        `SELECT count(*)::int AS runs, count(DISTINCT "scheduledFor")::int AS times FROM "Run" WHERE "scheduleId" IS NOT NULL`,
      );
      expect(ran).toEqual({ runs: ticks, times: ticks });
      // Also the runs of workers that died between taking one and starting it, or before its end was recorded.
      const left = (): Promise<{ status: string }[]> =>
        rows('SELECT status::text FROM "Run" WHERE "endedAt" IS NULL GROUP BY status ORDER BY status');
      const queued = async (): Promise<number> =>
        (await rows(`SELECT FROM "Run" WHERE status = 'QUEUED'`)).length;
      const waiting = await queued();
      for (let count = waiting; count > 0; count = await queued())
        await expect.poll(queued).toBeLessThan(count);
      await site().letTimePass();
      await expect.poll(left).toEqual([]);
      const ends = await rows<{ status: string }>('SELECT DISTINCT status::text FROM "Run" ORDER BY 1');
      expect(['FAILED', 'LOST']).toEqual(expect.arrayContaining(ends.map(({ status }) => status)));
      const [latest] = await rows<{ minutes: number }>(
        `SELECT round(max(extract(epoch FROM "decidedAt" - "dueAt")) / 60)::int AS minutes FROM "ScheduleTick"`,
      );
      console.log(
        `${ticks} ticks, ${kills} processes killed, none lost, none doubled; ${waiting} runs waited at the end; the latest was decided ${latest?.minutes ?? 0} minutes late by their clock; no process had more than ${mostMegabytes} MB`,
      );

      await Promise.all(started.map(({ kill }) => kill()));
      await survives(site(), rows);
      await sql.end();
    });
  },
  ['server'],
);

/** A schedule whose run is lost with its worker runs again at its next tick: the lost run is in its way no more. */
async function survives(
  site: Site,
  rows: <Row>(text: string, values?: unknown[]) => Promise<Row[]>,
): Promise<void> {
  const tick = async (): Promise<{ outcome: string; reason: string | null; run: string | null }> => {
    await rows(`UPDATE "TestClock" SET now = now + interval '5 minutes'`);
    await rows(`SELECT pg_notify('meltano_graphql', '{"topic":"SCHEDULE"}')`);
    await expect.poll(() => rows('SELECT FROM "Schedule" WHERE "nextTickAt" <= "gatewayNow"()')).toEqual([]);
    const [newest] = await rows<{ outcome: string; reason: string | null; run: string | null }>(
      `SELECT t.outcome, t.reason, t."runId" AS run FROM "ScheduleTick" AS t JOIN "Schedule" AS s ON s.id = t."scheduleId"
       WHERE s.name = 'alone' ORDER BY t."dueAt" DESC LIMIT 1`,
    );
    if (!newest) throw new Error('There is no tick.');
    return newest;
  };
  const statusOf = async (run: string | null): Promise<string> =>
    (await rows<{ status: string }>('SELECT status FROM "Run" WHERE id = $1::uuid', [run]))[0]?.status ?? '';

  let alone = await site.start('--slots', '1', '--meltano', standIn('deaf.py'));
  await alone.query(
    `mutation { pauseSchedule(input: { schedule: "demo/dev/each-minute" }) { __typename }
       createSchedule(input: { job: "demo/dev/sales", name: "alone", interval: "*/5 * * * *" }) { __typename } }`,
  );
  const first = await tick();
  expect(first.outcome).toBe('RUN');
  await waitFor('Its process', async () => (await processesOf(globalId(first.run))).length > 0);
  expect(await tick()).toMatchObject({ outcome: 'SKIPPED', reason: 'OVERLAP' });
  await alone.kill();
  await site.letTimePass();
  alone = await site.start(...executing);
  await waitFor('The end of the lost run', async () => (await statusOf(first.run)) === 'LOST');
  expect((await tick()).outcome).toBe('RUN');
  expect(await processesOf(globalId(first.run))).toEqual([]);
  await alone.kill();
}

/** The most memory that a process has had. */
async function megabytesOf(gateway: Gateway | undefined): Promise<number> {
  const status = await readFile(`/proc/${gateway?.processId ?? 0}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

const globalId = (run: string | null): string => encodeGlobalId({ type: 'Run', id: run ?? '' });

async function client(url: string | null): Promise<pg.Client> {
  const made = new pg.Client({ connectionString: url ?? '' });
  await made.connect();
  return made;
}
