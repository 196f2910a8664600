import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { sharedBuild } from '../kit/shared-build.ts';
import { copySnapshotTo, freshDatabase } from '../kit/database.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { meltano } from '../kit/meltano/meltano.ts';
import { storeId, type Client } from '../kit/verbs/runs.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { waitFor } from '../kit/wait.ts';

/** The kinds of database that there are to crash on. */
const kinds = process.env.TEST_DATABASE_URL === undefined ? ['embedded'] : ['embedded', 'server'];

/** What outlives a gateway: its database, its data directory and the project that it serves. */
export interface Site {
  sample: Sample;
  /** Whether a gateway there knows at its start that every other one is dead. */
  isAlone: boolean;
  /** Starts a gateway in a process of its own; flags come on top of those that every start gets. */
  start: (...flags: string[]) => Promise<Gateway & Client>;
  /** The same, with variables of its environment. */
  startWith: (env: Record<string, string>, ...flags: string[]) => Promise<Gateway & Client>;
  /** Lets the time pass after which a worker that gives no sign of life counts as dead. */
  letTimePass: () => Promise<void>;
  /** Lets what is being executed now count as alive until `letTimePass`, however long that takes. */
  holdTime: () => Promise<void>;
  /** Address of the database; null for an embedded one. */
  url: string | null;
  /** Runs a statement on the database, which is on a server. */
  sql: (statement: string) => Promise<void>;
  /** Where a run has a state on disk, in its private directory. */
  stateFile: (runId: string, stateId: string) => string;
  /** The last state of a run on disk, in its private directory; null when there is none. */
  stateOnDisk: (runId: string, stateId: string) => Promise<unknown>;
  /** What the runs have on disk. */
  runDirectories: () => Promise<string[]>;
  remove: () => Promise<void>;
}

/** A group of tests for each kind of database. Each group has a site. Its gateways are killed at the end. */
export function describeSite(name: string, tests: (site: () => Site) => void, among = kinds): void {
  describe.each(kinds.filter((kind) => among.includes(kind)))(
    `${name}, on a database of the kind "%s"`,
    (kind) => {
      let site: Site;
      beforeAll(async () => {
        site = await makeSite(kind);
      });
      afterAll(() => site.remove());
      tests(() => site);
    },
  );
}

/**
 * @param parent where its data directory is made
 * @param ownUrl a server of the test; a new database on the one of all tests when absent
 */
export async function makeSite(kind: string, parent = tmpdir(), ownUrl?: string): Promise<Site> {
  const { main } = await sharedBuild();
  const sample = await copySample();
  const dataDirectory = await mkdtemp(join(parent, 'meltano-graphql-crash-'));
  const database =
    kind === 'server' && ownUrl === undefined ? await freshDatabase(process.env.TEST_DATABASE_URL) : null;
  const url = database?.location.kind === 'SERVER' ? database.location.url : (ownUrl ?? null);
  const data = join(dataDirectory, 'data');
  if (url === null) await copySnapshotTo(join(data, 'store'));
  const runs = join(data, 'runs');
  const started: Gateway[] = [];
  const startWith: Site['startWith'] = async (env, ...flags) => {
    const gateway = await startGateway({
      command: [
        ...[process.execPath, main, '--project', `demo=${sample.project.directory}`],
        ...['--meltano', meltano ?? ''],
        ...['--data-directory', dataDirectory, '--port', '0', '--log-level', 'warn'],
        ...flags,
      ],
      env: { ...env, ...(url === null ? {} : { DATABASE_URL: url }) },
    });
    started.push(gateway);
    return { ...gateway, ...clientOf(gateway.url) };
  };
  const sql = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url ?? '' });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  const setHeartbeats = async (time: string): Promise<void> => {
    if (url === null) return;
    for (const table of ['Run', 'BulkOperation'])
      await sql(`UPDATE "${table}" SET "heartbeatAt" = ${time} WHERE "heartbeatAt" IS NOT NULL`);
  };
  const stateFile = (runId: string, stateId: string): string =>
    join(runs, storeId(runId), 'state', stateId, 'state.json');
  return {
    sample,
    start: (...flags) => startWith({}, ...flags),
    startWith,
    isAlone: url === null,
    url,
    letTimePass: () => setHeartbeats(`now() - interval '2 minutes'`),
    holdTime: () => setHeartbeats(`now() + interval '1 day'`),
    sql,
    stateFile,
    stateOnDisk: async (runId, stateId) => {
      const file = stateFile(runId, stateId);
      // A Meltano that outlives its gateway goes on to write it, and does so in place.
      return waitFor('A whole state on disk', async () => {
        const text = await readFile(file, 'utf8').catch(() => 'null');
        try {
          return { completed: (JSON.parse(text) as { completed: unknown } | null)?.completed ?? null };
        } catch {
          return undefined;
        }
      }).then(({ completed }) => completed);
    },
    runDirectories: () => readdir(runs),
    remove: async () => {
      await Promise.all(started.map(({ kill }) => kill()));
      await database?.drop();
      await rm(dataDirectory, { recursive: true, force: true });
      await sample.remove();
    },
  };
}

/** A client of the gateway at an address. It throws at any error of the request. */
export function clientOf(url: string): Client {
  return { query: (query, variables) => send(url, query, variables) };
}

async function send<Data>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data: Data; errors?: { message: string }[] };
  if (answer.errors) throw new Error(answer.errors.map(({ message }) => message).join('\n'));
  return answer.data;
}
