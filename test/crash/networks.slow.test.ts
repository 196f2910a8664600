import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../bench/database/postgres.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { sharedBuild } from '../kit/shared-build.ts';
import { ask, linesOf, processesOf, readRun, runEnded, runWhen, type Client } from '../kit/verbs/runs.ts';
import { waitFor } from '../kit/wait.ts';
import { clientOf } from './kit.ts';
import { describeWithNetworks, makeNetwork, type Network } from './networks.ts';
import { describeWithOwnServer } from './own-server.ts';

const lines = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1));

describeWithNetworks('two workers, each in a network of its own', () => {
  describeWithOwnServer('and one server', () => {
    let networks: Network[] = [];
    let parent: string;
    let sample: Sample;
    let server: Cluster;
    let client: Client;
    const started: Gateway[] = [];
    beforeAll(async () => {
      networks = [makeNetwork(), makeNetwork()];
      parent = await mkdtemp(join(tmpdir(), 'meltano-graphql-networks-'));
      sample = await copySample();
      const access = join(parent, 'pg_hba.conf');
      await writeFile(access, 'host all all 127.0.0.1/32 trust\nhost all all 10.0.0.0/8 trust\n');
      // The server is another user's.
      await chmod(parent, 0o755);
      server = await startCluster({
        fsync: 'off',
        hba_file: access,
        listen_addresses: ['127.0.0.1', ...networks.map(({ host }) => host)].join(),
      });
      client = clientOf((await start([], '127.0.0.1', 'serve', '--slots', '0', '--port', '0')).url);
    });
    afterAll(async () => {
      await Promise.all(started.map(({ kill }) => kill()));
      await server.stop();
      for (const { remove } of networks) remove();
      await sample.remove();
      await rm(parent, { recursive: true, force: true });
    });

    async function start(within: readonly string[], host: string, ...args: string[]): Promise<Gateway> {
      const { main } = await sharedBuild();
      const url = new URL(server.url);
      url.hostname = host;
      const one = await startGateway({
        command: [
          ...[...within, process.execPath, main, ...args, '--meltano', standIn('ticking.py')],
          ...['--project', `demo=${sample.project.directory}`, '--log-level', 'fatal'],
          ...['--data-directory', join(parent, String(started.length))],
        ],
        env: { DATABASE_URL: url.href },
      });
      started.push(one);
      return one;
    }
    const startIn = (network: Network): Promise<Gateway> => start(network.within, network.host, 'worker');
    const request = async (count: number): Promise<string> => {
      const env = [{ name: 'TICKING_LINES', value: String(count) }];
      return (await ask(client, 'runJob', { job: 'demo/dev/sales', env })).id;
    };
    const messagesOf = async (id: string): Promise<string[]> =>
      (await linesOf(client, id)).map(({ message }) => message);

    test('a cut that heals in time costs nothing; one that lasts ends the run before another worker begins the next', async () => {
      const [near, far] = networks as [Network, Network];
      const cutOff = await startIn(near);
      const short = await request(150);
      await runWhen(client, short, 'writes', ({ logCount }) => logCount > 5);
      near.cut();
      await sleep(20_000);
      near.join();
      expect(await runEnded(client, short)).toMatchObject({ status: 'SUCCEEDED', workerId: cutOff.url });
      expect(await messagesOf(short)).toEqual(lines(150));

      const long = await request(10_000);
      await runWhen(client, long, 'writes', ({ logCount }) => logCount > 5);
      const other = await startIn(far);
      // It needs the state that the first one holds.
      const next = await request(10);
      near.cut();
      const gone = waitFor(
        'The end of the processes',
        async () => (await processesOf(long)).length === 0 && Date.now(),
      );
      const begun = await runWhen(client, next, 'has started', ({ startedAt }) => startedAt !== null);
      expect(begun.workerId).toBe(other.url);
      expect(await gone).toBeLessThan(Date.parse(begun.startedAt ?? ''));
      const lost = await readRun(client, long);
      expect(lost).toMatchObject({ status: 'LOST', endReason: 'WORKER_LOST', workerId: cutOff.url });
      expect(await runEnded(client, next)).toMatchObject({ status: 'SUCCEEDED' });

      // What comes late changes nothing, and the worker works on.
      near.join();
      await other.stop();
      const last = await request(10);
      expect(await runEnded(client, last)).toMatchObject({ status: 'SUCCEEDED', workerId: cutOff.url });
      expect(await readRun(client, long)).toEqual(lost);
      const kept = await messagesOf(long);
      expect(kept).toEqual(lines(kept.length));
    });
  });
});
