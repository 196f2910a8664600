import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { facetOf } from '../../../src/store/reading/run-facets.ts';
import { RunKind, RunStatus, RunTrigger } from '../../../src/store/generated/enums.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { idAt, seeder } from '../../kit/data/seed.ts';

let app: TestApp;

interface Seeded {
  id: string;
  project: string;
  environment: string | null;
  job: string | null;
  trigger: RunTrigger;
  kind: RunKind;
  status: RunStatus;
  attempt: number;
  created: number;
  started: number | null;
  ended: number | null;
}

const runs: Seeded[] = [];
const hidden: string[] = [];
const begin = Date.UTC(2026, 0, 1);
const minute = 60_000;
const at = (time: number | null): Date | null => (time === null ? null : new Date(time));

/** Every trigger with every kind that it can ask for. */
const asked: [RunTrigger, RunKind][] = [
  ['API', 'RUN'],
  ['API', 'INSTALL'],
  ['API', 'TEST'],
  ['API', 'PLUGIN_TEST'],
  ['API', 'DISCOVER'],
  ['BULK', 'RUN'],
  ['RETRY', 'RUN'],
  ['RETRY', 'INSTALL'],
  ['RETRY', 'TEST'],
  ['RETRY', 'PLUGIN_TEST'],
  ['RETRY', 'DISCOVER'],
  ['SERVICE', 'SERVICE'],
  ['IMPORT', 'RUN'],
];
const statuses = Object.values(RunStatus);
const unfinished: readonly RunStatus[] = ['QUEUED', 'RUNNING', 'CANCELLING'];

beforeAll(async () => {
  app = await startTestApp();
  const { store } = app.app;
  const seed = seeder(store);
  const places: Pick<Seeded, 'project' | 'environment' | 'job'>[] = [];
  for (const name of ['alpha', 'beta']) {
    const project = await seed.project({ name });
    places.push({ project, environment: null, job: null });
    for (const environmentName of ['dev', 'prod']) {
      const environment = await seed.environment(project, { name: environmentName });
      places.push({ project, environment, job: null });
      for (const jobName of ['daily', 'hourly']) {
        places.push({ project, environment, job: await seed.job(environment, { name: jobName }) });
      }
    }
  }
  // Runs of deleted projects and environments are in no list.
  const gone = await seed.project({ name: 'gone', deletedAt: new Date() });
  hidden.push(await seed.run(gone, {}));
  const goneEnvironment = await seed.environment(places[0]?.project ?? '', {
    name: 'gone',
    deletedAt: new Date(),
  });
  hidden.push(await seed.run(places[0]?.project ?? '', { environmentId: goneEnvironment }));

  let n = 0;
  for (const [trigger, kind] of asked) {
    for (const status of statuses) {
      for (const place of places.filter((_place, i) => (i + n) % 3 === 0)) {
        n += 1;
        const created = begin + n * minute;
        const started = status === 'QUEUED' || n % 11 === 0 ? null : created + (n % 7) * minute;
        const ended = unfinished.includes(status) ? null : (started ?? created) + ((n * 37) % 50) * minute;
        const attempt = trigger === 'RETRY' ? 2 + (n % 3) : 1;
        runs.push({
          ...place,
          ...{ id: idAt(created, n), trigger, kind, status, attempt, created, started, ended },
        });
      }
    }
  }
  await store.prisma.run.createMany({
    data: runs.map(({ id, project, environment, job, trigger, kind, status, attempt, started, ended }) => ({
      ...{ id, trigger, kind, status, attempt, command: 'tap target' },
      ...{ projectId: project, environmentId: environment, jobId: job },
      ...{ startedAt: at(started), endedAt: at(ended) },
    })),
  });
});
afterAll(() => app.stop());

/** Ids of the runs of a list, read page by page. */
async function list(args: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after = ''; ;) {
    const { runs: page } = await app.query<{
      runs: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    }>(`{ runs(first: 100, after: "${after}" ${args}) { nodes { id } pageInfo { hasNextPage endCursor } } }`);
    ids.push(...page.nodes.map(({ id }) => id));
    if (!page.pageInfo.hasNextPage) return ids;
    after = page.pageInfo.endCursor;
  }
}

const globalId = (id: string): string => encodeGlobalId({ type: 'Run', id });
const time = (minutes: number): string => new Date(begin + minutes * minute).toISOString();

function expected(
  condition: (run: Seeded) => boolean,
  by: (run: Seeded) => number | null = ({ created }) => created,
): string[] {
  return runs
    .filter((run) => condition(run) && by(run) !== null)
    .sort((a, b) => (by(b) ?? 0) - (by(a) ?? 0) || (a.id < b.id ? 1 : -1))
    .map(({ id }) => globalId(id));
}

const duration = ({ started, ended }: Seeded): number | null =>
  started === null || ended === null ? null : ended - started;

type Case = [string, (run: Seeded) => boolean, ((run: Seeded) => number | null)?];

const filtered: Case[] = [
  ['', () => true],
  ['statuses: [FAILED]', ({ status }) => status === 'FAILED'],
  ['statuses: [FAILED, LOST, FAILED]', ({ status }) => status === 'FAILED' || status === 'LOST'],
  ['statuses: []', () => false],
  ['kinds: [TEST, INSTALL]', ({ kind }) => kind === 'TEST' || kind === 'INSTALL'],
  ['kinds: []', () => false],
  ['kinds: [SERVICE], statuses: [RUNNING]', ({ kind, status }) => kind === 'SERVICE' && status === 'RUNNING'],
  ['triggers: [BULK, IMPORT]', ({ trigger }) => trigger === 'BULK' || trigger === 'IMPORT'],
  ['triggers: [SERVICE], kinds: [RUN]', () => false],
  ['minAttempt: 1', () => true],
  ['minAttempt: 0', () => true],
  ['minAttempt: 2', ({ attempt }) => attempt >= 2],
  ['minAttempt: 4, kinds: [RUN]', ({ attempt, kind }) => attempt >= 4 && kind === 'RUN'],
  ['minAttempt: 2, triggers: [API, BULK]', () => false],
  [`createdSince: "${time(100)}"`, ({ created }) => created >= begin + 100 * minute],
  [
    `createdSince: "${time(50)}", createdBefore: "${time(90)}", triggers: [API]`,
    ({ created, trigger }) =>
      created >= begin + 50 * minute && created < begin + 90 * minute && trigger === 'API',
  ],
  [
    `startedSince: "${time(20)}", startedBefore: "${time(120)}"`,
    ({ started }) => started !== null && started >= begin + 20 * minute && started < begin + 120 * minute,
    ({ started }) => started,
  ],
  [
    `endedSince: "${time(60)}", statuses: [FAILED, TIMED_OUT]`,
    ({ ended, status }) =>
      ended !== null && ended >= begin + 60 * minute && (status === 'FAILED' || status === 'TIMED_OUT'),
    ({ ended }) => ended,
  ],
  [
    `endedBefore: "${time(60)}", kinds: [RUN]`,
    ({ ended, kind }) => ended !== null && ended < begin + 60 * minute && kind === 'RUN',
    ({ ended }) => ended,
  ],
  ['minDurationSeconds: 1200', (run) => (duration(run) ?? 0) >= 1200_000, duration],
  ['minDurationSeconds: 1e300', () => false, duration],
];

describe.each(filtered)('runs of all projects with {%s}', (filter, condition, by) => {
  test('are those that meet it, in order, each once', async () => {
    const found = await list(`filter: {${filter}}`);
    expect(found).toEqual(expected(condition, by));
  });

  test.each([
    ['project', 'alpha', ({ project }: Seeded) => project === runs[0]?.project],
    ['environment', 'alpha/prod', inPath('alpha/prod')],
    ['job', 'beta/dev/hourly', inPath('beta/dev/hourly')],
  ] as const)('of one %s are those of them that it has', async (argument, path, within) => {
    const found = await list(`${argument}: "${path}", filter: {${filter}}`);
    expect(found).toEqual(expected((run) => condition(run) && within(run), by));
  });
});

/** Whether a run is below a path of the seed. */
function inPath(path: string): (run: Seeded) => boolean {
  const [, environment, job] = path.split('/');
  return (run) => {
    const ofProject = runs.filter(({ project }) => project === run.project);
    const isFirst = run.project === runs[0]?.project;
    if (isFirst !== path.startsWith('alpha')) return false;
    const environments = [...new Set(ofProject.flatMap(({ environment: id }) => id ?? []))].sort();
    if (run.environment !== environments[environment === 'dev' ? 0 : 1]) return false;
    if (job === undefined) return true;
    const jobs = [
      ...new Set(
        ofProject.filter((one) => one.environment === run.environment).flatMap(({ job: id }) => id ?? []),
      ),
    ].sort();
    return run.job === jobs[job === 'daily' ? 0 : 1];
  };
}

describe('an order', () => {
  test.each([
    ['STARTED_AT', ({ started }: Seeded) => started],
    ['ENDED_AT', ({ ended }: Seeded) => ended],
    ['DURATION', duration],
  ] as const)('by %s leaves out the runs that have none', async (field, by) => {
    expect(await list(`orderBy: {field: ${field}, direction: DESC}`)).toEqual(expected(() => true, by));
    const kinds = await list(`orderBy: {field: ${field}, direction: ASC}, filter: {kinds: [RUN]}`);
    expect(kinds).toEqual(expected(({ kind }) => kind === 'RUN', by).reverse());
  });

  test.each([
    ['endedSince: "2026-01-01T00:00:00Z"', 'CREATED_AT', 'ENDED_AT'],
    ['minDurationSeconds: 3', 'ENDED_AT', 'DURATION'],
    ['createdBefore: "2026-01-01T00:00:00Z"', 'STARTED_AT', 'CREATED_AT'],
  ])('does not go with {%s} when it is by %s', async (filter, by, due) => {
    const { errors } = await app.send(
      `{ runs(orderBy: {field: ${by}, direction: DESC}, filter: {${filter}}) { nodes { id } } }`,
    );
    expect(errors?.[0]?.extensions?.code).toBe('BAD_ARGUMENTS');
    expect(errors?.[0]?.message).toContain(`goes with the order ${due}`);
  });

  test('of two bounds that go with different orders is refused', async () => {
    const { errors } = await app.send(
      `{ runs(filter: {endedSince: "${time(1)}", createdSince: "${time(1)}"}) { nodes { id } } }`,
    );
    expect(errors?.[0]?.message).toContain('goes with the order ENDED_AT');
  });
});

test('a list of an object that does not exist is null, and two objects are an error', async () => {
  const unknown = await app.query(
    '{ runs(job: "alpha/dev/nosuch") { nodes { id } } jobs(project: "no/path") { nodes { id } } project(ref: "alpha") { name } }',
  );
  expect(unknown).toEqual({ runs: null, jobs: null, project: { name: 'alpha' } });
  const two = await app.send('{ runs(job: "alpha/dev/daily", project: "alpha") { nodes { id } } }');
  expect(two.errors?.[0]?.extensions?.code).toBe('BAD_ARGUMENTS');
});

test('all runs take one statement, those of one object five more to find it', async () => {
  const all = await app.counting(() => app.query('{ runs { nodes { id } } }'));
  expect(all.statements).toHaveLength(1);
  const some = await app.counting(() => app.query('{ runs(job: "alpha/dev/daily") { nodes { id } } }'));
  expect(some.statements.length).toBeLessThanOrEqual(6);
});

test('a run says what asked for it, whether it has ended, how long it waited, and how long it took', async () => {
  const run = runs.find(({ started, ended }) => started !== null && ended !== null && ended > started);
  const waiting = runs.find(({ status }) => status === 'QUEUED');
  const [read, queued] = await Promise.all(
    [run, waiting].map(async (one) =>
      app.query<{ node: object }>(
        `{ node(id: "${globalId(one?.id ?? '')}") { ... on Run { trigger isEnded queuedSeconds durationSeconds } } }`,
      ),
    ),
  );
  expect(read?.node).toEqual({
    trigger: run?.trigger,
    isEnded: true,
    queuedSeconds: ((run?.started ?? 0) - (run?.created ?? 0)) / 1000,
    durationSeconds: ((run?.ended ?? 0) - (run?.started ?? 0)) / 1000,
  });
  expect(queued?.node).toEqual({
    trigger: waiting?.trigger,
    isEnded: false,
    queuedSeconds: null,
    durationSeconds: null,
  });
});

test("a job's newest run is found in the statement of the job", async () => {
  const { statements, result } = await app.counting(() =>
    app.query<{ jobs: { nodes: { path: string; latestRun: { id: string } | null }[] } }>(
      '{ jobs { nodes { path latestRun { id } } } }',
    ),
  );
  expect(statements).toHaveLength(1);
  expect(result.jobs.nodes).toHaveLength(8);
  for (const { path, latestRun } of result.jobs.nodes) {
    expect(latestRun?.id).toBe(expected(inPath(path))[0]);
  }
});

test('the database gives runs the facets that lists look for', async () => {
  const rows = await app.app.store.prisma.run.findMany({ where: { id: { notIn: hidden } } });
  expect(rows).toHaveLength(runs.length);
  for (const { facet, trigger, kind, status } of rows) expect(facet).toBe(facetOf(trigger, kind, status));
});
