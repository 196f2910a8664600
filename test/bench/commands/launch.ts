import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copySample, type Sample } from '../../kit/data/sample.ts';
import type { Gateway } from '../../kit/gateway.ts';
import { storeId } from '../../kit/verbs/runs.ts';
import { waitFor } from '../../kit/wait.ts';
import { count, defineCommand, main, serverBeside, text } from '../command.ts';
import { makeDatabase } from '../database/databases.ts';
import { sendAtRate } from '../load/open-loop.ts';
import { post } from '../load/post.ts';
import { cpuOf } from '../load/usage.ts';
import { quantile } from '../report/statistics.ts';
import { startBuilt } from '../servers/gateway.ts';
import { onStage, type Stage } from '../stage.ts';

const launch = `mutation ($input: RunJobInput!) { runJob(input: $input) {
  __typename ... on UserError { message } ... on RunJobSuccess { run { id status } }
} }`;

const look = `query { project(ref: "demo") { environment(name: "dev") { jobs(first: 20) { nodes {
  id name runs(first: 5) { edges { cursor node { id status } } pageInfo { hasNextPage } }
} } } } }`;

type Row = Record<string, string | number>;

export const command = defineCommand({
  summary: 'the way from runJob to the process, and how many runJob are taken while reads go on',
  flags: {
    launches: count(100, 'runs that are started one after the other; 0 leaves them out', 0),
    rate: count(200, 'runs a second that are asked for, while others read; 0 leaves them out', 0),
    seconds: count(10, 'how long they are asked for'),
    meltano: text('PATH', 'this program in place of one that stands in for Meltano (start read to 10 ms)'),
    'database-url': serverBeside,
    main,
  },
  run: async ({ launches, rate, seconds, meltano, 'database-url': serverUrl, main: built }, say) => {
    await onStage(built, say, async (stage) => {
      const parts = [
        ...(launches > 0 ? [(site: Site) => measureLaunches(site, launches, meltano)] : []),
        // Without slots what is measured is the taking of runs alone.
        ...(rate > 0 ? [0, 4] : []).map((slots) => (site: Site) => measureRate(site, slots, rate, seconds)),
      ];
      const rows: Row[] = [];
      for (const url of serverUrl === null ? [null] : [null, serverUrl]) {
        for (const measure of parts) {
          const site = await makeSite(stage, url, `site-${rows.length}`);
          rows.push({ database: url === null ? 'embedded' : 'server', ...(await measure(site)) });
        }
      }
      console.table(rows);
    });
  },
});

interface Site {
  sample: Sample;
  /** The stand-in for Meltano, and the file in which it says when it started. */
  standIn: string;
  started: string;
  start: (...flags: string[]) => Promise<Gateway>;
}

/** @param serverUrl where its database is; the embedded one when null */
async function makeSite(stage: Stage, serverUrl: string | null, name: string): Promise<Site> {
  const place = join(stage.directory, name);
  await mkdir(place);
  const sample = await copySample();
  stage.atEnd(sample.remove);
  const databaseUrl = serverUrl === null ? null : await makeDatabase(stage, serverUrl);
  const standIn = join(place, 'stand-in');
  const started = join(place, 'started');
  await writeFile(
    standIn,
    `#!/bin/bash\nprintf '%s %s\\n' "$MELTANO_RUN_ID" "$EPOCHREALTIME" >> '${started}'\n`,
  );
  await chmod(standIn, 0o755);
  const start = async (...flags: string[]): Promise<Gateway> => {
    const gateway = await startBuilt({
      main: stage.main,
      dataDirectory: join(place, 'data'),
      projects: [`demo=${sample.project.directory}`],
      databaseUrl,
      flags: ['--log-level', 'error', ...flags],
    });
    stage.atEnd(gateway.kill);
    return gateway;
  };
  return { sample, standIn, started, start };
}

/** One run after the other, each asked for when the worker is idle. */
async function measureLaunches(
  { sample, standIn, started, start }: Site,
  launches: number,
  meltano: string | null,
): Promise<Row> {
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
      meltano === null
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
    what: `${launches} launches, ${meltano === null ? 'a stand-in' : 'the real Meltano'}`,
    'answer p50 ms': quantile(answers, 0.5).toFixed(1),
    'answer p99 ms': quantile(answers, 0.99).toFixed(1),
    'to process p50 ms': quantile(spawns, 0.5).toFixed(1),
    'to process p99 ms': quantile(spawns, 0.99).toFixed(1),
  };
}

async function timeIn(file: string, runId: string): Promise<number | null> {
  const said = await readFile(file, 'utf8').catch(() => '');
  const line = said.split('\n').find((one) => one.startsWith(runId));
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
): Promise<Row> {
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
