import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainVault } from '../../kit/data/plain-vault.ts';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { purgeDeleted } from '../../../src/domain/lifecycle/purge.ts';
import type { RunToExecute, RunEnd } from '../../../src/store/runs/runs.ts';
import { endRun } from '../../../src/worker/end-run.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { ask, readRun } from '../../kit/verbs/runs.ts';
import { askService, readService, type ServiceFacts } from '../../kit/verbs/services.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

// No worker runs here: the tests begin and end the runs of services as one does.
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  for (const name of ['here/1', 'w/1', 'w/2', 'w/3', 'w/4']) await enrol(app.app.store, name);
});
afterAll(() => app.stop());

let count = 0;
function create(input: object = {}): Promise<ServiceFacts> {
  const name = `service-${(count += 1)}`;
  return askService(app, 'createService', {
    environment: 'desk/dev',
    name,
    command: 'digest:daily',
    ...input,
  });
}

/** Starts what is due, which is to be one service. */
async function begin(): Promise<RunToExecute & { globalId: string }> {
  const run = await app.app.store.serviceStarts.startDue('here/1');
  if (!run) throw new Error('No start is due.');
  return { ...run, globalId: encodeGlobalId({ type: 'Run', id: run.id }) };
}

const failure: RunEnd = {
  status: 'FAILED',
  endReason: 'EXITED',
  exitCode: 5,
  signal: null,
  errorMessage: 'It broke.',
};
const obeyed: RunEnd = { ...failure, status: 'CANCELLED', endReason: 'CANCEL_REQUESTED' };

const worker = () => ({ store: app.app.store, gateway: { vault: plainVault } });
const end = (run: RunToExecute, how: RunEnd): Promise<void> => endRun(worker(), run, 'here/1', how);

describe('a service', () => {
  test('is created, changed and listed; sensitive values are kept from readers', async () => {
    const input = {
      args: ['--title', 'a b'],
      env: [{ name: 'DIGEST_PASSWORD', value: 'hunter2' }],
      maxRestarts: 3,
      backoffInitialSeconds: 2,
    };
    const { id, path, status, desiredStatus } = await create(input);
    expect([status, desiredStatus]).toEqual(['STOPPED', 'STOPPED']);
    await askService(app, 'updateService', { service: path, command: 'digest', restartPolicy: 'ALWAYS' });
    await askService(app, 'updateService', { service: id, maxRestarts: null });
    const { project } = await app.query<{ project: { environment: Record<string, unknown> } }>(
      `query ($name: String!) { project(ref: "desk") { environment(name: "dev") {
        service(name: $name) {
          id command args env { name value } restartPolicy maxRestarts backoffInitialSeconds backoffMaxSeconds
        }
        services(first: 50, filter: { statuses: [STOPPED] }) { nodes { id } }
        none: services(filter: { statuses: [FAILED] }) { totalCount }
      } } }`,
      { name: path.split('/')[2] },
    );
    expect(project.environment).toMatchObject({
      service: {
        id,
        command: 'digest',
        args: ['--title', 'a b'],
        env: [{ name: 'DIGEST_PASSWORD', value: null }],
        restartPolicy: 'ALWAYS',
        maxRestarts: null,
        backoffInitialSeconds: 2,
        backoffMaxSeconds: 300,
      },
      services: { nodes: [{ id }] },
      none: { totalCount: 0 },
    });
  });

  test('is refused with everything that is wrong with it', async () => {
    const wrong = await refused(app, 'createService', {
      environment: 'desk/dev',
      name: 'a:b',
      command: 'digest:hourly',
      args: ['x'.repeat(4097)],
      env: [{ name: 'MELTANO_RUN_ID', value: '' }],
      maxRestarts: -1,
      backoffMaxSeconds: 0,
    });
    expect(mistakes(wrong)).toEqual([
      'input.name: BAD_NAME',
      'input.command: UNKNOWN_COMMAND',
      'input.args.0: BAD_VALUE',
      'input.env.0.name: RESERVED',
      'input.maxRestarts: OUT_OF_RANGE',
      'input.backoffMaxSeconds: OUT_OF_RANGE',
    ]);
    for (const command of ['tap-calls', 'target-desk', 'hide-names', 'map-desk']) {
      const input = { environment: 'desk/dev', name: 'no-service', command };
      expect(mistakes(await refused(app, 'createService', input))).toEqual([
        'input.command: MISPLACED_BLOCK',
      ]);
    }
    const { path } = await create();
    const taken = { environment: 'desk/dev', name: path.split('/')[2], command: 'digest' };
    expect((await refused(app, 'createService', taken)).__typename).toBe('AlreadyExists');
  });

  test('that is due is started by one of many workers', async () => {
    const { id } = await create({ start: true, args: ['--loud'] });
    expect(await readService(app, id)).toMatchObject({ status: 'STARTING', currentRun: null });
    const asked = await Promise.all([1, 2, 3, 4].map((n) => app.app.store.serviceStarts.startDue(`w/${n}`)));
    const [run, ...others] = asked.filter((one) => one !== null);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ command: 'digest:daily', args: ['--loud'], environment: { name: 'dev' } });
    const running = await readService(app, id);
    expect(running).toMatchObject({
      status: 'RUNNING',
      nextStartAt: null,
      currentRun: { status: 'RUNNING' },
    });
    // Started again, it goes on.
    expect(await askService(app, 'startService', { service: id })).toEqual(running);
    await askService(app, 'stopService', { service: id });
    if (run) await endRun(worker(), run, run.workerId, obeyed);
  });

  test('that fails is started again after a while, until it is given up', async () => {
    const { id, etag } = await create({ start: true, maxRestarts: 1, backoffInitialSeconds: 60 });
    await end(await begin(), failure);
    const waiting = await readService(app, id);
    expect(waiting).toMatchObject({ status: 'BACKING_OFF', statusReason: 'It broke.', restartCount: 1 });
    expect(Date.parse(waiting.nextStartAt ?? '')).toBeGreaterThan(Date.now() + 30_000);
    expect(await app.app.store.serviceStarts.startDue('here/1')).toBeNull();
    const { prisma } = app.app.store;
    const due = { nextStartAt: new Date(Date.parse(waiting.nextStartAt ?? '') - 90_000) };
    await prisma.service.updateMany({ where: { nextStartAt: { not: null } }, data: due });
    await end(await begin(), failure);
    const reason = 'It was given up after 1 restart in a row. It broke.';
    expect(await readService(app, id)).toMatchObject({
      status: 'FAILED',
      statusReason: reason,
      currentRun: null,
    });
    // What workers write changes no etag.
    expect((await readService(app, id)).etag).toBe(etag);
    const { node } = await app.query<{ node: { runs: unknown } }>(
      `query ($id: ID!) { node(id: $id) { ... on Service { runs { nodes { kind status exitCode service { id } } } } } }`,
      { id },
    );
    const row = { kind: 'SERVICE', status: 'FAILED', exitCode: 5, service: { id } };
    expect(node.runs).toEqual({ nodes: [row, row] });
    expect(await askService(app, 'startService', { service: id })).toMatchObject({
      status: 'STARTING',
      restartCount: 0,
      statusReason: null,
    });
    expect(await askService(app, 'stopService', { service: id })).toMatchObject({ status: 'STOPPED' });
    expect(await app.app.store.serviceStarts.startDue('here/1')).toBeNull();
  });

  test('that is stopped stays so, and one that is restarted meanwhile starts when it has ended', async () => {
    const { id } = await create({ start: true, restartPolicy: 'ALWAYS' });
    const run = await begin();
    const stopping = await askService(app, 'stopService', { service: id });
    expect(stopping).toMatchObject({ status: 'STOPPING', desiredStatus: 'STOPPED' });
    expect(await askService(app, 'stopService', { service: id })).toEqual(stopping);
    expect((await readRun(app, run.globalId)).status).toBe('CANCELLING');
    await end(run, obeyed);
    expect(await readService(app, id)).toMatchObject({ status: 'STOPPED', statusReason: null });

    await askService(app, 'startService', { service: id });
    const second = await begin();
    expect(await askService(app, 'restartService', { service: id })).toMatchObject({ status: 'STOPPING' });
    expect(await app.app.store.serviceStarts.startDue('here/1')).toBeNull();
    await end(second, obeyed);
    expect(await readService(app, id)).toMatchObject({ status: 'STARTING', restartCount: 0 });
    const third = await begin();
    await askService(app, 'stopService', { service: id });
    await end(third, obeyed);
  });

  test('whose run is cancelled is started again, or not, by its policy', async () => {
    for (const [restartPolicy, status] of [
      ['ALWAYS', 'BACKING_OFF'],
      ['ON_FAILURE', 'STOPPED'],
    ]) {
      const { id } = await create({ start: true, restartPolicy });
      const run = await begin();
      await ask(app, 'cancelRun', { run: run.globalId });
      expect(await readService(app, id)).toMatchObject({ status: 'STOPPING', desiredStatus: 'RUNNING' });
      await end(run, obeyed);
      expect((await readService(app, id)).status).toBe(status);
      await askService(app, 'stopService', { service: id });
      const retry = await refused(app, 'retryRun', { run: run.globalId });
      expect(mistakes(retry)).toEqual(['input.run: NOT_RETRYABLE']);
    }
  });

  test('ends and is stopped at the same time without a deadlock', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, etag } = await create({ start: true });
      const run = await begin();
      await Promise.all([
        end(run, failure),
        call(app, 'stopService', { service: id, ifMatch: etag }, '__typename'),
        call(app, 'cancelRuns', { filter: { ids: [run.globalId] } }, '__typename'),
      ]);
      expect(await readService(app, id)).toMatchObject({ status: 'STOPPED', currentRun: null });
    }
  });

  test('is moved, but to another environment only while it does not run', async () => {
    const { id, path } = await create({ start: true });
    const run = await begin();
    const name = 'renamed-service';
    const resource = { service: id };
    await done(app, 'moveResource', { resource, to: { name } }, '__typename');
    const to = { environment: 'desk/prod' };
    const busy = await refused(app, 'moveResource', { resource, to });
    expect(busy).toMatchObject({ __typename: 'Busy', run: { id: run.globalId } });
    const elsewhere = await refused(app, 'moveResource', { resource, to: { environment: 'annex/dev' } });
    expect(elsewhere.__typename).toBe('Conflict');
    // By the path that it had before.
    await askService(app, 'stopService', { service: path });
    await end(run, obeyed);
    await done(app, 'moveResource', { resource, to }, '__typename');
    expect((await readService(app, id)).path).toBe(`desk/prod/${name}`);
    await done(app, 'deleteService', resource, '__typename');
  });
});

test('a service names its plugin as it is called after it was renamed', async () => {
  const text =
    'environments: [{ name: dev }]\nplugins: { utilities: [{ name: sh, namespace: sh, commands: { up: up } }] }';
  await done(app, 'createProject', { name: 'shells', text }, '__typename');
  const { id } = await create({ environment: 'shells/dev', command: 'sh:up' });
  const query = '{ project(ref: "shells") { plugins { nodes { id } } } }';
  const { project } = await app.query<{ project: { plugins: { nodes: { id: string }[] } } }>(query);
  const resource = { plugin: project.plugins.nodes[0]?.id };
  await done(app, 'moveResource', { resource, to: { name: 'bash' } }, '__typename');
  const { node } = await app.query<{ node: unknown }>(
    `query ($id: ID!) { node(id: $id) { ... on Service { command } } }`,
    { id },
  );
  expect(node).toEqual({ command: 'bash:up' });
});

describe('a deleted service', () => {
  test('is stopped first, or by force; it can be brought back, and at its time only its runs stay', async () => {
    const { id, path } = await create({ start: true });
    const run = await begin();
    expect(await refused(app, 'deleteService', { service: id })).toMatchObject({
      __typename: 'Busy',
      run: { id: run.globalId },
    });
    await done(app, 'deleteService', { service: id, force: true }, '__typename');
    expect((await refused(app, 'startService', { service: path })).__typename).toBe('NotFound');
    await end(run, obeyed);
    expect(await readService(app, id)).toMatchObject({ status: 'STOPPED', currentRun: null });
    await done(app, 'undelete', { id }, '__typename');
    expect(await askService(app, 'stopService', { service: path })).toMatchObject({ id, status: 'STOPPED' });

    await done(app, 'deleteService', { service: id }, '__typename');
    const { store } = app.app;
    const day = 24 * 3600 * 1000;
    await purgeDeleted(
      { db: store, transaction: store.transaction, deletedRetentionMs: day },
      new Date(Date.now() + 2 * day),
    );
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Run { service { id } } } }`;
    const { nodes } = await app.query<{ nodes: unknown }>(query, { ids: [id, run.globalId] });
    expect(nodes).toEqual([null, { id: run.globalId, service: null }]);
  });

  test('goes with its environment, is not started meanwhile, and comes back with it', async () => {
    const { store } = app.app;
    const { projectId } = await store.prisma.environment.findFirstOrThrow({
      where: { project: { name: 'desk' } },
    });
    const { id: environmentId } = await store.prisma.environment.create({
      data: { projectId, name: 'brief' },
    });
    const environment = encodeGlobalId({ type: 'Environment', id: environmentId });
    const { id } = await create({ environment, start: true });
    const conflict = await refused(app, 'deleteEnvironment', { environment });
    expect(conflict.message).toContain('1 service;');
    await done(app, 'deleteEnvironment', { environment, force: true }, '__typename');
    expect(await store.serviceStarts.startDue('here/1')).toBeNull();
    await done(app, 'undelete', { id: environment }, '__typename');
    expect((await readService(app, id)).status).toBe('STARTING');
    await askService(app, 'stopService', { service: id });
  });

  test('keeps no plugin, and one that exists keeps the plugin that it names', async () => {
    const { store } = app.app;
    const { projectId } = await store.prisma.environment.findFirstOrThrow({
      where: { project: { name: 'desk' } },
    });
    const data = { projectId, name: 'board', type: 'UTILITY', definition: 'CUSTOM' } as const;
    const plugin = encodeGlobalId({ type: 'Plugin', id: (await store.prisma.plugin.create({ data })).id });
    const { id } = await create({ command: 'board' });
    expect((await refused(app, 'deletePlugin', { plugin })).message).toContain('1 service;');
    await done(app, 'deleteService', { service: id }, '__typename');
    await done(app, 'deletePlugin', { plugin }, '__typename');
  });
});
