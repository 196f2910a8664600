import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';
import { replaceClock, type ScheduleClock } from '../../kit/verbs/schedules.ts';

let app: TestApp;
let clock: ScheduleClock;
beforeAll(async () => {
  const projects = [{ name: 'desk', directory: fixture('desk') }];
  app = await startTestApp({ projects, firesSchedules: true, polls: false });
  // The schedules of the file are due by the clock, too.
  const pause = { environment: 'desk/dev', schedules: 'PAUSED' };
  await done(app, 'updateEnvironment', pause, 'environment { id }');
  clock = await replaceClock(app, '2026-06-01T12:00Z');
});
afterAll(async () => {
  await clock.restore();
  await app.stop();
});

test('each of many schedules that are due at once takes as many statements as one of few', async () => {
  const { query } = app.app.store.database;
  const input = { job: 'desk/dev/tickets', name: 'first', interval: '0 0 * * *', overlap: 'ALLOW' };
  await done(app, 'createSchedule', input, 'schedule { id }');
  const add = (from: number, to: number) =>
    query(
      `INSERT INTO "Schedule" SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'name', 'copy-' || n))).*
       FROM "Schedule" AS s, generate_series($1::int, $2::int) AS n WHERE s.name = 'first'`,
      [from, to],
    );
  const midnight = async (time: string): Promise<number> =>
    (await app.counting(() => clock.at(time))).statements.length;
  await add(2, 10);
  const few = await midnight('2026-06-02T00:00Z');
  await add(11, 50);
  const many = await midnight('2026-06-03T00:00Z');
  expect(many).toBeLessThanOrEqual(5 * few);
  const [made] = await query(
    `SELECT count(*)::int AS ticks, count("runId")::int AS runs FROM "ScheduleTick" WHERE outcome = 'RUN'`,
    [],
  );
  expect(made).toEqual({ ticks: 60, runs: 60 });
});
