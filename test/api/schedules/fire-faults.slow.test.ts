import { afterAll, beforeAll, expect, test } from 'vitest';
import { fireNextSchedule } from '../../../src/domain/schedules/fire-schedule.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { failingWrites } from '../../kit/faults/failing-writes.ts';
import { done } from '../../kit/verbs/call.ts';
import { gatewayOn } from '../../kit/verbs/execution.ts';
import { replaceClock, shortly, ticksOf, type ScheduleClock } from '../../kit/verbs/schedules.ts';

let app: TestApp;
let clock: ScheduleClock;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  clock = await replaceClock(app, '2026-06-01T00:30Z');
});
afterAll(async () => {
  await clock.restore();
  await app.stop();
});

async function make(name: string, rest: object = {}): Promise<string> {
  const input = { job: 'desk/dev/tickets', name, interval: '0 * * * *', ...rest };
  const { schedule } = await done<{ schedule: { id: string } }>(
    app,
    'createSchedule',
    input,
    'schedule { id }',
  );
  return schedule.id;
}

const counts = async (): Promise<object> => {
  const { prisma } = app.app.store;
  return { ticks: await prisma.scheduleTick.count(), runs: await prisma.run.count() };
};

test('a gateway that fails at any write of a tick leaves nothing of it, and the next one does all of it', async () => {
  const id = await make('at-each-write', { overlap: 'CANCEL_RUNNING' });
  const gateway = gatewayOn(app);
  await clock.set('2026-06-01T01:00Z');
  await fireNextSchedule(gateway, []);
  await clock.set('2026-06-01T02:00Z');
  const before = await counts();
  const writes = await failingWrites(app.app.store);
  let failures = 0;
  for (let n = 1; ; n += 1) {
    await writes.succeed();
    await writes.failFrom(n);
    const failed = await fireNextSchedule(gateway, []).then(
      () => false,
      () => true,
    );
    if (!failed) break;
    failures += 1;
    expect(await counts()).toEqual(before);
    expect(shortly(await ticksOf(app, id))).toEqual(['01:00 RUN']);
  }
  await writes.remove();
  // A run, its blocks, the end of the former run, the tick, and the schedule.
  expect(failures).toBeGreaterThanOrEqual(5);
  expect(shortly(await ticksOf(app, id))).toEqual(['01:00 RUN', '02:00 RUN']);
  expect(await fireNextSchedule(gateway, [])).toBeNull();
});

test('a schedule that cannot be decided keeps no other from its time', async () => {
  const broken = await make('broken');
  const good = await make('good');
  await clock.set('2026-06-01T03:00Z');
  const gateway = gatewayOn(app);
  const row = await app.app.store.prisma.schedule.findFirstOrThrow({ where: { name: 'broken' } });
  // It comes first.
  await app.app.store.prisma.schedule.update({
    where: { id: row.id },
    data: { nextTickAt: new Date('2026-06-01T02:59Z') },
  });
  for (let i = 0; i < 5; i += 1) await fireNextSchedule(gateway, [row.id]);
  expect(shortly(await ticksOf(app, good))).toEqual(['03:00 RUN']);
  expect(await ticksOf(app, broken)).toEqual([]);
});

test('a schedule that is deleted or paused while a tick is due starts no run', async () => {
  await clock.set('2026-06-01T03:10Z');
  const deleted = await make('deleted-while-due', { interval: '20 * * * *' });
  const paused = await make('paused-while-due', { interval: '20 * * * *' });
  await clock.set('2026-06-01T03:30Z');
  await done(app, 'deleteSchedule', { schedule: deleted }, 'schedule { id }');
  await done(app, 'pauseSchedule', { schedule: paused }, 'schedule { id }');
  const gateway = gatewayOn(app);
  while ((await fireNextSchedule(gateway, [])) !== null);
  expect(await ticksOf(app, deleted)).toEqual([]);
  expect(await ticksOf(app, paused)).toEqual([]);
});

test('gateways that decide at the same moment start one run for each tick', async () => {
  const ids = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => make(`together-${n}`, { overlap: 'ALLOW' })));
  await clock.set('2026-06-01T04:00Z');
  const gateways = Array.from({ length: 5 }, () => gatewayOn(app));
  await Promise.all(
    gateways.map(async (gateway) => {
      while ((await fireNextSchedule(gateway, [])) !== null);
    }),
  );
  for (const id of ids) expect(shortly(await ticksOf(app, id))).toEqual(['04:00 RUN']);
});
