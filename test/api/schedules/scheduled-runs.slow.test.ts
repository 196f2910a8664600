import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copySample, type Sample } from '../../kit/data/sample.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { standIn } from '../../kit/meltano/stand-in.ts';
import { done } from '../../kit/verbs/call.ts';
import { linesOf, runEnded } from '../../kit/verbs/runs.ts';
import { replaceClock, ticksOf, type ScheduleClock } from '../../kit/verbs/schedules.ts';

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
