import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../bench/database/postgres.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { ask, linesOf, processesOf, readRun, runEnded, runWhen, type Client } from '../kit/verbs/runs.ts';
import { waitFor } from '../kit/wait.ts';
import { makeSite, type Site } from './kit.ts';
import { describeWithOwnServer } from './own-server.ts';

describeWithOwnServer('a server that is away for a while', () => {
  let server: Cluster;
  let site: Site;
  beforeEach(async () => {
    server = await startCluster({ fsync: 'off' });
    site = await makeSite('server', undefined, server.url);
  });
  afterEach(async () => {
    await site.remove();
    await server.stop();
  });

  const start = () => site.start('--meltano', standIn('late.py'), '--slots', '4');
  /** Starts a run that ends after some seconds, and waits until it has written its first line. */
  const begin = async (client: Client, seconds: number): Promise<string> => {
    const env = [{ name: 'LATE_SECONDS', value: String(seconds) }];
    const { id } = await ask(client, 'runJob', { job: 'demo/dev/sales', stateIdSuffix: randomUUID(), env });
    await runWhen(client, id, 'has a line', ({ logCount }) => logCount === 1);
    return id;
  };
  const messagesOf = async (client: Client, id: string): Promise<string[]> =>
    (await linesOf(client, id)).map(({ message }) => message);
  const whole = ['the first line', 'the last line'];

  test('costs no run its end; what runs is stopped in time, and LOST as soon as the server is back', async () => {
    const gateway = await start();
    const long = await begin(gateway, 300);
    const short = await begin(gateway, 5);
    await server.halt();
    await sleep(12_000);
    await server.start();
    expect(await runEnded(gateway, short)).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
    expect(await messagesOf(gateway, short)).toEqual(whole);
    expect((await readRun(gateway, long)).status).toBe('RUNNING');

    const late = await begin(gateway, 5);
    const haltedAt = Date.now();
    await server.halt();
    await waitFor('The end of the run', async () => (await processesOf(long)).length === 0);
    expect(Date.now() - haltedAt).toBeGreaterThan(25_000);
    await server.start();
    const backAt = Date.now();
    const ended = await runEnded(gateway, late);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', endReason: 'COMPLETED', exitCode: 0 });
    // When it ended, not when that could be recorded.
    expect(Date.parse(ended.endedAt ?? '') - haltedAt).toBeLessThan(25_000);
    expect(await messagesOf(gateway, late)).toEqual(whole);
    expect(await runEnded(gateway, long)).toMatchObject({
      status: 'LOST',
      endReason: 'WORKER_LOST',
      logCount: 1,
    });
    expect(Date.now() - backAt).toBeLessThan(60_000);
    await waitFor('The end of their files', async () => (await site.runDirectories()).length === 0);
  });

  test('and the gateway killed meanwhile, costs no run its end either', async () => {
    let gateway = await start();
    const id = await begin(gateway, 4);
    await server.halt();
    await waitFor('The end of the run', async () => (await processesOf(id)).length === 0);
    await sleep(4000);
    await gateway.kill();
    await server.start();
    gateway = await start();
    expect(await runEnded(gateway, id)).toMatchObject({ status: 'SUCCEEDED', endReason: 'COMPLETED' });
    expect(await messagesOf(gateway, id)).toEqual(whole);
  });
});
