import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gateway } from '../../kit/gateway.ts';
import { count, defineCommand, main, serverInPlace } from '../command.ts';
import { connect, type Connection } from '../database/connection.ts';
import { serverFor } from '../database/databases.ts';
import { post } from '../load/post.ts';
import { quantile } from '../report/statistics.ts';
import { graph, projectName, writeProjects } from '../seed/projects.ts';
import { seededDatabase } from '../seed/seeded-database.ts';
import { startBuilt } from '../servers/gateway.ts';
import { onStage } from '../stage.ts';

/** Requests that are on their way at the same time. */
const atOnce = 8;

/** Runs that are asked why they wait. */
const asked = 200;

interface Night {
  /** Starts a gateway on the database. */
  start: (...flags: string[]) => Promise<Gateway>;
  query: Connection['query'];
  /** Paths of the environments. */
  environments: readonly string[];
}

export const command = defineCommand({
  summary: 'many runs that wait and many schedules that are due at once, on top of a long history',
  flags: {
    runs: count(1_000_000, 'runs that have ended'),
    line: count(500, 'runs that wait for the state of one job'),
    queued: count(10_000, 'runs that wait'),
    schedules: count(5000, 'schedules that are due each minute'),
    'database-url': serverInPlace,
    main,
  },
  run: async ({ runs, line, queued, schedules, 'database-url': given, main: built }, say) => {
    await onStage(built, say, async (stage) => {
      const projects = await writeProjects(join(stage.directory, 'projects'));
      const serverUrl = await serverFor(stage, given);
      const databaseUrl = await seededDatabase(stage, serverUrl, projects, runs);
      const { query, close } = await connect(databaseUrl);
      stage.atEnd(close);
      const environments = projects.flatMap((_directory, index) =>
        graph.environments.map((name) => `${projectName(index)}/${name}`),
      );
      const start = async (...flags: string[]): Promise<Gateway> => {
        const gateway = await startBuilt({
          main: stage.main,
          dataDirectory: join(stage.directory, 'data'),
          projects,
          databaseUrl,
          // Runs end at once, without a process.
          flags: ['--log-level', 'error', '--meltano', '/nonexistent/meltano', ...flags],
        });
        stage.atEnd(gateway.kill);
        return gateway;
      };
      const night = { start, query, environments };
      say(`Running ${line.toLocaleString('en')} runs of one job …`);
      const rows = [await measureLine(night, line)];
      say(`Queueing ${queued.toLocaleString('en')} runs …`);
      const gateway = await start('--slots', '0');
      rows.push(await measureQueueing(night, gateway, queued), await measureReasons(night, gateway));
      say(`Waiting for ${schedules.toLocaleString('en')} schedules …`);
      rows.push(await measureFiring(night, gateway, schedules));
      await gateway.stop();
      say('Ending runs …');
      rows.push(await measureClaims(night));
      console.table(rows);
    });
  },
});

type Row = Record<string, string | number>;

/** Does something many times, some at a time. @returns how long each took, in milliseconds */
async function timesOf(total: number, one: (index: number) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < total; index = next++) {
      const at = performance.now();
      await one(index);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return times;
}

/** Statements that a gateway has sent. */
async function statementsOf({ url }: Gateway): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const lines = text.matchAll(/^meltano_graphql_sql_statements_total(?:\{.*\})? (\d+)/gm);
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** A job of an environment by a number. */
const jobOf = ({ environments }: Night, index: number): string => {
  const environment = environments[index % environments.length] ?? '';
  const job = 1 + (Math.floor(index / environments.length) % graph.jobs);
  return `${environment}/job-${String(job).padStart(2, '0')}`;
};

async function runJob({ url }: Gateway, job: string): Promise<void> {
  const launch = `mutation ($job: ID!) { runJob(input: { job: $job }) { ... on RunJobSuccess { run { id } } } }`;
  const answer = await post<{ runJob: { run?: object } }>(url, launch, { job });
  if (!answer.runJob.run) throw new Error('runJob was refused.');
}

/** How many runs have not ended. */
async function unfinished({ query }: Night): Promise<number> {
  const [row] = await query(`SELECT count(*)::int AS runs FROM "Run" WHERE "endedAt" IS NULL`);
  return Number(row?.runs);
}

/** Runs of one job, which wait for each other. */
async function measureLine(night: Night, total: number): Promise<Row> {
  const gateway = await night.start('--slots', '4');
  const before = await statementsOf(gateway);
  const at = performance.now();
  await timesOf(total, () => runJob(gateway, jobOf(night, 0)));
  while ((await unfinished(night)) > 0) await sleep(100);
  const seconds = (performance.now() - at) / 1000;
  const statements = (await statementsOf(gateway)) - before;
  await gateway.stop();
  return {
    what: `${total} runs of one job: ${(total / seconds).toFixed(0)} a second`,
    statements: (statements / total).toFixed(1),
  };
}

async function measureQueueing(night: Night, gateway: Gateway, total: number): Promise<Row> {
  const times = await timesOf(total, (index) => runJob(gateway, jobOf(night, index)));
  return { what: `${total} runs are queued, ${atOnce} at a time`, ...summary(times) };
}

/** Why runs wait that are spread over the whole queue. */
async function measureReasons({ query }: Night, gateway: Gateway): Promise<Row> {
  const ids = (
    await query(`SELECT "globalId"('Run', id) AS id FROM "Run" WHERE status = 'QUEUED' ORDER BY random()`)
  ).map(({ id }) => String(id));
  const why = 'query ($id: ID!) { node(id: $id) { ... on Run { waitReasons { code message ahead } } } }';
  const before = await statementsOf(gateway);
  const times: number[] = [];
  for (const id of ids.slice(0, asked)) {
    const at = performance.now();
    await post(gateway.url, why, { id });
    times.push(performance.now() - at);
  }
  const statements = (await statementsOf(gateway)) - before;
  return {
    what: `waitReasons of one of ${ids.length}`,
    ...summary(times),
    statements: (statements / times.length).toFixed(1),
  };
}

/** Schedules that are all due in the same minute, each of which starts a run. */
async function measureFiring(night: Night, gateway: Gateway, total: number): Promise<Row> {
  const create = `mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) { ... on CreateScheduleSuccess { schedule { id } } } }`;
  // None is due before all are there.
  const startsAt = new Date(Math.ceil((Date.now() + 30_000 + total * 15) / 60_000) * 60_000);
  const endsAt = new Date(startsAt.getTime() + 30_000);
  await timesOf(total, async (index) => {
    const input = {
      job: jobOf(night, index),
      name: `each-minute-${index}`,
      interval: '* * * * *',
      overlap: 'ALLOW',
    };
    await post(gateway.url, create, { input: { ...input, startsAt, endsAt } });
  });
  const before = await statementsOf(gateway);
  if (Date.now() > startsAt.getTime()) throw new Error('This machine is too slow for so many schedules.');
  await sleep(startsAt.getTime() - Date.now());
  const decided = async (): Promise<{ ticks: number; late: number; runs: number }> => {
    const [row] = await night.query(
      `SELECT count(*)::int AS ticks, count("runId")::int AS runs,
         coalesce(max(extract(epoch FROM "decidedAt" - "dueAt")), 0)::float8 AS late FROM "ScheduleTick" WHERE "dueAt" = $1`,
      [startsAt],
    );
    return row as { ticks: number; late: number; runs: number };
  };
  let now = await decided();
  while (now.ticks < total) {
    if (Date.now() > startsAt.getTime() + 300_000)
      throw new Error(`${now.ticks} of ${total} were decided in 5 minutes.`);
    await sleep(500);
    now = await decided();
  }
  const statements = (await statementsOf(gateway)) - before;
  return {
    what: `${total} schedules due at once, ${now.runs} runs`,
    'last after s': now.late.toFixed(1),
    statements: (statements / total).toFixed(1),
  };
}

/** Runs that are executed by four slots: each is claimed, fails, and is recorded. */
async function measureClaims(night: Night): Promise<Row> {
  const gateway = await night.start('--slots', '4');
  const first = await unfinished(night);
  const before = await statementsOf(gateway);
  const at = performance.now();
  await sleep(20_000);
  const ended = first - (await unfinished(night));
  const seconds = (performance.now() - at) / 1000;
  const statements = (await statementsOf(gateway)) - before;
  await gateway.stop();
  return {
    what: `4 slots, ${first} wait: ${(ended / seconds).toFixed(0)} runs a second`,
    statements: (statements / ended).toFixed(1),
  };
}

function summary(times: readonly number[]): Row {
  return { 'p50 ms': quantile(times, 0.5).toFixed(1), 'p99 ms': quantile(times, 0.99).toFixed(1) };
}
