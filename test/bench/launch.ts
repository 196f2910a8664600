import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { storeId } from '../kit/runs.ts';
import { copySample, type Sample } from '../kit/sample.ts';
import { waitFor } from '../kit/wait.ts';
import { makeDatabase } from './made-database.ts';
import { sendAtRate } from './open-loop.ts';
import { post, quantile } from './post.ts';
import { cpuOf } from './usage.ts';

const launch = `mutation ($input: RunJobInput!) { runJob(input: $input) {
  __typename ... on Error { message } ... on RunJobSuccess { run { id status } }
} }`;

const look = `query { project(name: "demo") { environment(name: "dev") { jobs(first: 20) { nodes {
  id name runs(first: 5) { edges { cursor node { id status } } pageInfo { hasNextPage } }
} } } } }`;

/**
 * Measures the way from `runJob` to the process, and how many `runJob` are taken while reads go on, on the
 * embedded database and on a server.
 *
 * - `--database-url URL`: a server on which a database can be made; without it the embedded one alone
 * - `--meltano PATH`: start this program instead of the stand-in, and read its start from /proc (to 10 ms)
 * - `--launches N`, `--rate N`, `--seconds N`: how much to measure; a rate of 0 leaves that part out
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      'database-url': { type: 'string' },
      meltano: { type: 'string' },
      launches: { type: 'string', default: '100' },
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '10' },
      main: { type: 'string', default: fileURLToPath(new URL('../../src/main.ts', import.meta.url)) },
    },
  });
  const serverUrl = values['database-url'];
  const rows: Record<string, string | number>[] = [];
  for (const kind of serverUrl === undefined ? ['embedded'] : ['embedded', 'server']) {
    const launches = Number(values.launches);
    const rate = Number(values.rate);
    const parts = [
      ...(launches > 0 ? [(site: Site) => measureLaunches(site, launches, values.meltano)] : []),
      // Without slots what is measured is the taking of runs alone.
      ...(rate > 0 ? [0, 4] : []).map(
        (slots) => (site: Site) => measureRate(site, slots, rate, Number(values.seconds)),
      ),
    ];
    for (const measure of parts) {
      const site = await makeSite(values.main, kind === 'server' ? serverUrl : undefined);
      try {
        rows.push({ database: kind, ...(await measure(site)) });
      } finally {
        await site.remove();
      }
    }
  }
  console.table(rows);
}

interface Site {
  sample: Sample;
  /** The stand-in for Meltano, and the file in which it says when it started. */
  standIn: string;
  started: string;
  start: (...flags: string[]) => Promise<Gateway>;
  remove: () => Promise<void>;
}

async function makeSite(main: string, serverUrl: string | undefined): Promise<Site> {
  const place = await mkdtemp(join(tmpdir(), 'meltano-graphql-launch-'));
  const sample = await copySample();
  const database = serverUrl === undefined ? null : await makeDatabase(serverUrl);
  const standIn = join(place, 'stand-in');
  const started = join(place, 'started');
  await writeFile(
    standIn,
    `#!/bin/bash\nprintf '%s %s\\n' "$MELTANO_RUN_ID" "$EPOCHREALTIME" >> '${started}'\n`,
  );
  await chmod(standIn, 0o755);
  return {
    sample,
    standIn,
    started,
    start: (...flags) =>
      startGateway({
        command: [
          ...[process.execPath, ...(main.endsWith('.ts') ? ['--import', 'tsx'] : []), main],
          ...['--project', `demo=${sample.project.directory}`, '--data-directory', join(place, 'data')],
          ...['--port', '0', '--log-level', 'error'],
          ...(database === null ? [] : ['--database-url', database.url]),
          ...flags,
        ],
      }),
    remove: async () => {
      await sample.remove();
      await database?.drop();
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** One run after the other, each asked for when the worker is idle. */
async function measureLaunches(
  { sample, standIn, started, start }: Site,
  launches: number,
  meltano: string | undefined,
): Promise<Record<string, string | number>> {
  const gateway = await start('--meltano', meltano ?? standIn);
  const answers: number[] = [];
  const spawns: number[] = [];
  for (let i = -5; i < launches; i += 1) {
    const asked = Date.now();
    const input = { job: 'demo/dev/sales', ...sample.place().with({ rows: 1 }) };
    type Answer = { runJob: { message?: string; run?: { id: string } } };
    const { runJob } = await post<Answer>(gateway.url, launch, { input });
    const answered = performance.timeOrigin + performance.now();
    if (!runJob.run) throw new Error(`runJob answered: ${runJob.message ?? ''}`);
    const { id } = runJob.run;
    const spawned =
      meltano === undefined
        ? await waitFor('The process', () => timeIn(started, storeId(id)))
        : await waitFor('The process', () => startOf(gateway.url, id));
    await waitFor('The end of the run', () => hasEnded(gateway.url, id));
    // The first ones find caches cold.
    if (i < 0) continue;
    answers.push(answered - asked);
    spawns.push(spawned - answered);
  }
  await gateway.stop();
  return {
    what: `${launches} launches, ${meltano === undefined ? 'a stand-in' : 'the real Meltano'}`,
    'answer p50 ms': quantile(answers, 0.5).toFixed(1),
    'answer p99 ms': quantile(answers, 0.99).toFixed(1),
    'to process p50 ms': quantile(spawns, 0.5).toFixed(1),
    'to process p99 ms': quantile(spawns, 0.99).toFixed(1),
  };
}

async function timeIn(file: string, runId: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const line = text.split('\n').find((one) => one.startsWith(runId));
  return line === undefined ? null : Number(line.split(' ')[1]) * 1000;
}

const facts = 'query ($id: ID!) { node(id: $id) { ... on Run { endedAt processId } } }';
type Facts = { node: { endedAt: string | null; processId: number | null } };

async function hasEnded(url: string, id: string): Promise<boolean> {
  return (await post<Facts>(url, facts, { id })).node.endedAt !== null;
}

/** When the process of a run started, from the kernel's own account of it, in milliseconds since 1970. */
async function startOf(url: string, id: string): Promise<number | null> {
  const { node } = await post<Facts>(url, facts, { id });
  if (node.processId === null) return null;
  const stat = await readFile(`/proc/${node.processId}/stat`, 'utf8');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const [uptime] = (await readFile('/proc/uptime', 'utf8')).split(' ');
  return Date.now() - (Number(uptime) * 1000 - ticks * 10);
}

/** Time between two reads, in milliseconds. */
const readEveryMs = 50;

/** As many runs a second as asked for, whether or not the answers have come, while others read. */
async function measureRate(
  { sample, standIn, start }: Site,
  slots: number,
  rate: number,
  seconds: number,
): Promise<Record<string, string | number>> {
  const gateway = await start('--meltano', standIn, '--slots', String(slots));
  const reads: number[] = [];
  const state = { reading: true };
  const reader = (async () => {
    while (state.reading) {
      const at = performance.now();
      await post(gateway.url, look);
      reads.push(performance.now() - at);
      await sleep(readEveryMs);
    }
  })();
  const cpuBefore = await cpuOf(gateway.processId);
  const { times, errors } = await sendAtRate(rate, seconds, async () => {
    const input = { job: 'demo/dev/sales', stateIdSuffix: sample.place().stateIdSuffix };
    const { runJob } = await post<{ runJob: { run?: unknown } }>(gateway.url, launch, { input });
    if (!runJob.run) throw new Error(JSON.stringify(runJob));
  });
  state.reading = false;
  await reader;
  const cpu = (await cpuOf(gateway.processId)) - cpuBefore;
  await gateway.kill();
  if (errors[0] !== undefined) console.error(errors[0]);
  return {
    what: `${rate}/s for ${seconds} s, ${slots} slots: ${times.length} taken, ${errors.length} errors`,
    'answer p50 ms': quantile(times, 0.5).toFixed(1),
    'answer p99 ms': quantile(times, 0.99).toFixed(1),
    'read p50 ms': quantile(reads, 0.5).toFixed(1),
    'read p99 ms': quantile(reads, 0.99).toFixed(1),
    'CPU ms of one': ((cpu * 1000) / times.length).toFixed(1),
  };
}
