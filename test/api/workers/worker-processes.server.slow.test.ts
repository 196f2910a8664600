import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnServer, freshDatabase, type TestDatabase } from '../../kit/database.ts';
import { copyOf, type ProjectCopy } from '../../kit/data/projects.ts';
import { expectEndedWell, startGateway, type Gateway } from '../../kit/gateway.ts';
import { gated, openGate } from '../../kit/meltano/gated.ts';
import { sharedBuild } from '../../kit/shared-build.ts';
import { done } from '../../kit/verbs/call.ts';
import { ask, readRun, runEnded, runWhen, type Client } from '../../kit/verbs/runs.ts';
import { waitFor } from '../../kit/wait.ts';

describeOnServer('on a server', () => {
  let database: TestDatabase;
  let parent: string;
  const started: Gateway[] = [];
  beforeAll(async () => {
    database = await freshDatabase();
    parent = await mkdtemp(join(tmpdir(), 'meltano-graphql-workers-'));
  });
  afterAll(async () => {
    await Promise.all(started.map(({ kill }) => kill()));
    await database.drop();
    await rm(parent, { recursive: true, force: true });
  });

  async function start(...args: string[]): Promise<Gateway> {
    const { main } = await sharedBuild();
    const url = database.location.kind === 'SERVER' ? database.location.url : '';
    const one = await startGateway({
      command: [
        ...[process.execPath, main, ...args, '--meltano', gated, '--log-level', 'error'],
        ...['--data-directory', join(parent, String(started.length))],
      ],
      env: { DATABASE_URL: url },
    });
    started.push(one);
    return one;
  }

  const send =
    (url: string): Client['query'] =>
    async (query, variables = {}) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return ((await response.json()) as { data: never }).data;
    };

  test('workers execute what the gateway only takes, each what it has the files for, and leave in order', async () => {
    const imported = await copyOf('desk');
    const same = await copyOf('desk', 'same');
    const stale = await copyOf('desk', 'stale');
    await stale.edit('tap-calls==1.0', 'tap-calls==0.9');
    const gateway = await start(
      'serve',
      '--slots',
      '0',
      '--port',
      '0',
      '--project',
      `desk=${imported.directory}`,
    );
    const client: Client = { query: send(gateway.url) };
    let count = 0;
    const request = async (): Promise<string> =>
      (await ask(client, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: `p${(count += 1)}` })).id;
    const startWorker = (copy: ProjectCopy, ...flags: string[]): Promise<Gateway> =>
      start('worker', '--project', `desk=${copy.directory}`, ...flags);
    const isRunning = (id: string) => runWhen(client, id, 'runs', ({ logCount }) => logCount > 0);
    const workers = async (): Promise<{ name: string; status: string; id: string }[]> =>
      (
        await client.query<{ workers: { nodes: { name: string; status: string; id: string }[] } }>(
          '{ workers { nodes { id name status } } }',
        )
      ).workers.nodes;

    // The first worker gets the message of the run, and cannot take it.
    const wrong = await startWorker(stale);
    const first = await request();
    await waitFor('The worker', async () => (await workers()).length === 1);
    const right = await startWorker(same, '--max-runs', '3', '--slots', '1');
    expect(await isRunning(first)).toMatchObject({ workerId: right.url });
    // Its message may come to either of them.
    const next = [await request(), await request()];
    await openGate(same.directory, first);
    for (const id of next) await openGate(same.directory, id);
    for (const id of [first, ...next])
      expect(await runEnded(client, id)).toMatchObject({ status: 'SUCCEEDED', workerId: right.url });
    expectEndedWell(await right.ended);
    expect((await workers()).map(({ name }) => name)).toEqual([wrong.url]);

    // A drained worker goes on with what it has, and the next run goes to another one.
    const [one, two] = [await startWorker(same), await startWorker(same)];
    const kept = await request();
    const { workerId } = await isRunning(kept);
    const [holder, other] = workerId === one.url ? [one, two] : [two, one];
    const row = (await workers()).find(({ name }) => name === holder.url);
    await done(client, 'drainWorker', { id: row?.id }, '__typename');
    const moved = await request();
    expect(await isRunning(moved)).toMatchObject({ workerId: other.url });
    // A signal drains, too; the worker stays alive until its run has ended.
    const stopped = other.stop();
    await waitFor('The worker that drains', async () =>
      (await workers()).some(({ name, status }) => name === other.url && status === 'DRAINING'),
    );
    await openGate(same.directory, moved);
    expect(await runEnded(client, moved)).toMatchObject({ status: 'SUCCEEDED' });
    expectEndedWell(await stopped);
    // The second signal ends the runs, and they say so.
    process.kill(holder.processId, 'SIGTERM');
    await waitFor('The log', async () =>
      (
        await client.query<{ workers: { nodes: { name: string; isStopping: boolean }[] } }>(
          '{ workers { nodes { name isStopping } } }',
        )
      ).workers.nodes.some(({ name, isStopping }) => name === holder.url && isStopping),
    );
    expect((await readRun(client, kept)).status).toBe('RUNNING');
    expectEndedWell(await holder.stop());
    expect(await readRun(client, kept)).toMatchObject({ status: 'CANCELLED', endReason: 'SHUTDOWN' });

    // One that has nothing to do ends by itself.
    expectEndedWell(await (await startWorker(same, '--idle-exit', '1')).ended);
    expectEndedWell(await wrong.stop());
    expect(await workers()).toEqual([]);
    expectEndedWell(await gateway.stop());
  });
});
