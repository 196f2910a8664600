import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
let run: string;

const manifest = `environments: [{ name: dev }]
plugins:
  extractors: [{ name: tap-a, namespace: tap_a }]
  loaders: [{ name: both, namespace: both_l }]
  utilities:
    - { name: both, namespace: both_u }
    - { name: tool, namespace: tool, commands: { go: x } }
jobs: [{ name: calls, tasks: ['tool:go'] }]
`;

beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  await done(app, 'createProject', { name: 'own', text: manifest }, '__typename');
  const environment = 'own/dev';
  const service = { environment, name: 'page', command: 'tool:go' };
  await done(app, 'createService', service, '__typename');
  const schedule = { job: 'own/dev/calls', name: 'nightly', interval: '@daily' };
  await done(app, 'createSchedule', schedule, '__typename');
  const document = { json: { singer_state: {} } };
  await done(app, 'setState', { environment, stateId: 'dev:a-to-b', document }, '__typename');
  await done(app, 'runJob', { job: 'own/dev/calls' }, '__typename');
  const last = await done<{ run: { id: string } }>(app, 'runJob', { job: 'own/dev/calls' }, 'run { id }');
  run = last.run.id;
});
afterAll(() => app.stop());

/** A path of an object of each kind. */
const paths: Record<string, string> = {
  project: 'own',
  environment: 'own/dev',
  plugin: 'own/utilities/both',
  job: 'own/dev/calls',
  schedule: 'own/dev/nightly',
  service: 'own/dev/page',
  state: 'own/dev/dev:a-to-b',
};
const kinds = Object.keys(paths);

/** Sends look-ups under aliases. */
async function lookUp(looks: Record<string, [field: string, ref: string]>) {
  const entries = Object.entries(looks);
  const variables = entries.map(([alias]) => `$${alias}: ID!`).join(', ');
  const fields = entries.map(
    ([alias, [field]]) => `${alias}: ${field}(ref: $${alias}) { id ${field === 'run' ? 'status' : 'path'} }`,
  );
  const { result, statements } = await app.counting(() =>
    app.send<Record<string, { id: string; path?: string } | null>>(
      `query (${variables}) { ${fields.join(' ')} projects { nodes { name } } }`,
      Object.fromEntries(entries.map(([alias, [, ref]]) => [alias, ref])),
    ),
  );
  const { data, errors, extensions } = result as typeof result & {
    extensions?: { movedPaths?: { from: string; to: string }[] };
  };
  expect(errors).toBeUndefined();
  // Nothing else is harmed.
  expect(data.projects).toMatchObject({
    nodes: expect.arrayContaining([{ name: 'desk' }, { name: 'own' }]) as unknown,
  });
  const moved = (extensions?.movedPaths ?? []).map(({ from, to }) => `${from} -> ${to}`);
  return { data, statements, moved };
}

describe('a root look-up', () => {
  test.each(kinds)(
    'finds one %s by its path, and the same by its id, each in one statement',
    async (kind) => {
      const path = paths[kind] ?? '';
      const byPath = await lookUp({ it: [kind, path] });
      expect(byPath.data.it).toMatchObject({ path });
      const byId = await lookUp({ it: [kind, byPath.data.it?.id ?? ''] });
      expect(byId.data.it).toEqual(byPath.data.it);
      // The other one lists the projects.
      for (const { statements } of [byPath, byId]) expect(statements.length).toBeLessThanOrEqual(2);
    },
  );

  test('finds a run by its id, and the newest run of a job by the path of the job', async () => {
    const { data, statements } = await lookUp({ id: ['run', run], path: ['run', 'own/dev/calls'] });
    expect(data.id).toMatchObject({ id: run, status: 'QUEUED' });
    expect(data.path).toEqual(data.id);
    expect(statements.length).toBeLessThanOrEqual(2);
  });

  test('is null for what is not there, and for what can be no reference', async () => {
    const { data: known } = await lookUp({ id: ['job', paths.job ?? ''] });
    const nobody = Buffer.from('Job:00000000-0000-7000-8000-000000000000').toString('base64url');
    const wrong = [nobody, '', '/', '//', 'own', 'own/dev', 'own/none', 'own/dev/none', 'x/y/z', 'a\0b/c/d'];
    for (const kind of [...kinds, 'run']) {
      const refs = wrong.filter((ref) => ref !== paths[kind]);
      if (kind !== 'job') refs.push(known.id?.id ?? '');
      const { data } = await lookUp(
        Object.fromEntries(refs.map((ref, i) => [`a${i}`, [kind, ref] as const])) as never,
      );
      for (const [i, ref] of refs.entries()) expect(data[`a${i}`], `${kind} ${ref}`).toBeNull();
    }
    expect((await lookUp({ run: ['run', 'desk/dev/tickets'] })).data.run).toBeNull();
  });

  test('takes as many statements for many references as for a few', async () => {
    const many = (n: number) =>
      Object.fromEntries(
        [...kinds, 'run'].flatMap((kind) =>
          Array.from({ length: n }, (_, i) => [`${kind}${i}`, [kind, `none/dev/${i}`] as [string, string]]),
        ),
      );
    const few = await lookUp(many(1));
    const more = await lookUp(many(4));
    expect(more.statements.length).toBe(few.statements.length);
  });

  test('does not find what was deleted', async () => {
    const environment = 'desk/dev';
    const tasks = [{ blocks: ['digest'] }];
    const { job } = await done<{ job: { id: string } }>(
      app,
      'createJob',
      { environment, name: 'short', tasks },
      'job { id }',
    );
    expect((await lookUp({ it: ['job', job.id] })).data.it).toMatchObject({ path: 'desk/dev/short' });
    await done(app, 'deleteJob', { job: job.id }, '__typename');
    const { data } = await lookUp({ id: ['job', job.id], path: ['job', 'desk/dev/short'] });
    expect(data).toMatchObject({ id: null, path: null });
  });

  test('finds a plugin of a project by its type and its name', async () => {
    const { project } = await app.query<{ project: unknown }>(`{ project(ref: "own") {
      loader: plugin(type: LOADER, name: "both") { path type } utility: plugin(type: UTILITY, name: "both") { path }
      none: plugin(type: EXTRACTOR, name: "both") { path } } }`);
    expect(project).toEqual({
      loader: { path: 'own/loaders/both', type: 'LOADER' },
      utility: { path: 'own/utilities/both' },
      none: null,
    });
  });
});

test('a list at the root that cannot be read is null beside its error, and takes no other field with it', async () => {
  const { data, errors } = await app.send<Record<string, { nodes: unknown[] } | null>>(`{
    projects(after: "nonsense") { nodes { name } } bulkOperations(before: "nonsense") { nodes { id } }
    upcomingRuns(after: "nonsense") { nodes { name } } runs(project: "own", job: "own/dev/calls") { nodes { id } }
    unknown: runs(project: "nosuch") { nodes { id } } all: projects { nodes { path } } }`);
  expect(data).toMatchObject({
    projects: null,
    bulkOperations: null,
    upcomingRuns: null,
    runs: null,
    unknown: null,
  });
  expect(data.all?.nodes).toContainEqual({ path: 'own' });
  const told = errors?.map(({ path, extensions }) => [path, extensions?.code]);
  expect(told).toEqual([
    [['projects'], 'BAD_CURSOR'],
    [['bulkOperations'], 'BAD_CURSOR'],
    [['upcomingRuns'], 'BAD_CURSOR'],
    [['runs'], 'BAD_ARGUMENTS'],
  ]);
});

test('a former path leads a look-up on, and the answer says so', async () => {
  const move = (resource: object, to: object) =>
    done(app, 'moveResource', { resource, to }, 'resource { id }');
  await done(app, 'createProject', { name: 'moved', text: manifest }, '__typename');
  await done(app, 'runJob', { job: 'moved/dev/calls' }, 'run { id }');
  await done(app, 'cancelRun', { run: 'moved/dev/calls' }, 'run { id }');
  await move({ plugin: 'moved/extractors/tap-a' }, { name: 'tap-b' });
  await move({ job: 'moved/dev/calls' }, { name: 'phone' });
  await move({ environment: 'moved/dev' }, { name: 'live' });
  await move({ project: 'moved' }, { name: 'own-2' });
  const { result } = await app.counting(() =>
    app.send<Record<string, unknown>>(`{
        project(ref: "moved") { path } environment(ref: "moved/dev") { path } job(ref: "moved/dev/calls") { path }
        plugin(ref: "moved/extractors/tap-a") { path } run(ref: "moved/dev/calls") { job { path } }
        below: project(ref: "own-2") { plugin(type: EXTRACTOR, name: "tap-a") { path } }
        jobs(environment: "moved/dev") { nodes { path } } }`),
  );
  const { data, extensions } = result as typeof result & {
    extensions?: { movedPaths?: { from: string; to: string }[] };
  };
  expect(data).toEqual({
    project: { path: 'own-2' },
    environment: { path: 'own-2/live' },
    job: { path: 'own-2/live/phone' },
    plugin: { path: 'own-2/extractors/tap-b' },
    run: { job: { path: 'own-2/live/phone' } },
    below: { plugin: { path: 'own-2/extractors/tap-b' } },
    jobs: { nodes: [{ path: 'own-2/live/phone' }] },
  });
  const moved = (extensions?.movedPaths ?? []).map(({ from, to }) => `${from} -> ${to}`).sort();
  expect(moved).toEqual([
    'moved -> own-2',
    'moved/dev -> own-2/live',
    'moved/dev/calls -> own-2/live/phone',
    'moved/extractors/tap-a -> own-2/extractors/tap-b',
    'own-2/extractors/tap-a -> own-2/extractors/tap-b',
  ]);
  // A mutation follows it, too.
  const update = { plugin: 'moved/extractors/tap-a', label: 'A' };
  expect(await done(app, 'updatePlugin', update, 'plugin { path label }')).toMatchObject({
    plugin: { path: 'own-2/extractors/tap-b', label: 'A' },
  });
  const install = { project: 'own-2', plugins: ['moved/extractors/tap-a', 'own-2/utilities/both'] };
  expect(await done(app, 'installPlugins', install, 'run { command }')).toMatchObject({
    run: { command: 'tap-b both' },
  });
  // What it was called is forgotten with it.
  const { prisma } = app.app.store;
  const of = { where: { type: 'Plugin' } };
  expect(await prisma.formerName.count(of)).toBe(1);
  await prisma.plugin.deleteMany({ where: { name: 'tap-b' } });
  expect(await prisma.formerName.count(of)).toBe(0);
});
