import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copySample, type Sample } from '../../kit/data/sample.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { gated, openGate } from '../../kit/meltano/gated.ts';
import { standIn } from '../../kit/meltano/stand-in.ts';
import { done } from '../../kit/verbs/call.ts';
import { linesOf, processesOf, readRun, runEnded, runWhen } from '../../kit/verbs/runs.ts';
import { replaceClock, shortly, ticksOf, type ScheduleClock } from '../../kit/verbs/schedules.ts';

let sample: Sample;
let app: TestApp;
beforeAll(async () => {
  sample = await copySample();
  await appendFile(
    join(sample.project.directory, 'meltano.yml'),
    `  - name: by-pair
    interval: '@manual'
    extractor: tap-till
    loader: target-files
    transform: skip
    env: { TAP_TILL_ROWS: '3', TAP_TILL_API_KEY: kept-in-the-file-only }
`,
  );
});
afterAll(() => sample.remove());

const trigger = async (schedule: string): Promise<string> => {
  const { startedRun } = await done<{ startedRun: { id: string } }>(
    app,
    'triggerSchedule',
    { schedule },
    'startedRun { id }',
  );
  return startedRun.id;
};

describeWithMeltano('an extract-load schedule', () => {
  beforeAll(async () => {
    app = await startTestApp({ projects: [sample.project], meltano: meltano ?? '', slots: 1 });
  });
  afterAll(() => app.stop());

  test('runs as Meltano would: its name is the state id, and its variables come from its file', async () => {
    const first = await runEnded(app, await trigger('demo/dev/by-pair'));
    expect(first).toMatchObject({
      ...{ status: 'SUCCEEDED', command: 'tap-till target-files', errorMessage: null },
      blocks: { nodes: [{ kind: 'EXTRACT_LOAD', stateId: 'by-pair', status: 'SUCCEEDED' }] },
      states: { nodes: [{ stateId: 'by-pair' }] },
    });
    const [before] = first.states.nodes;
    const second = await runEnded(app, await trigger('demo/dev/by-pair'));
    expect(second.status).toBe('SUCCEEDED');
    expect(second.states.nodes[0]?.merged).not.toEqual(before?.merged);
    const stored = await app.app.store.prisma.run.findMany({ select: { env: true } });
    expect(JSON.stringify(stored)).not.toContain('kept-in-the-file-only');
    const lines = JSON.stringify(await linesOf(app, second.id));
    expect(lines).not.toContain('kept-in-the-file-only');
  });
});

test('the child of a scheduled run knows the time of its tick', async () => {
  let clock: ScheduleClock | undefined;
  app = await startTestApp({
    ...{ projects: [sample.project], meltano: standIn('environment.py'), slots: 1 },
    firesSchedules: true,
  });
  try {
    clock = await replaceClock(app, '2026-06-01T00:30Z');
    const input = { job: 'demo/dev/sales', name: 'hourly', interval: '0 * * * *' };
    const { schedule } = await done<{ schedule: { id: string } }>(
      app,
      'createSchedule',
      input,
      'schedule { id }',
    );
    await clock.at('2026-06-01T01:00:10Z');
    const [tick] = await ticksOf(app, schedule.id);
    const run = await runEnded(app, tick?.run?.id ?? '');
    const lines = await linesOf(app, run.id);
    expect(JSON.stringify(lines)).toContain('MELTANO_GATEWAY_SCHEDULED_FOR');
    expect(JSON.stringify(lines)).toContain('2026-06-01T01:00:00.000Z');
  } finally {
    await clock?.restore();
    await app.stop();
  }
});

test('a run that takes longer than the time between two ticks: what each policy makes of the next ones', async () => {
  let clock: ScheduleClock | undefined;
  app = await startTestApp({
    ...{ projects: [sample.project], meltano: gated, slots: 6, graceSeconds: 1 },
    firesSchedules: true,
  });
  try {
    clock = await replaceClock(app, '2026-06-01T09:58Z');
    const make = async (overlap: string, blocks: string[]): Promise<string> => {
      const job = { environment: 'demo/dev', name: overlap, tasks: [{ blocks }] };
      await done(app, 'createJob', job, 'job { id }');
      const input = { job: `demo/dev/${overlap}`, name: overlap, interval: '*/5 * * * *', overlap };
      type Made = { schedule: { id: string } };
      return (await done<Made>(app, 'createSchedule', input, 'schedule { id }')).schedule.id;
    };
    const [queue, cancel, allow] = [
      await make('QUEUE', ['report:count']),
      await make('CANCEL_RUNNING', ['report:count']),
      await make('ALLOW', ['tap-till', 'target-files']),
    ];
    const runsOf = async (schedule: string): Promise<string[]> =>
      (await ticksOf(app, schedule)).flatMap(({ run }) => run?.id ?? []);
    await clock.at('2026-06-01T10:00Z');
    const first = async (schedule: string): Promise<string> => (await runsOf(schedule))[0] ?? '';
    for (const schedule of [queue, cancel, allow]) {
      await runWhen(
        app,
        await first(schedule),
        'is running',
        ({ status, logCount }) => status === 'RUNNING' && logCount > 0,
      );
    }
    await clock.at('2026-06-01T10:05Z');
    // The next one starts when the last process of the first is gone.
    const [cancelled = '', second = ''] = await runsOf(cancel);
    const begun = await runWhen(app, second, 'is running', ({ status }) => status === 'RUNNING');
    expect(await processesOf(cancelled)).toEqual([]);
    const ended = await readRun(app, cancelled);
    expect(ended.status).toBe('CANCELLED');
    expect(Date.parse(begun.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(ended.endedAt ?? ''));

    const [running = '', waits = ''] = await runsOf(queue);
    expect(await readRun(app, waits)).toMatchObject({ status: 'QUEUED' });
    await clock.at('2026-06-01T10:10Z');
    expect(shortly(await ticksOf(app, queue))).toEqual(['10:00 RUN', '10:05 RUN', '10:10 SKIPPED OVERLAP']);
    await openGate(sample.project.directory, running);
    await runEnded(app, running);
    await runWhen(app, waits, 'is running', ({ status }) => status === 'RUNNING');

    // They are beside each other, and wait for the state id that they share.
    const beside = await runsOf(allow);
    expect(beside).toHaveLength(3);
    for (const id of beside.slice(1)) {
      const { waitingFor } = await runWhen(app, id, 'waits', (run) => run.waitingFor !== null);
      expect(waitingFor?.stateId).toBe('dev:tap-till-to-target-files');
    }
    for (const schedule of [queue, cancel, allow]) {
      await done(app, 'deleteSchedule', { schedule }, 'schedule { id }');
      for (const id of await runsOf(schedule)) await openGate(sample.project.directory, id);
    }
  } finally {
    await clock?.restore();
    await app.stop();
  }
});
