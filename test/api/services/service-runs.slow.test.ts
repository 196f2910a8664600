import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { subscribe } from '../../kit/events.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { linesOf, processesOf, readRun, runEnded, runToEnd } from '../../kit/verbs/runs.ts';
import { copySample, type Sample } from '../../kit/data/sample.ts';
import { askService, pageOf, readService, serviceWhen, type ServiceFacts } from '../../kit/verbs/services.ts';
import { waitFor } from '../../kit/wait.ts';

const environment = 'demo/dev';
const isRunning = ({ status }: ServiceFacts): boolean => status === 'RUNNING';

describeWithMeltano('services of the real Meltano', () => {
  let app: TestApp;
  let sample: Sample;
  beforeAll(async () => {
    sample = await copySample();
    const options = { meltano: meltano ?? '', slots: 1, serviceSlots: 1 };
    app = await startTestApp({ projects: [sample.project], ...options });
  });
  afterAll(async () => {
    await app.stop();
    await sample.remove();
  });

  test('serve, take no slot of the runs, and are stopped in order', async () => {
    const input = { environment, name: 'page', command: 'report:serve', args: ['0'], start: true };
    const { id } = await askService(app, 'createService', input);
    const statuses: string[] = [];
    const following = (async () => {
      const query = `subscription { serviceUpdated(service: "${environment}/page") { status } }`;
      for await (const { data } of subscribe<{ serviceUpdated: { status: string } }>(app.url, query)) {
        statuses.push(data?.serviceUpdated.status ?? '');
        if (data?.serviceUpdated.status === 'STOPPED') return;
      }
    })();
    const service = await serviceWhen(app, id, 'runs', isRunning);
    const run = service.currentRun?.id ?? '';
    expect(await (await fetch(await pageOf(app, run))).text()).toMatch(/^Corner Shop: 0 files/);
    // What it says on both of its streams is its own.
    const lines = await waitFor('The request in the log', async () => {
      const all = await linesOf(app, run);
      return all.some(({ message }) => message.includes('"GET / HTTP/1.1" 200')) && all;
    });
    expect(new Set(lines.map(({ plugin }) => plugin))).toEqual(new Set([null, 'report']));

    const other = await askService(app, 'createService', { ...input, name: 'other' });
    const counted = await runToEnd(app, 'runCommand', { environment, command: 'report:count' });
    expect(counted.status).toBe('SUCCEEDED');
    // There is one slot for services.
    expect((await readService(app, other.id)).status).toBe('STARTING');

    await askService(app, 'stopService', { service: id });
    expect(await runEnded(app, run)).toMatchObject({ status: 'CANCELLED', endReason: 'CANCEL_REQUESTED' });
    expect(await processesOf(run)).toEqual([]);
    await following;
    expect(statuses.slice(-3)).toEqual(['RUNNING', 'STOPPING', 'STOPPED']);
    await serviceWhen(app, other.id, 'runs', isRunning);
    await askService(app, 'stopService', { service: other.id });
  });

  test('are started again when they fail, and given up after so many times', async () => {
    const { id } = await askService(app, 'createService', {
      ...{ environment, name: 'broken', command: 'report:always-fails', start: true },
      ...{ maxRestarts: 1, backoffInitialSeconds: 1 },
    });
    const { statusReason } = await serviceWhen(app, id, 'is given up', ({ status }) => status === 'FAILED');
    expect(statusReason).toBe('It was given up after 1 restart in a row. meltano ended with exit code 1.');
    const { node } = await app.query<{ node: { runs: { nodes: { id: string }[] } } }>(
      `query ($id: ID!) { node(id: $id) { ... on Service { runs { nodes { id } } } } }`,
      { id },
    );
    expect(node.runs.nodes).toHaveLength(2);
    const messages = (await linesOf(app, node.runs.nodes[0]?.id ?? '')).map(({ message }) => message);
    expect(messages).toContain('The ledger is locked: this command always fails');
  });

  test('have their new arguments when they are restarted, after the old process has ended', async () => {
    const service = `${environment}/page`;
    const { id } = await askService(app, 'startService', { service });
    const first = (await serviceWhen(app, id, 'runs', isRunning)).currentRun?.id ?? '';
    // Free by then, or the new process would fail to listen on it.
    const { port } = new URL(await pageOf(app, first));
    await askService(app, 'updateService', { service, args: [port] });
    await askService(app, 'restartService', { service });
    const { currentRun } = await serviceWhen(
      app,
      id,
      'has another run',
      (one) => one.currentRun !== null && one.currentRun.id !== first,
    );
    expect(new URL(await pageOf(app, currentRun?.id ?? '')).port).toBe(port);
    expect((await readRun(app, first)).endReason).toBe('CANCEL_REQUESTED');
    await askService(app, 'stopService', { service });
    await serviceWhen(app, id, 'has stopped', ({ status }) => status === 'STOPPED');
  });
});
