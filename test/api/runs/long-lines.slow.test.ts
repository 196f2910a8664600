import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { ask, linesOf, readRun } from '../../kit/verbs/runs.ts';
import { copySample, type Sample } from '../../kit/data/sample.ts';
import { standIn } from '../../kit/meltano/stand-in.ts';
import { waitFor } from '../../kit/wait.ts';

let app: TestApp;
let sample: Sample;
beforeAll(async () => {
  sample = await copySample();
  app = await startTestApp({ projects: [sample.project], meltano: standIn('long-lines.py'), slots: 1 });
});
afterAll(async () => {
  await app.stop();
  await sample.remove();
});

test.each([
  ['a line of 1.2 million letters', 1_200_000, 3],
  ['an endless line, as far as it goes', 100_000_000, 1],
])('a run that writes %s succeeds, and the gateway answers meanwhile', async (_what, length, lines) => {
  const { id } = await ask(app, 'runJob', {
    job: 'demo/dev/sales',
    env: [
      { name: 'LONG_LENGTH', value: String(length) },
      { name: 'LONG_LINES', value: String(lines) },
    ],
  });
  let slowest = 0;
  const run = await waitFor('The end of the run', async () => {
    const asked = performance.now();
    const now = await readRun(app, id);
    slowest = Math.max(slowest, performance.now() - asked);
    return now.endedAt !== null && now;
  });
  expect(run).toMatchObject({ status: 'SUCCEEDED', logCount: lines });
  // A pattern that takes quadratic time held the gateway for many minutes.
  expect(slowest).toBeLessThan(20_000);
  const kept = 'x'.repeat(64 * 1024);
  for (const { message, level } of await linesOf(app, id)) {
    expect(message.startsWith(`${kept}… [`)).toBe(true);
    expect(level).toBe('INFO');
  }
});
