import { join } from 'node:path';
import { numbered, writeBigProject } from '../../kit/data/big-project.ts';
import { standIn } from '../../kit/meltano/stand-in.ts';
import { waitFor } from '../../kit/wait.ts';
import { count, defineCommand, main, serverBeside } from '../command.ts';
import { connect, type Connection } from '../database/connection.ts';
import { makeDatabase } from '../database/databases.ts';
import { sendAtRate } from '../load/open-loop.ts';
import { post } from '../load/post.ts';
import { cpuOf } from '../load/usage.ts';
import { quantile } from '../report/statistics.ts';
import { startBuilt } from '../servers/gateway.ts';
import { onStage } from '../stage.ts';

const launch = `mutation ($input: RunJobInput!) { runJob(input: $input) {
  __typename ... on UserError { message } ... on RunJobSuccess { run { id } }
} }`;

const ended = `query ($id: ID!) { node(id: $id) { ... on Run {
  endedAt status logCount startedAt logs(last: 2) { nodes { sequence message } }
} } }`;

const look = `query { project(ref: "big") { environment(name: "env-001") { jobs(first: 20) { nodes {
  id name runs(first: 5) { edges { cursor node { id status createdAt } } pageInfo { hasNextPage endCursor } }
} } } } }`;

export const command = defineCommand({
  summary: 'how many lines a second one worker stores, and what reads cost meanwhile',
  flags: {
    runs: count(1, 'runs that write at the same time'),
    rate: count(50_000, 'lines a second of all of them together; 0 for as many as are taken', 0),
    seconds: count(20, 'how long they write'),
    reads: count(20, 'queries a second, sent on time whether or not answers have come'),
    'database-url': serverBeside,
    main,
  },
  run: async ({ runs, rate, seconds, reads, 'database-url': serverUrl, main: built }, say) => {
    await onStage(built, say, async (stage) => {
      const project = join(stage.directory, 'big');
      await writeBigProject(project);
      const databaseUrl = serverUrl === null ? null : await makeDatabase(stage, serverUrl);
      const { url, processId, stop } = await startBuilt({
        main: stage.main,
        dataDirectory: join(stage.directory, 'data'),
        projects: [`big=${project}`],
        databaseUrl,
        flags: ['--meltano', standIn('steady.py'), '--slots', String(runs), '--log-level', 'warn'],
      });
      stage.atEnd(stop);
      const connection = databaseUrl === null ? null : await connect(databaseUrl);
      if (connection) {
        stage.atEnd(connection.close);
        await seedRuns(connection);
      }
      const read = (): Promise<void> => post(url, look).then(() => undefined);
      // The first ones find caches cold.
      await sendAtRate(reads, 3, read);
      const idle = await sendAtRate(reads, Math.min(seconds, 10), read);
      const usage = async () => ({ own: await cpuOf(processId), backends: await cpuOfBackends(connection) });
      const before = await usage();
      const writing = Promise.all(numbered('job', runs).map((job) => runJob(url, job, rate / runs, seconds)));
      // Not the last second: the writers end one by one.
      const reading = sendAtRate(reads, seconds - 1, read);
      const [written, busy] = await Promise.all([writing, reading]);
      const after = await usage();
      const errors = [...idle.errors, ...busy.errors];
      if (errors[0] !== undefined) console.error(errors[0]);
      const lines = written.reduce((sum, each) => sum + each.lines, 0);
      const wall = Math.max(...written.map((each) => each.seconds));
      const perLine = (cpu: number): string => ((cpu * 1e6) / lines).toFixed(1);
      const inBoth = (share: number): string =>
        [idle, busy].map(({ times }) => quantile(times, share).toFixed(1)).join(' / ');
      console.table({
        'lines stored': lines,
        'lines/s': Math.round(lines / wall),
        'writer held back': `${written.map(({ heldBack }) => heldBack.toFixed(1)).join(', ')} s`,
        'gateway CPU µs/line': perLine(after.own - before.own),
        'PostgreSQL CPU µs/line': connection === null ? '' : perLine(after.backends - before.backends),
        'read p50 idle / busy ms': inBoth(0.5),
        'read p99 idle / busy ms': inBoth(0.99),
        'read errors': errors.length,
      });
    });
  },
});

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
  const [, lines, took] = /wrote (\d+) lines in ([\d.]+) s/.exec(last?.message ?? '') ?? [];
  const whole =
    node.status === 'SUCCEEDED' &&
    node.logCount === Number(lines) + 1 &&
    beforeLast?.message.includes(`record ${lines ?? ''} of`) === true;
  if (!whole) throw new Error(`Lines are missing: ${JSON.stringify(node)}`);
  return {
    lines: node.logCount,
    seconds: (Date.parse(node.endedAt ?? '') - Date.parse(node.startedAt)) / 1000,
    heldBack: Number(took) - seconds,
  };
}

/** Twenty ended runs for each job of an environment. */
async function seedRuns({ query }: Connection): Promise<void> {
  await query(
    `INSERT INTO "Run" (id, "projectId", "environmentId", "jobId", kind, status, command, "startedAt", "endedAt")
     SELECT gen_random_uuid(), e."projectId", e.id, j.id, 'RUN', 'SUCCEEDED', 'tap target', now(), now()
     FROM "Job" AS j JOIN "Environment" AS e ON e.id = j."environmentId", generate_series(1, 20)`,
  );
  await query('ANALYZE');
}

/** Processor seconds of the server's backends that serve the gateway; 0 without a server. */
async function cpuOfBackends(connection: Connection | null): Promise<number> {
  if (connection === null) return 0;
  const rows = await connection.query(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  const times = await Promise.all(rows.map(({ pid }) => cpuOf(Number(pid))));
  return times.reduce((sum, seconds) => sum + seconds, 0);
}
