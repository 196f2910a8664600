import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installDemoPlugins } from '../../src/demo/install-plugins.ts';
import type { TestApp } from '../kit/app.ts';
import { describeWithMeltano, meltano } from '../kit/meltano/meltano.ts';
import { ask, askFor, linesOf, runEnded, runToEnd, runWhen } from '../kit/verbs/runs.ts';
import type { Sample } from '../kit/data/sample.ts';
import { startSampleApp } from '../kit/sample-app.ts';

describeWithMeltano('plugins from PyPI', () => {
  let app: TestApp;
  let sample: Sample;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ app, sample, stop } = await startSampleApp());
  });
  afterAll(async () => {
    await stop();
    expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('are missing at first, are installed by a run, and then work', async () => {
    const job = 'demo/dev/shop-to-csv';
    const tooEarly = await runToEnd(app, 'runJob', { job });
    expect(tooEarly).toMatchObject({ status: 'FAILED', endReason: 'EXITED', exitCode: 1 });
    expect(tooEarly.errorMessage).toMatch(/tap-customers|tap-jsonl/);

    const installation = await ask(app, 'installPlugins', { project: 'demo' });
    await runWhen(app, installation.id, 'has lines', ({ logCount }) => logCount > 0);
    const another = await ask(app, 'installPlugins', {
      project: 'demo',
      plugins: ['demo/extractors/tap-jsonl'],
    });
    const waiting = await runWhen(app, another.id, 'waits', ({ waitingFor }) => waitingFor !== null);
    expect(waiting.waitingFor).toEqual({
      run: { id: installation.id },
      stateId: null,
      message: "Another run is installing the project's plugins; this one starts when it ends.",
    });
    await ask(app, 'cancelRun', { run: another.id });

    const installed = await runEnded(app, installation.id);
    expect(installed).toMatchObject({
      status: 'SUCCEEDED',
      exitCode: 0,
      errorMessage: null,
      blocks: { nodes: [] },
      states: { nodes: [] },
    });
    expect((await linesOf(app, installed.id)).map(({ message }) => message).join('\n')).toContain(
      "Installed extractor 'tap-jsonl'",
    );

    const run = await runToEnd(app, 'runJob', { job });
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      blocks: {
        nodes: [
          { command: 'tap-customers hide-contacts target-csv', status: 'SUCCEEDED' },
          { command: 'tap-orders target-csv', status: 'SUCCEEDED' },
        ],
      },
    });
    const counted = run.metrics.nodes.filter(({ name }) => name === 'record_count');
    expect(counted.map(({ plugin, stream, value }) => [plugin, stream, value])).toEqual(
      expect.arrayContaining([
        ['tap-customers', 'customers', 8],
        ['tap-orders', 'orders', 12],
        ['target-csv', 'customers', 8],
        ['target-csv', 'orders', 12],
      ]),
    );
    const output = join(sample.project.directory, 'output', 'dev');
    const customers = await readFile(join(output, 'customers.csv'), 'utf8');
    expect(customers.trim().split('\n')).toHaveLength(9);
    expect(customers).toMatch(/^id,name,city,member\b/);
    expect(customers).not.toContain('@example.com');
    expect((await readFile(join(output, 'orders.csv'), 'utf8')).trim().split('\n')).toHaveLength(13);
  });

  test('are found by a start of the demo, and by the next one at once and without a word', async () => {
    const lines: string[] = [];
    const install = (baseEnv: NodeJS.ProcessEnv) =>
      installDemoPlugins({
        executable: meltano ?? 'meltano',
        project: sample.project.directory,
        baseEnv,
        log: (line) => lines.push(line),
      });
    expect(await install(process.env)).toEqual({ installed: true });
    expect(lines.at(0)).toMatch(/^Installing the plugins of the sample project/);
    expect(lines).toContain("Installed extractor 'tap-jsonl'");
    expect(lines.at(-1)).toMatch(/^The plugins are ready \(\d+ s\)$/);
    lines.length = 0;
    // No PATH: finding them starts no process.
    expect(await install({})).toEqual({ installed: true });
    expect(lines).toEqual([]);
  });

  test('that the project does not have are refused', async () => {
    expect(
      await askFor(app, 'installPlugins', { project: 'demo', plugins: ['demo/extractors/tap-moon'] }),
    ).toMatchObject({
      __typename: 'NotFound',
    });
  });
});
