import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { numbered, writeBigProject } from '../kit/big-project.ts';
import { build } from '../kit/built.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { standIn } from '../kit/stand-in.ts';
import { waitFor } from '../kit/wait.ts';
import { makeDatabase } from './made-database.ts';
import { sendAtRate } from './open-loop.ts';
import { post, quantile } from './post.ts';

const launch = `mutation ($input: RunJobInput!) { runJob(input: $input) {
  __typename ... on Error { message } ... on RunJobSuccess { run { id } }
} }`;

const ended = `query ($id: ID!) { node(id: $id) { ... on Run {
  endedAt status logCount startedAt logs(last: 2) { nodes { sequence message } }
} } }`;

const look = `query { project(name: "big") { environment(name: "env-001") { jobs(first: 20) { nodes {
  id name runs(first: 5) { edges { cursor node { id status createdAt } } pageInfo { hasNextPage endCursor } }
} } } } }`;

/**
 * Measures how many lines a second one worker stores, and what reads cost meanwhile.
 *
 * - `--database-url URL`: a server on which a database can be made; the embedded database without it
 * - `--runs N`: runs that write at the same time; `--rate N`: lines a second of all of them together, 0 for
 *   as many as are taken; `--seconds N`: for how long
 * - `--reads N`: queries a second, sent on time whether or not answers have come
 * - `--main FILE`: an already built `dist/main.js`
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      'database-url': { type: 'string' },
      runs: { type: 'string', default: '1' },
      rate: { type: 'string', default: '50000' },
      seconds: { type: 'string', default: '20' },
      reads: { type: 'string', default: '20' },
      main: { type: 'string' },
    },
  });
  const runs = Number(values.runs);
  const seconds = Number(values.seconds);
  const place = await mkdtemp(join(tmpdir(), 'meltano-graphql-logs-'));
  const project = join(place, 'big');
  await writeBigProject(project);
  const serverUrl = values['database-url'];
  const database = serverUrl === undefined ? null : await makeDatabase(serverUrl);
  const built = values.main === undefined ? await build() : null;
  let gateway: Gateway | null = null;
  try {
    gateway = await startGateway({
      command: [
        ...[process.execPath, built?.main ?? values.main ?? ''],
        ...['--project', `big=${project}`, '--data-directory', join(place, 'data'), '--port', '0'],
        ...['--meltano', standIn('steady.py'), '--slots', String(runs), '--log-level', 'warn'],
        ...(database === null ? [] : ['--database-url', database.url]),
      ],
      env: { NODE_ENV: 'production' },
    });
    if (database) await seedRuns(database.url);
    const { url, processId } = gateway;
    const read = (): Promise<void> => post(url, look).then(() => undefined);
    // The first ones find caches cold.
    await sendAtRate(Number(values.reads), 3, read);
    const idle = await sendAtRate(Number(values.reads), Math.min(seconds, 10), read);
    const backends = async (): Promise<number> =>
      database === null ? 0 : cpuOf(await backendsOf(database.url));
    const before = await cpuOf([processId]);
    const beforeBackends = await backends();
    const writing = Promise.all(
      numbered('job', runs).map((job) => runJob(url, job, Number(values.rate) / runs, seconds)),
    );
    // Not the last second: the writers end one by one.
    const reading = sendAtRate(Number(values.reads), seconds - 1, read);
    const [written, busy] = await Promise.all([writing, reading]);
    const errors = [...idle.errors, ...busy.errors];
    if (errors[0] !== undefined) console.error(errors[0]);
    const lines = written.reduce((sum, each) => sum + each.lines, 0);
    const wall = Math.max(...written.map((each) => each.seconds));
    const perLine = (ms: number): string => ((ms * 1000) / lines).toFixed(1);
    console.table({
      'lines stored': lines,
      'lines/s': Math.round(lines / wall),
      'writer held back': `${written.map(({ heldBack }) => heldBack.toFixed(1)).join(', ')} s`,
      'gateway CPU µs/line': perLine((await cpuOf([processId])) - before),
      'PostgreSQL CPU µs/line': database === null ? '' : perLine((await backends()) - beforeBackends),
      'read p50 idle / busy ms': `${quantile(idle.times, 0.5).toFixed(1)} / ${quantile(busy.times, 0.5).toFixed(1)}`,
      'read p99 idle / busy ms': `${quantile(idle.times, 0.99).toFixed(1)} / ${quantile(busy.times, 0.99).toFixed(1)}`,
      'read errors': errors.length,
    });
  } finally {
    await gateway?.stop();
    await database?.drop();
    await built?.remove();
    await rm(place, { recursive: true, force: true });
  }
}

interface Written {
  lines: number;
  /** From the first line until the last one was stored. */
  seconds: number;
  /** How much longer than asked for the writer took, since it was made to wait. */
  heldBack: number;
}

async function runJob(url: string, job: string, rate: number, seconds: number): Promise<Written> {
  const env = [
    { name: 'STEADY_LINES', value: String(Math.round(rate)) },
    { name: 'STEADY_SECONDS', value: String(seconds) },
  ];
  type Launch = { runJob: { message?: string; run?: { id: string } } };
  const answer = await post<Launch>(url, launch, {
    input: { job: `big/env-001/${job}`, stateIdSuffix: job, env },
  });
  const id = answer.runJob.run?.id;
  if (id === undefined) throw new Error(answer.runJob.message);
  type Facts = {
    node: {
      endedAt: string | null;
      startedAt: string;
      status: string;
      logCount: number;
      logs: { nodes: { sequence: number; message: string }[] };
    };
  };
  const { node } = await waitFor(
    'The end of the run',
    async () => {
      const facts = await post<Facts>(url, ended, { id });
      return facts.node.endedAt !== null && facts;
    },
    (seconds + 120) * 1000,
  );
  const [beforeLast, last] = node.logs.nodes;
  const [, count, took] = /wrote (\d+) lines in ([\d.]+) s/.exec(last?.message ?? '') ?? [];
  const whole =
    node.status === 'SUCCEEDED' &&
    node.logCount === Number(count) + 1 &&
    beforeLast?.message.includes(`record ${count ?? ''} of`) === true;
  if (!whole) throw new Error(`Lines are missing: ${JSON.stringify(node)}`);
  return {
    lines: node.logCount,
    seconds: (Date.parse(node.endedAt ?? '') - Date.parse(node.startedAt)) / 1000,
    heldBack: Number(took) - seconds,
  };
}

/** Twenty ended runs for each job of an environment. */
async function seedRuns(url: string): Promise<void> {
  await onServer(
    url,
    `INSERT INTO "Run" (id, "projectId", "environmentId", "jobId", kind, status, command, "startedAt", "endedAt")
     SELECT gen_random_uuid(), e."projectId", e.id, j.id, 'RUN', 'SUCCEEDED', 'tap target', now(), now()
     FROM "Job" AS j JOIN "Environment" AS e ON e.id = j."environmentId", generate_series(1, 20)`,
  );
  await onServer(url, 'ANALYZE');
}

/** The process ids of the server's backends that serve the gateway's pool. */
async function backendsOf(url: string): Promise<number[]> {
  const rows = await onServer(
    url,
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  return rows.map(({ pid }) => Number(pid));
}

async function onServer(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(statement).finally(() => client.end());
  return rows;
}

/** Processor time of processes of this machine so far, in milliseconds. */
async function cpuOf(processIds: readonly number[]): Promise<number> {
  const ticks = processIds.map(async (id) => {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  });
  return (await Promise.all(ticks)).reduce((sum, each) => sum + each, 0) * 10;
}
