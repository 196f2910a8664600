import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import type { TestApp } from '../../kit/app.ts';
import { emptySystemDatabase } from '../../kit/meltano/system-database.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { done } from '../../kit/verbs/call.ts';

let count = 0;
const fresh = (): string => `made-${(count += 1)}`;

const tasks = [{ blocks: ['digest:daily'] }];
const week = { dueSince: '2026-01-05T00:00:00Z', dueBefore: '2026-01-12T00:00:00Z' };
const state = { singer_state: { bookmarks: {} } };

async function job(app: TestApp): Promise<string> {
  const input = { environment: 'desk/dev', name: fresh(), tasks };
  return (await done<{ job: { path: string } }>(app, 'createJob', input, 'job { path }')).job.path;
}

async function schedule(app: TestApp): Promise<string> {
  const input = { job: 'desk/dev/calls', name: fresh(), interval: '@daily' };
  type Made = { schedule: { path: string } };
  return (await done<Made>(app, 'createSchedule', input, 'schedule { path }')).schedule.path;
}

async function service(app: TestApp): Promise<string> {
  const input = { environment: 'desk/dev', name: fresh(), command: 'digest:daily' };
  type Made = { service: { path: string } };
  return (await done<Made>(app, 'createService', input, 'service { path }')).service.path;
}

async function stateAt(app: TestApp): Promise<string> {
  const input = { environment: 'desk/dev', stateId: fresh(), document: { json: state } };
  return (await done<{ state: { path: string } }>(app, 'setState', input, 'state { path }')).state.path;
}

async function run(app: TestApp): Promise<string> {
  return (await done<{ run: { id: string } }>(app, 'runJob', { job: 'desk/dev/calls' }, 'run { id }')).run.id;
}

async function endedRun(app: TestApp): Promise<string> {
  const id = await run(app);
  await done(app, 'cancelRun', { run: id }, 'run { id }');
  return id;
}

async function stateNode(app: TestApp): Promise<string> {
  const input = { environment: 'desk/dev', stateId: fresh(), document: { json: state } };
  return (await done<{ state: { id: string } }>(app, 'setState', input, 'state { id }')).state.id;
}

async function worker({ app: { store } }: TestApp, isDrained = false): Promise<string> {
  const id = await enrol(store, `here/${fresh()}`);
  if (isDrained) await store.workers.drain(id, { isStopping: false });
  return encodeGlobalId({ type: 'Worker', id });
}

async function bulkOperation(app: TestApp): Promise<string> {
  const input = { filter: { ids: [await run(app)] } };
  return (await done<{ operation: { id: string } }>(app, 'cancelRuns', input, 'operation { id }')).operation
    .id;
}

async function managed(app: TestApp): Promise<string> {
  const name = fresh();
  await done(app, 'createProject', { name, text: 'environments: [{ name: dev }]' }, 'project { id }');
  return name;
}

/** @returns a file of a new managed project */
async function file(app: TestApp): Promise<{ project: string; path: string }> {
  const input = { project: await managed(app), path: 'transform/orders.sql', text: 'select 1' };
  await done(app, 'putProjectFile', input, 'file { path }');
  return { project: input.project, path: input.path };
}

/** A project from a repository that nobody looks at. */
async function fromGit({ app }: TestApp): Promise<string> {
  const name = fresh();
  const { id } = await app.store.projects.create({ name, directory: `/${name}` });
  await app.store.prisma.projectSource.create({
    data: { projectId: id, url: 'https://git.invalid/a', ref: 'HEAD' },
  });
  return name;
}

async function managedPlugin(app: TestApp): Promise<string> {
  const input = { project: await managed(app), type: 'UTILITY', name: 'shell', namespace: 'shell' };
  return (await done<{ plugin: { id: string } }>(app, 'createPlugin', input, 'plugin { id }')).plugin.id;
}

async function plan(app: TestApp): Promise<object> {
  const input = { project: await managed(app), text: 'environments: [{ name: dev }, { name: prod }]' };
  type Made = { plan: { etag: string } };
  return { ...input, planEtag: (await done<Made>(app, 'planProject', input, 'plan { etag }')).plan.etag };
}

/** A webhook that leads nowhere. @returns its path */
async function webhook(app: TestApp): Promise<string> {
  const input = { project: 'desk', name: fresh(), ...toNobody };
  return (await done<{ webhook: { path: string } }>(app, 'createWebhook', input, 'webhook { path }')).webhook
    .path;
}
const toNobody = { url: 'https://hooks.invalid/', format: 'SLACK', events: ['RUN_FAILED'] };

/** What no verb makes: rows of projects, environments and plugins. */
const rows = {
  project: async ({ app }: TestApp): Promise<string> => {
    const name = fresh();
    await app.store.projects.create({ name, directory: `/${name}` });
    return name;
  },
  projectWithDatabase: async ({ app }: TestApp): Promise<string> => {
    const name = fresh();
    const directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-rules-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await emptySystemDatabase(directory);
    await app.store.projects.create({ name, directory });
    return name;
  },
  environment: async ({ app }: TestApp): Promise<string> => {
    const name = fresh();
    const { id: projectId } = await app.store.prisma.project.findFirstOrThrow({ where: { name: 'desk' } });
    await app.store.prisma.environment.create({ data: { projectId, name } });
    return `desk/${name}`;
  },
  plugin: async ({ app }: TestApp): Promise<string> => {
    const { id: projectId } = await app.store.prisma.project.findFirstOrThrow({ where: { name: 'desk' } });
    const data = { projectId, name: fresh(), type: 'UTILITY', definition: 'CUSTOM' } as const;
    const { id } = await app.store.prisma.plugin.create({ data });
    return encodeGlobalId({ type: 'Plugin', id });
  },
};

/** For each mutation, an input that it accepts, and that it has not been given before. */
export const mutationInputs: Record<string, (app: TestApp) => object | Promise<object>> = {
  createProject: () => ({ name: fresh() }),
  updateProject: async (app) => ({ project: await managed(app), defaultEnvironment: 'dev' }),
  planProject: async (app) => ({ project: await managed(app), text: 'environments: []' }),
  applyProject: plan,
  exportProject: async (app) => ({ project: await managed(app) }),
  deleteProject: async (app) => ({ project: await rows.project(app) }),
  putProjectFile: async (app) => ({ ...(await file(app)), text: 'select 2' }),
  deleteProjectFile: file,
  syncProject: async (app) => ({ project: await fromGit(app) }),
  setProjectEnv: async (app) => ({ project: await managed(app), variables: [{ name: 'A', value: fresh() }] }),
  unsetProjectEnv: async (app) => {
    const project = await managed(app);
    await done(app, 'setProjectEnv', { project, variables: [{ name: 'A', value: '1' }] }, 'project { id }');
    return { project, names: ['A'] };
  },

  createWebhook: () => ({ project: 'desk', name: fresh(), ...toNobody }),
  updateWebhook: async (app) => ({ webhook: await webhook(app), name: fresh() }),
  deleteWebhook: async (app) => ({ webhook: await webhook(app) }),
  testWebhook: async (app) => ({ webhook: await webhook(app) }),
  retryDelivery: async (app) => {
    const input = { webhook: await webhook(app) };
    type Made = { delivery: { id: string } };
    return { id: (await done<Made>(app, 'testWebhook', input, 'delivery { id }')).delivery.id };
  },

  createEnvironment: async (app) => ({ project: await managed(app), name: 'qa' }),
  updateEnvironment: async (app) => ({ environment: await rows.environment(app), stateIdSuffix: fresh() }),
  deleteEnvironment: async (app) => ({ environment: await rows.environment(app) }),

  installPlugins: () => ({ project: 'desk', timeoutSeconds: (count += 1) }),
  importSystemDatabase: async (app) => ({ project: await rows.projectWithDatabase(app) }),
  discoverStreams: () => ({
    plugin: 'annex/extractors/tap-calls',
    environment: 'annex/dev',
    timeoutSeconds: (count += 1),
  }),
  testPlugin: () => ({
    plugin: 'annex/extractors/tap-calls',
    environment: 'annex/dev',
    timeoutSeconds: (count += 1),
  }),
  createPlugin: async (app) => ({ project: await managed(app), type: 'UTILITY', name: fresh() }),
  updatePlugin: async (app) => ({ plugin: await managedPlugin(app), config: { size: 1 } }),
  deletePlugin: async (app) => ({ plugin: await rows.plugin(app) }),

  createJob: () => ({ environment: 'desk/dev', name: fresh(), tasks }),
  updateJob: async (app) => ({ job: await job(app), tasks: [...tasks, ...tasks] }),
  deleteJob: async (app) => ({ job: await job(app) }),

  createSchedule: () => ({ job: 'desk/dev/calls', name: fresh(), interval: '@hourly' }),
  updateSchedule: async (app) => ({ schedule: await schedule(app), interval: '@weekly' }),
  pauseSchedule: async (app) => ({ schedule: await schedule(app) }),
  resumeSchedule: async (app) => {
    const paused = { schedule: await schedule(app) };
    await done(app, 'pauseSchedule', paused, 'schedule { id }');
    return paused;
  },
  triggerSchedule: async (app) => ({ schedule: await schedule(app) }),
  deleteSchedule: async (app) => ({ schedule: await schedule(app) }),

  createService: () => ({ environment: 'desk/dev', name: fresh(), command: 'digest:daily', start: true }),
  updateService: async (app) => ({ service: await service(app), args: ['--loud'] }),
  startService: async (app) => ({ service: await service(app) }),
  stopService: async (app) => {
    const started = { service: await service(app) };
    await done(app, 'startService', started, 'service { id }');
    return started;
  },
  restartService: async (app) => ({ service: await service(app) }),
  deleteService: async (app) => ({ service: await service(app) }),

  runJob: () => ({ job: 'desk/dev/calls', stateIdSuffix: fresh() }),
  runCommand: () => ({ environment: 'desk/dev', command: 'digest:daily', stateIdSuffix: fresh() }),
  runTests: () => ({ environment: 'annex/dev', timeoutSeconds: (count += 1) }),
  retryRun: async (app) => ({ run: await endedRun(app) }),
  cancelRun: async (app) => ({ run: await run(app) }),
  cancelRuns: async (app) => ({ filter: { ids: [await run(app)] } }),
  deleteRun: async (app) => ({ run: await endedRun(app) }),
  deleteRuns: async (app) => ({ filter: { ids: [await endedRun(app)] } }),
  retryRuns: async (app) => ({ filter: { ids: [await endedRun(app)] } }),
  runJobs: () => ({ filter: { environment: 'desk/dev', pattern: fresh() } }),
  pauseSchedules: () => ({ filter: { environment: 'desk/dev', pattern: `${fresh()}*` } }),
  resumeSchedules: () => ({ filter: { job: 'desk/dev/calls', pattern: `${fresh()}*` } }),
  copyStates: async (app) => ({ filter: { ids: [await stateNode(app)] }, environment: 'desk/prod' }),
  moveStates: async (app) => ({ filter: { ids: [await stateNode(app)] }, environment: 'desk/prod' }),
  clearStates: async (app) => ({ filter: { ids: [await stateNode(app)] } }),
  planBackfill: async (app) => ({ schedule: await schedule(app), ...week }),
  backfill: async (app) => ({ job: await job(app), interval: '@daily', ...week }),
  pauseBulkOperation: async (app) => ({ id: await bulkOperation(app) }),
  resumeBulkOperation: async (app) => ({ id: await bulkOperation(app) }),
  cancelBulkOperation: async (app) => ({ id: await bulkOperation(app) }),
  setRunLimit: () => ({ label: fresh(), maxRuns: (count += 1) }),
  setRetention: async (app) => ({ project: await rows.project(app), retention: { runDays: (count += 1) } }),
  drainWorker: async (app) => ({ id: await worker(app) }),
  resumeWorker: async (app) => ({ id: await worker(app, true) }),

  setState: () => ({ environment: 'desk/dev', stateId: fresh(), document: { json: state } }),
  mergeState: () => ({ environment: 'desk/dev', stateId: fresh(), source: { document: { json: state } } }),
  copyState: async (app) => ({ state: await stateAt(app), to: { stateId: fresh() } }),
  moveState: async (app) => ({ state: await stateAt(app), to: { stateId: fresh() } }),
  clearState: async (app) => ({ state: await stateAt(app) }),
  restoreState: async (app) => ({ state: await stateAt(app), version: 1 }),
  editState: async (app) => ({
    state: await stateAt(app),
    operations: [{ add: { path: '/singer_state/bookmarks/calls', value: { json: {} } } }],
  }),
  importState: () => ({
    environment: 'desk/dev',
    states: [{ stateId: fresh(), completed: { json: state }, partial: { json: {} } }],
  }),

  moveResource: async (app) => ({ resource: { job: await job(app) }, to: { name: fresh() } }),
  undelete: async (app) => {
    const input = { job: await job(app) };
    const { job: deleted } = await done<{ job: { id: string } }>(app, 'deleteJob', input, 'job { id }');
    return { id: deleted.id };
  },
};
