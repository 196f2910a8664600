import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { numbered, writeBigProject } from '../kit/big-project.ts';
import { build } from '../kit/built.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { makeDatabase } from './made-database.ts';
import { post } from './post.ts';

/**
 * Measures whether the gateway's memory grows: ten operations in turn, in many documents that differ, while
 * subscriptions are open. Prints the resident memory of each minute, and how much it has grown since the tenth.
 *
 * - `--minutes N`, `--documents N`, `--subscriptions N`
 * - `--database-url URL`: a server on which a database can be made; the embedded database without it
 * - `--main FILE`: an already built `dist/main.js`
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '30' },
      documents: { type: 'string', default: '2000' },
      subscriptions: { type: 'string', default: '500' },
      'database-url': { type: 'string' },
      main: { type: 'string' },
    },
  });
  const place = await mkdtemp(join(tmpdir(), 'meltano-graphql-memory-'));
  await writeBigProject(join(place, 'big'));
  const serverUrl = values['database-url'];
  const database = serverUrl === undefined ? null : await makeDatabase(serverUrl);
  const built = values.main === undefined ? await build() : null;
  const closers: (() => void)[] = [];
  let gateway: Gateway | null = null;
  try {
    gateway = await startGateway({
      command: [
        ...[process.execPath, built?.main ?? values.main ?? ''],
        ...['--project', `big=${join(place, 'big')}`, '--data-directory', join(place, 'data')],
        // Nobody takes the runs: they stay queued, and so their subscriptions stay open.
        ...['--port', '0', '--slots', '0', '--log-level', 'warn'],
        ...(database === null ? [] : ['--database-url', database.url]),
      ],
      env: { NODE_ENV: 'production' },
    });
    const { url, processId } = gateway;
    const runs = await Promise.all(numbered('job', 20).map((job) => queueRun(url, job)));
    for (let i = 0; i < Number(values.subscriptions); i += 1) {
      closers.push(await subscribe(url, subscriptions(runs[i % runs.length] ?? '')[i % 3] ?? ''));
    }
    const documents = documentsOf(Number(values.documents), runs);
    const samples: { minute: number; 'resident MB': number; 'requests so far': number }[] = [];
    let requests = 0;
    for (let minute = 1; minute <= Number(values.minutes); minute += 1) {
      for (const end = Date.now() + 60_000; Date.now() < end; requests += 1) {
        await post(url, documents[requests % documents.length] ?? '');
        // Something for the subscriptions to look at now and then, and work for the writing path.
        if (requests % 200 === 0) await queueRun(url, 'job-001');
      }
      const resident = await residentMegabytes(processId);
      samples.push({ minute, 'resident MB': resident, 'requests so far': requests });
    }
    console.table(samples);
    const tenth = samples[Math.min(9, samples.length - 1)]?.['resident MB'] ?? NaN;
    const last = samples.at(-1)?.['resident MB'] ?? NaN;
    console.log(`Since the tenth minute: ${(((last - tenth) / tenth) * 100).toFixed(1)} %`);
  } finally {
    for (const close of closers) close();
    await gateway?.stop();
    await database?.drop();
    await built?.remove();
    await rm(place, { recursive: true, force: true });
  }
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

const subscriptions = (run: string): string[] => [
  `subscription { runLogs(run: "${run}") { cursor node { message } } }`,
  `subscription { runUpdated(run: "${run}") { id status } }`,
  `subscription { runUpdated(environment: "big/env-001") { id status job { name } } }`,
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
    `project(name: "big") { environment(name: "env-002") { ${selection} } }`;
  const operations = [
    (n: number) => `projects(first: ${1 + (n % 100)}) { totalCount nodes { id name } }`,
    (n: number) => `node(id: "${runs[n % runs.length] ?? ''}") { id ... on Run { status command logCount } }`,
    (n: number) =>
      environment(`jobs(first: ${1 + (n % 100)}) { nodes { name path } pageInfo { endCursor } }`),
    () =>
      environment('jobs(first: 20) { nodes { name runs(first: 5) { edges { cursor node { status } } } } }'),
    (n: number) =>
      environment(`job(name: "job-${String(1 + (n % 300)).padStart(3, '0')}") { id tasks { blocks } }`),
    (n: number) => environment(`schedules(last: ${1 + (n % 50)}) { nodes { name nextTicks(first: 2) } }`),
    () => environment('states(first: 20) { nodes { stateId } }'),
    () => 'project(name: "big") { plugins(first: 50) { nodes { name type settings { name kind } } } }',
    (n: number) =>
      `project(name: "big") { environments { nodes { name runs(first: ${1 + (n % 20)}) { nodes { id } } } } }`,
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
