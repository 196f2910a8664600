import { readFile, readdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../kit/database.ts';
import type { Built } from '../kit/built.ts';
import { sharedBuild } from '../kit/shared-build.ts';
import { subscribe } from '../kit/events.ts';
import { expectEndedWell, runToItsEnd, startGateway, type Gateway } from '../kit/gateway.ts';
import { meltano } from '../kit/meltano/meltano.ts';
import { ask, linesOf, runEnded, runWhen, type Client } from '../kit/verbs/runs.ts';
import { copySample, numbers, type Sample } from '../kit/data/sample.ts';
import { waitFor } from '../kit/wait.ts';
import { scrape } from '../api/metrics/scrape.ts';

const serverUrl = process.env.TEST_DATABASE_URL;
const job = 'demo/dev/sales';
const source = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The processes that a process has started and that are alive. */
async function childrenOf(processId: number): Promise<number[]> {
  const text = await readFile(`/proc/${processId}/task/${processId}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

async function isServing(processId: number): Promise<boolean> {
  const commandLine = await readFile(`/proc/${processId}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes('--cluster');
}

/** The processes that serve the requests of a gateway. */
async function membersOf({ processId }: Gateway): Promise<number[]> {
  const children = await childrenOf(processId);
  const serving = await Promise.all(children.map(isServing));
  return children.filter((_, i) => serving[i]);
}

async function socketsOf(processId: number): Promise<number> {
  return (await readdir(`/proc/${processId}/fd`)).length;
}

describe.skipIf(serverUrl === undefined || meltano === null)('a gateway of several processes', () => {
  let sample: Sample;
  let place: string;
  let database: TestDatabase;
  let built: Built;
  let gateway: Gateway & Client;
  const start = async (program: string[], ...flags: string[]): Promise<Gateway & Client> => {
    const started = await startGateway({ command: command(program, ...flags), env: env() });
    return {
      ...started,
      query: async (query, variables = {}) => {
        const response = await fetch(started.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables }),
        });
        return ((await response.json()) as { data: never }).data;
      },
    };
  };
  const command = (program: string[], ...flags: string[]): string[] => [
    ...[process.execPath, ...program, '--project', `demo=${sample.project.directory}`],
    ...['--meltano', meltano ?? '', '--data-directory', place, '--port', '0', '--log-level', 'error'],
    ...flags,
  ];
  const env = () => ({ DATABASE_URL: database.location.kind === 'SERVER' ? database.location.url : '' });
  const fromSource = ['--import', 'tsx', source];

  beforeAll(async () => {
    [sample, place, database, built] = await Promise.all([
      copySample(),
      mkdtemp(join(tmpdir(), 'meltano-graphql-cluster-')),
      freshDatabase(serverUrl),
      sharedBuild(),
    ]);
    gateway = await start(fromSource, '--cluster', '2', '--slots', '2');
  });
  afterAll(async () => {
    await gateway.stop();
    await database.drop();
    await Promise.all([sample.remove(), rm(place, { recursive: true, force: true })]);
  });

  /** The numbers of the lines that a subscriber receives, up to the end of the run. */
  async function follow(id: string): Promise<number[]> {
    const received: number[] = [];
    const query = `subscription { runLogs(run: "${id}") { node { sequence } } }`;
    type Line = { runLogs: { node: { sequence: number } } };
    for await (const { data } of subscribe<Line>(gateway.url, query)) {
      received.push(data?.runLogs.node.sequence ?? NaN);
    }
    return received;
  }

  async function statusesOf(id: string): Promise<string[]> {
    const received: string[] = [];
    const query = `subscription { runUpdated(run: "${id}") { status } }`;
    for await (const { data } of subscribe<{ runUpdated: { status: string } }>(gateway.url, query)) {
      received.push(data?.runUpdated.status ?? '');
    }
    return received;
  }

  test('shares the connections among them, and tells every subscriber all of a run', async () => {
    const members = await membersOf(gateway);
    expect(members).toHaveLength(2);
    const before = await Promise.all(members.map(socketsOf));
    const { id } = await ask(gateway, 'runJob', { job, ...sample.place().with({ rows: 40, delay: 0.05 }) });
    const followers = numbers(1, 20).map(() => follow(id));
    const watchers = numbers(1, 20).map(() => statusesOf(id));
    await waitFor('Their connections, on both', async () => {
      const now = await Promise.all(members.map(socketsOf));
      return now.every((count, i) => count >= (before[i] ?? 0) + 10);
    });
    await runWhen(gateway, id, 'has lines', ({ logCount }) => logCount > 5);
    followers.push(...numbers(1, 20).map(() => follow(id)));

    const run = await runEnded(gateway, id);
    expect(run.status).toBe('SUCCEEDED');
    const all = numbers(1, run.logCount);
    expect((await linesOf(gateway, id)).map(({ sequence }) => sequence)).toEqual(all);
    for (const received of await Promise.all(followers)) expect(received).toEqual(all);
    for (const statuses of await Promise.all(watchers)) expect(statuses.at(-1)).toBe('SUCCEEDED');
  });

  test('tells the metrics of all its processes, whichever of them is asked', async () => {
    const before = await scrape(gateway.url);
    await Promise.all(numbers(1, 20).map(() => gateway.query('{ projects { totalCount } }')));
    for (let i = 0; i < 4; i++) {
      const { value } = await scrape(gateway.url);
      expect(
        value('requests_total', { kind: 'query' }) - before.value('requests_total', { kind: 'query' }),
      ).toBe(20);
      // Those of the two processes that serve, and of the one that executes.
      expect(value('pool_max_connections')).toBe(30);
      expect(value('runs_ended_total')).toBe(1);
      expect(value('workers_slots', { state: 'free' })).toBe(2);
    }
  });

  test('replaces a process that dies, and goes on serving meanwhile', async () => {
    const [victim = 0, other = 0] = await membersOf(gateway);
    process.kill(victim, 'SIGKILL');
    await waitFor('Another process', async () => {
      const members = await membersOf(gateway);
      return members.length === 2 && !members.includes(victim) && members.includes(other);
    });
    await waitFor('Answers', async () => {
      const answers = await Promise.allSettled(
        numbers(1, 4).map(() => gateway.query<{ projects: unknown } | null>('{ projects { totalCount } }')),
      );
      return answers.every((answer) => answer.status === 'fulfilled' && answer.value !== null);
    });
  });

  test('says in one line that its port is in use, and leaves nothing behind', async () => {
    const { port } = new URL(gateway.url);
    const ended = await runToItsEnd({
      command: [...command(fromSource, '--cluster', '2'), '--port', port],
      env: env(),
    });
    expect(ended).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `127.0.0.1:${port} is in use by another process; choose another port with --port.\n`,
    });
  });

  test('built, lets its runs end when it is asked to stop, and no process is left', async () => {
    const other = await start([built.main], '--cluster', '2', '--slots', '1', '--drain', '60');
    const members = await membersOf(other);
    expect(members).toHaveLength(2);
    const till = sample.place();
    const { id } = await ask(other, 'runJob', { job, ...till.with({ rows: 20, delay: 0.05 }) });
    await runWhen(other, id, 'runs', ({ status }) => status !== 'QUEUED');
    expectEndedWell(await other.stop());
    for (const member of members) expect(() => process.kill(member, 0)).toThrow('ESRCH');
    expect((await runEnded(gateway, id)).status).toBe('SUCCEEDED');
    expect(await till.sales()).toEqual(numbers(1, 20));
  });

  test('ends all of its processes when the first one is killed', async () => {
    const other = await start(fromSource, '--cluster', '1', '--slots', '0');
    const members = await membersOf(other);
    await other.kill();
    await waitFor('Their end', async () => {
      const alive = await Promise.all(members.map(isServing));
      return alive.every((serving) => !serving);
    });
  });
});
