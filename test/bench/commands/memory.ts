import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { numbered, writeBigProject } from '../../kit/data/big-project.ts';
import { count, defineCommand, main, serverBeside } from '../command.ts';
import { makeDatabase } from '../database/databases.ts';
import { post } from '../load/post.ts';
import { startBuilt } from '../servers/gateway.ts';
import { onStage } from '../stage.ts';

export const command = defineCommand({
  summary: 'whether memory grows: many documents in turn, while subscriptions are open',
  flags: {
    minutes: count(30, 'how long'),
    documents: count(2000, 'documents of ten operations, no two of which are the same text'),
    subscriptions: count(500, 'streams of events that stay open'),
    'database-url': serverBeside,
    main,
  },
  run: async ({ minutes, documents, subscriptions, 'database-url': serverUrl, main: built }, say) => {
    await onStage(built, say, async (stage) => {
      const project = join(stage.directory, 'big');
      await writeBigProject(project);
      const { url, processId, stop } = await startBuilt({
        main: stage.main,
        dataDirectory: join(stage.directory, 'data'),
        projects: [`big=${project}`],
        databaseUrl: serverUrl === null ? null : await makeDatabase(stage, serverUrl),
        // Nobody takes the runs: they stay queued, and so their subscriptions stay open.
        flags: [
          ...['--slots', '0', '--log-level', 'warn'],
          ...['--subscriptions', String(subscriptions), '--subscriptions-per-client', String(subscriptions)],
        ],
      });
      stage.atEnd(stop);
      const runs = await Promise.all(numbered('job', 20).map((job) => queueRun(url, job)));
      for (let i = 0; i < subscriptions; i += 1) {
        stage.atEnd(await subscribe(url, subscriptionsOf(runs[i % runs.length] ?? '')[i % 3] ?? ''));
      }
      const samples = await watch({ url, processId }, documentsOf(documents, runs), minutes);
      console.table(samples);
      const tenth = samples[Math.min(9, samples.length - 1)]?.['resident MB'] ?? NaN;
      const last = samples.at(-1)?.['resident MB'] ?? NaN;
      say(`Since the tenth minute: ${(((last - tenth) / tenth) * 100).toFixed(1)} %`);
    });
  },
});

interface Minute {
  minute: number;
  'resident MB': number;
  'requests so far': number;
}

/** Sends the documents in turn, one after the other. */
async function watch(
  { url, processId }: { url: string; processId: number },
  documents: readonly string[],
  minutes: number,
): Promise<Minute[]> {
  const samples: Minute[] = [];
  let requests = 0;
  for (let minute = 1; minute <= minutes; minute += 1) {
    for (const end = Date.now() + 60_000; Date.now() < end; requests += 1) {
      await post(url, documents[requests % documents.length] ?? '');
      // Something for the subscriptions to look at now and then, and work for the writing path.
      if (requests % 200 === 0) await queueRun(url, 'job-001');
    }
    const resident = await residentMegabytes(processId);
    samples.push({ minute, 'resident MB': resident, 'requests so far': requests });
  }
  return samples;
}

async function queueRun(url: string, job: string): Promise<string> {
  type Answer = { runJob: { run?: { id: string } } };
  const { runJob } = await post<Answer>(
    url,
    'mutation ($job: ID!) { runJob(input: { job: $job }) { __typename ... on RunJobSuccess { run { id } } } }',
    { job: `big/env-001/${job}` },
  );
  if (!runJob.run) throw new Error(JSON.stringify(runJob));
  return runJob.run.id;
}

const subscriptionsOf = (run: string): string[] => [
  `subscription { runLogs(run: "${run}") { cursor node { message } } }`,
  `subscription { runUpdated(run: "${run}") { id status } }`,
  `subscription { runsUpdated(environment: "big/env-001") { nodes { id status job { name } } } }`,
];

/** Opens a stream of events and reads all that comes. */
async function subscribe(url: string, query: string): Promise<() => void> {
  const address = new URL(url);
  address.searchParams.set('query', query);
  return new Promise((resolve, reject) => {
    const sent = get(address, { headers: { accept: 'text/event-stream' }, agent: false }, (response) => {
      response.on('error', () => undefined).resume();
      if (response.statusCode === 200) resolve(() => sent.destroy());
      else reject(new Error(`A subscription was answered with ${response.statusCode ?? 0}.`));
    });
    sent.on('error', reject);
  });
}

/** Documents of ten operations in turn, no two of which are the same text. */
function documentsOf(count: number, runs: readonly string[]): string[] {
  const environment = (selection: string): string =>
    `project(ref: "big") { environment(name: "env-002") { ${selection} } }`;
  const operations = [
    (n: number) => `projects(first: ${1 + (n % 100)}) { totalCount nodes { id name } }`,
    (n: number) => `node(id: "${runs[n % runs.length] ?? ''}") { id ... on Run { status command logCount } }`,
    (n: number) =>
      environment(`jobs(first: ${1 + (n % 100)}) { nodes { name path } pageInfo { endCursor } }`),
    () =>
      environment('jobs(first: 20) { nodes { name runs(first: 5) { edges { cursor node { status } } } } }'),
    (n: number) =>
      environment(`job(name: "job-${String(1 + (n % 300)).padStart(3, '0')}") { id tasks { blocks } }`),
    (n: number) =>
      environment(`schedules(last: ${1 + (n % 50)}) { nodes { name nextRuns(first: 2) { dueAt } } }`),
    () => environment('states(first: 20) { nodes { stateId } }'),
    () => 'project(ref: "big") { plugins(first: 50) { nodes { name type settings { name kind } } } }',
    (n: number) =>
      `project(ref: "big") { environments { nodes { name runs(first: ${1 + (n % 20)}) { nodes { id } } } } }`,
    () =>
      environment(
        'runs(first: 20, filter: { statuses: [QUEUED] }) { nodes { id job { name } blocks { nodes { command } } } }',
      ),
  ];
  return Array.from({ length: count }, (_, n) => {
    const selection = operations[n % operations.length]?.(Math.floor(n / operations.length)) ?? '';
    return `query Document${n} { ${selection} }`;
  });
}

async function residentMegabytes(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}
