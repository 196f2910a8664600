import { readdir, readFile, rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freshDatabase } from '../kit/database.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { meltano } from '../kit/meltano.ts';
import { storeId, type Client } from '../kit/runs.ts';
import { copySample, type Sample } from '../kit/sample.ts';

/** The kinds of database that there are to crash on. */
export const kinds = process.env.TEST_DATABASE_URL === undefined ? ['embedded'] : ['embedded', 'server'];

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What outlives a gateway: its database, its data directory and the project that it serves. */
export interface Site {
  sample: Sample;
  /** Starts a gateway in a process of its own; flags come on top of those that every start gets. */
  start: (...flags: string[]) => Promise<Gateway & Client>;
  /** Lets the time pass after which a worker that gives no sign of life counts as dead. */
  letTimePass: () => Promise<void>;
  /** The last state of a run on disk, in its private directory; null when there is none. */
  stateOnDisk: (runId: string, stateId: string) => Promise<unknown>;
  /** What the runs have on disk. */
  runDirectories: () => Promise<string[]>;
  remove: () => Promise<void>;
}

/** Makes a place for gateways that come and go. */
export async function makeSite(kind: string): Promise<Site> {
  const sample = await copySample();
  const dataDirectory = await mkdtemp(join(tmpdir(), 'meltano-graphql-crash-'));
  const database = kind === 'server' ? await freshDatabase(process.env.TEST_DATABASE_URL) : null;
  const url = database?.location.kind === 'SERVER' ? database.location.url : null;
  const runs = join(dataDirectory, 'data', 'runs');
  return {
    sample,
    start: async (...flags) => {
      const gateway = await startGateway({
        command: [
          ...[process.execPath, '--import', 'tsx', main],
          ...['--project', `demo=${sample.project.directory}`, '--meltano', meltano ?? ''],
          ...['--data-directory', dataDirectory, '--port', '0', '--log-level', 'warn'],
          ...(url === null ? [] : ['--database-url', url]),
          ...flags,
        ],
      });
      return { ...gateway, query: (query, variables) => send(gateway.url, query, variables) };
    },
    letTimePass: async () => {
      // Alone on its database, a gateway knows at its start that every other one is dead.
      if (url === null) return;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      for (const table of ['Run', 'BulkOperation']) {
        await client.query(`UPDATE "${table}" SET "heartbeatAt" = "heartbeatAt" - interval '2 minutes'`);
      }
      await client.end();
    },
    stateOnDisk: async (runId, stateId) => {
      const file = join(runs, storeId(runId), 'state', stateId, 'state.json');
      const text = await readFile(file, 'utf8').catch(() => null);
      return text === null ? null : (JSON.parse(text) as { completed: unknown }).completed;
    },
    runDirectories: () => readdir(runs),
    remove: async () => {
      await database?.drop();
      await rm(dataDirectory, { recursive: true, force: true });
      await sample.remove();
    },
  };
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
