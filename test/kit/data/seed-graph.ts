import type { RunStatus } from '../../../src/store/index.ts';
import { hasEnded } from '../../../src/store/runs/run-status.ts';
import type { Seeder } from './seed.ts';

/** Ids of the rows of `seedGraph` that tests use. */
export type SeededGraph = Awaited<ReturnType<typeof seedGraph>>;

const time = new Date('2025-03-01T12:00:00.123Z');
const env = [
  { name: 'MODE', value: 'fast', sensitive: false },
  { name: 'TAP_PASSWORD', value: 'hunter2', sensitive: true },
];
const setting = {
  name: 'password',
  label: 'Password',
  description: 'To get in.',
  kind: 'string',
  sensitive: true,
  envName: 'TAP_ONE_PASSWORD',
  default: 'none',
  value: 'shown',
  isSet: true,
  source: 'MELTANO_YML',
  environments: {},
};
const bareSetting = {
  ...setting,
  ...{ label: null, description: null, kind: null, default: null, value: null, source: null },
};

let started = 0;

/** When a run started and ended. Each started later and took less time than the one before. */
function timesOf(status: RunStatus): { startedAt: Date; endedAt: Date | null } {
  const startedAt = new Date(time.getTime() + 1000 * (started += 1));
  return { startedAt, endedAt: hasEnded(status) ? new Date(startedAt.getTime() + 500_000 / started) : null };
}

/**
 * Fills a store: every type has several rows, every list of the first one of them has several, and every
 * column that may be null is null in one row and set in another.
 */
export async function seedGraph(seed: Seeder) {
  const project = await seed.project({
    name: 'alpha',
    manifestDigest: 'd',
    meltanoProjectId: 'm',
    defaultEnvironment: 'dev',
    requiresMeltano: '>=4',
    envNames: ['A'],
    dotEnvNames: ['B'],
    importWarnings: ['meltano.yml:1: odd'],
    importedAt: time,
    retention: {
      ...{ runDays: 400, runsPerJob: 500, logDays: 100, logsPerJob: 50, logMegabytes: 90 },
      ...{ stateVersionDays: 200, versionsPerState: 20, tickDays: 30, ticksPerSchedule: 40 },
    },
  });
  const managed = await seed.project({
    name: 'gamma',
    manifestMode: 'MANAGED',
    ownManifest: { create: { text: 'default_environment: nowhere\n' } },
  });
  const bareProjects = [await seed.project({ name: 'beta' }), managed];
  const bareDev = await seed.environment(bareProjects[0] as string, { name: 'dev' });
  const deletedProject = await seed.project({ name: 'alpha', deletedAt: time });

  const dev = await seed.environment(project, {
    name: 'dev',
    stateIdSuffix: 's',
    envNames: ['C'],
    pluginConfig: { extractors: [] },
  });
  const prod = await seed.environment(project, { name: 'prod', importedSchedules: 'PAUSED' });
  const testEnvironment = await seed.environment(project, { name: 'test' });
  const deletedEnvironment = await seed.environment(project, { name: 'dev', deletedAt: time });

  const plugin = await seed.plugin(project, {
    name: 'tap-one',
    inheritFrom: 'tap-zero',
    variant: 'acme',
    pipUrl: 'tap-one==1',
    executable: 'tap-one',
    namespace: 'tap_one',
    label: 'One',
    description: 'The first.',
    docs: 'https://example.org/docs',
    repository: 'https://example.org/code',
    capabilities: ['state'],
    mappings: ['same'],
    extras: { select: ['*.*'] },
    settings: [setting, bareSetting],
    commands: [
      { name: 'check', args: '--check', description: 'Checks.' },
      { name: 'list', args: '--list', description: null },
    ],
  });
  const tests = [
    { name: 'test', args: 'all', description: 'Tests all.' },
    { name: 'test-one', args: 'one', description: null },
  ];
  // They have the same name, so that lists ordered by name have rows that differ only in their ids.
  const plugins = [plugin];
  for (const type of ['LOADER', 'MAPPER', 'UTILITY'] as const) {
    plugins.push(await seed.plugin(project, { name: 'tap-one', type, commands: tests }));
  }
  plugins.push(await seed.plugin(project, { name: 'tap-two' }));
  const deletedPlugin = await seed.plugin(project, { name: 'tap-two', deletedAt: time });

  const job = await seed.job(dev, {
    name: 'daily',
    tasks: [['tap-one', 'target-one'], ['dbt:run']],
    labels: ['gpu'],
    priority: 'HIGH',
    retryPolicy: {
      ...{ maxAttempts: 3, initialDelaySeconds: 60, backoffFactor: 2, maxDelaySeconds: 3600 },
      retryOn: ['FAILED', 'LOST'],
    },
    pairs: ['tap-one-to-target-one', 'tap-two-to-target-one'],
  });
  const otherJob = await seed.job(dev, { name: 'hourly' });
  const weeklyJob = await seed.job(dev, { name: 'weekly' });
  const prodJob = await seed.job(prod, { name: 'daily' });
  const deletedJob = await seed.job(dev, { name: 'daily', deletedAt: time });

  const schedule = await seed.schedule(dev, {
    name: 'at-noon',
    jobId: job,
    interval: '@daily',
    cron: '0 0 * * *',
    timeZone: 'Europe/Berlin',
    env,
    startsAt: time,
    pauseAfterFailures: 3,
    retryPolicy: {
      ...{ maxAttempts: 2, initialDelaySeconds: 60, backoffFactor: 2, maxDelaySeconds: 3600 },
      retryOn: ['LOST'],
    },
    priority: 'LOW',
  });
  await seed.schedule(dev, {
    ...{ name: 'at-night', jobId: job, interval: '1,99 * * * *', cron: '1,99 * * * *', endsAt: time },
    ...{ isEnabled: false, pauseReason: 'REQUESTED', pauseNote: 'It is never due.', pausedAt: time },
  });
  const afterJobIds = [otherJob, weeklyJob, prodJob];
  const follower = await seed.schedule(dev, { name: 'by-hand', jobId: job, afterRule: 'ALL', afterJobIds });
  await seed.schedule(dev, { name: 'legacy', extractor: 'tap-one', loader: 'target-one', transform: 'skip' });
  const deletedSchedule = await seed.schedule(dev, { name: 'gone', jobId: job, deletedAt: time });

  const service = await seed.service(dev, {
    name: 'docs',
    args: ['--port', '0'],
    env,
    desiredStatus: 'RUNNING',
    status: 'RUNNING',
    maxRestarts: 3,
  });
  for (const name of ['board', 'search']) {
    await seed.service(dev, { name, status: 'BACKING_OFF', statusReason: 'It ended.', nextStartAt: time });
  }
  const deletedService = await seed.service(dev, { name: 'gone', deletedAt: time });

  const inJob = { environmentId: dev, jobId: job };
  const run = await seed.run(project, {
    ...inJob,
    status: 'FAILED',
    stateIdSuffix: 's',
    env,
    timeoutSeconds: 60,
    expiresAfterSeconds: 60,
    expiresAt: time,
    labels: ['gpu'],
    runAt: time,
    startedAt: time,
    endedAt: time,
    heartbeatAt: time,
    workerId: 'w',
    processId: 4711,
    endReason: 'EXITED',
    exitCode: 1,
    signal: 'SIGTERM',
    errorMessage: 'It failed.',
    scheduleId: schedule,
    scheduledFor: time,
    transform: 'skip',
    logCount: 7,
    logRemovedAt: time,
    commit: 'a'.repeat(40),
    importedAt: time,
    meltanoRunId: '00000000-0000-4000-8000-000000000001',
  });
  const held = { state: `state:${dev}:dev:tap-one-to-target-one`, plugins: 'plugins' };
  for (const key of Object.values(held)) await seed.lease(project, key, run);
  const waitingRun = await seed.run(project, {
    ...inJob,
    status: 'QUEUED',
    waitingForRunId: run,
    waitingForKey: held.state,
  });
  const installRun = await seed.run(project, {
    kind: 'INSTALL',
    status: 'QUEUED',
    waitingForRunId: run,
    waitingForKey: held.plugins,
  });
  const decided = { plannedAt: time, decidedAt: time };
  await seed.tick(schedule, 1, { ...decided, outcome: 'RUN', runId: run });
  await seed.tick(schedule, 2, {
    ...{ ...decided, outcome: 'SKIPPED', reason: 'OVERLAP', message: 'An earlier run had not ended.' },
    ...{ blockingRunId: run, upstreamRunId: run },
  });
  await seed.tick(schedule, 3, {
    ...decided,
    outcome: 'MISSED',
    reason: 'NO_CATCH_UP',
    message: 'It was late.',
  });
  const jobRuns = [run, waitingRun];
  for (const status of ['SUCCEEDED', 'FAILED', 'RUNNING', 'SUCCEEDED'] as const) {
    jobRuns.push(
      await seed.run(project, { ...inJob, ...timesOf(status), status, retryOfId: run, attempt: 2 }),
    );
  }
  // The runs from before the move of the service stay where they ran.
  const serviceRuns: string[] = [];
  for (const status of ['FAILED', 'CANCELLED', 'RUNNING', 'SUCCEEDED'] as const) {
    const inService = { environmentId: prod, serviceId: service, args: ['0'] };
    serviceRuns.push(await seed.run(project, { ...inService, ...timesOf(status), kind: 'SERVICE', status }));
  }
  await seed.currentRun(service, serviceRuns[2] as string);
  const adHocRun = await seed.run(project, { environmentId: dev });
  const prodRun = await seed.run(project, { environmentId: prod, jobId: prodJob });
  const otherJobRun = await seed.run(project, { environmentId: dev, jobId: otherJob });

  const block = await seed.block(run, {
    position: 0,
    kind: 'EXTRACT_LOAD',
    extractor: 'tap-one',
    loader: 'target-one',
    stateId: 'dev:tap-one-to-target-one',
    status: 'FAILED',
    exitCodes: [{ role: 'EXTRACTOR', plugin: 'tap-one', exitCode: 1 }],
    errorMessage: 'It failed.',
    startedAt: time,
    endedAt: time,
    durationSeconds: 1.5,
    firstLine: 1,
    lastLine: 7,
  });
  for (const position of [1, 2, 3, 4]) await seed.block(run, { position });
  const levels = ['INFO', 'DEBUG', 'WARNING', 'INFO', 'ERROR', 'CRITICAL', 'INFO'] as const;
  for (const [i, level] of levels.entries()) {
    const extra =
      i % 2 === 0
        ? ({ plugin: 'tap-one', stdio: 'STDERR', ansiText: 'a \u001b[1mline', fields: { n: i } } as const)
        : {};
    await seed.log(run, { sequence: i + 1, level, ...extra });
  }
  for (const stream of ['a', 'b', 'c']) {
    for (const name of ['record_count', 'sync_duration']) {
      await seed.metric(run, { plugin: 'tap-one', stream, name });
    }
  }

  // One that is running, and of which the loader has counted something, too.
  const running = jobRuns[4] as string;
  const pair = { kind: 'EXTRACT_LOAD', extractor: 'tap-one', loader: 'target-one' } as const;
  await seed.block(running, { position: 0, ...pair, status: 'RUNNING', startedAt: time });
  for (const [plugin, stream] of [
    ['tap-one', 'a'],
    ['target-one', 'a'],
    ['target-one', 'b'],
  ] as const) {
    await seed.metric(running, { plugin, stream });
  }

  // One that has just ended, so that it counts in statistics.
  const now = new Date();
  const justEnded = await seed.run(project, {
    ...{ environmentId: dev, jobId: weeklyJob, status: 'RUNNING', startedAt: now },
  });
  await seed.block(justEnded, { position: 0, ...pair });
  await seed.metric(justEnded, { plugin: 'tap-one', stream: 'a' });
  await seed.end(justEnded, now);

  // The last one was discovered by a run that no longer exists.
  const streams = ['calls', 'orders', 'people'].map((name, i) => ({
    name,
    isSelected: i > 0,
    properties: [{ name: 'id', selection: 'AUTOMATIC' }],
  }));
  for (const of of plugins.slice(0, 2)) await seed.catalog(of, dev, { runId: run, streams });
  await seed.catalog(plugins[2] as string, dev, { streams });

  const document = { singer_state: { bookmarks: { a: 1, b: { c: 2 } } } };
  const state = await seed.state(dev, {
    stateId: 'dev:tap-one-to-target-one',
    pair: 'tap-one-to-target-one',
    completed: document,
    partial: { singer_state: { bookmarks: { b: { d: 3 } } } },
    version: 5,
    updatedAt: time,
  });
  const states = [state];
  for (const suffix of ['x', 'y', 'z']) {
    const pair = suffix === 'z' ? 'tap-two-to-target-one' : 'tap-one-to-target-one';
    // They changed at the same time, so that lists ordered by time have rows that differ only in their ids.
    states.push(await seed.state(dev, { stateId: `dev:${pair}:${suffix}`, pair, updatedAt: time }));
  }
  const freeState = await seed.state(dev, { stateId: 'free' });
  const prodState = await seed.state(prod, {
    stateId: 'prod:tap-one-to-target-one',
    pair: 'tap-one-to-target-one',
  });
  const stateVersion = await seed.stateVersion(state, { version: 1, change: 'RUN', runId: run });
  // Each document has something that the one before does not have.
  for (const version of [2, 3, 4, 5]) {
    await seed.stateVersion(state, { version, completed: { singer_state: { [`v${version}`]: version } } });
  }
  // The version before it does not exist.
  await seed.stateVersion(freeState, { version: 7 });
  await seed.state(dev, { stateId: 'cleared', completed: {}, partial: {}, deletedAt: time });
  for (const one of states.slice(1)) {
    await seed.stateVersion(one, { version: 1, change: 'RUN', runId: run });
  }

  const worker = await seed.worker(
    { name: 'w', bootId: 'b', pidNamespace: 'pid:[1]', labels: ['gpu'], drainingAt: time },
    [project, ...bareProjects],
  );
  for (const name of ['x', 'y']) await seed.worker({ name });
  const alive = { heartbeatAt: new Date('2100-01-01T00:00:00Z') };
  await seed.worker({ name: 'full', slots: 0, ...alive }, bareProjects.slice(0, 1));
  const waiting = { environmentId: bareDev, status: 'QUEUED' } as const;
  for (const leaseKeys of [[], [], ['state:x:y']])
    await seed.run(bareProjects[0] as string, { ...waiting, leaseKeys });
  // The first one has all that a limit may have.
  const of = { projectId: project, environmentId: dev, jobId: job };
  await seed.limit({ key: 'limit:1', scope: 'LABEL', label: 'gpu', maxRuns: 1, ...of });
  for (const n of [2, 3, 4]) await seed.limit({ key: `limit:${n}`, scope: 'LABEL', maxRuns: 1 });
  const from = { url: 'https://git.invalid/a.git', ref: 'HEAD' };
  await seed.source({
    ...{
      projectId: project,
      ...from,
      credential: 'env:GIT_CREDENTIAL_A',
      pushSecret: 'env:GIT_CREDENTIAL_B',
      pollSeconds: 60,
      commit: 'a'.repeat(40),
    },
    ...{ syncedAt: time, checkedAt: time, requestedAt: time, problem: 'It was not there.' },
  });
  await seed.source({ projectId: bareProjects[0] as string, ...from });
  for (const environmentId of [null, dev, prod])
    await seed.variable({ projectId: project, environmentId, name: 'REGION', value: 'eu' });
  for (const name of ['TOKEN', 'ZONE'])
    await seed.variable({ projectId: project, environmentId: dev, name, locked: 'key.text' });
  for (const path of ['a.sql', 'b.sql', 'c.sql'])
    await seed.file(project, path, { text: 'select 1', size: 8, isExecutable: path === 'a.sql' });
  await seed.lease(bareProjects[0] as string, 'state:x:y', run);
  for (const status of ['RUNNING', 'CANCELLING', 'RUNNING'] as const) {
    const place = { environmentId: bareDev, workerId: 'w' };
    await seed.run(bareProjects[0] as string, { ...place, ...timesOf(status), status });
  }

  const gone = 'ffffffff-0000-7000-8000-000000000000';
  const path = ['input', 'run'];
  const errors = [
    { name: 'NotFound', code: 'NOT_FOUND' },
    { name: 'AlreadyExists', code: 'ALREADY_EXISTS' },
    {
      name: 'InvalidInput',
      code: 'INVALID_INPUT',
      fields: [{ path, code: 'BAD_NAME', message: 'It is bad.' }],
    },
    { name: 'WrongStatus', code: 'WRONG_STATUS', runStatus: 'LOST' },
    { name: 'WrongStatus', code: 'WRONG_STATUS', operationStatus: 'SUCCEEDED' },
    ...[run, gone].map((runId) => ({ name: 'Busy', code: 'BUSY', runId })),
    ...[null, '1-a'].map((etag) => ({ name: 'Conflict', code: 'CONFLICT', etag })),
    { name: 'LimitExceeded', code: 'LIMIT_EXCEEDED', limit: 1 },
    { name: 'Unavailable', code: 'UNAVAILABLE' },
    { name: 'InternalError', code: 'INTERNAL_SERVER_ERROR' },
  ].flatMap((error) => [path, null].map((at) => ({ ...error, message: 'It failed.', path: at })));
  const items = [
    {
      subjectType: 'State',
      subjectId: freeState,
      subjectName: 'alpha/dev/free',
      resultType: 'State',
      resultId: state,
    },
    { subjectType: 'Job', subjectId: job, resultType: 'Run', resultId: run, dueAt: time },
    { subjectType: 'Schedule', subjectId: schedule },
    { subjectType: 'Run', subjectId: gone },
    ...errors.map((error) => ({ subjectType: 'Run', subjectId: run, error, endedAt: time })),
  ];
  const bulkOperation = await seed.bulkOperation({
    ...{ verb: 'COPY_STATES', filter: { environment: 'alpha/dev' }, status: 'CANCELLED' },
    ...{
      itemCount: items.length,
      succeededCount: 2,
      failedCount: errors.length,
      startedAt: time,
      endedAt: time,
    },
  });
  for (const [i, item] of items.entries()) await seed.bulkItem(bulkOperation, { ...item, position: i + 1 });
  const filter = {
    ...{
      project: 'alpha',
      job: 'alpha/dev/job',
      pattern: '*',
      pair: 'a-to-b',
      kinds: ['RUN'],
      statuses: ['LOST'],
    },
    ids: [job, run, schedule, state],
    ...{ createdSince: time, createdBefore: time, endedBefore: time, dueSince: time, dueBefore: time },
    ...{ schedule: 'alpha/dev/at-noon', interval: '@daily', timeZone: 'UTC' },
  };
  await seed.bulkOperation({ itemCount: 1, filter, maxParallel: 2 });
  await seed.bulkOperation({ status: 'RUNNING', startedAt: time });

  const webhook = await seed.webhook(project, {
    ...{ name: 'alerts', environmentIds: [dev, prod, testEnvironment], jobIds: [job, otherJob, weeklyJob] },
    ...{ isEnabled: false, disableReason: 'FAILING', disabledAt: time },
    ...{ formerSecretEndsAt: time, failureCount: 20, failingSince: time, resumesAt: time },
  });
  const webhookDelivery = await seed.webhookDelivery(webhook, {
    ...{ status: 'DELIVERED', attempts: 2, lastAttemptAt: time, endedAt: time },
    ...{ statusCode: 200, durationMs: 5, response: 'ok' },
  });
  for (const error of ['It failed.', 'It failed again.'])
    await seed.webhookDelivery(webhook, { nextAttemptAt: time, error });
  // Its webhook was deleted.
  await seed.webhookDelivery(gone);
  await seed.webhook(project, { name: 'chat', format: 'SLACK' });
  await seed.webhook(project, { name: 'more' });

  return {
    webhook,
    webhookDelivery,
    bulkOperation,
    worker,
    project,
    dev,
    prod,
    plugin,
    plugins,
    job,
    otherJob,
    prodJob,
    schedule,
    follower,
    service,
    run,
    waitingRun,
    installRun,
    jobRuns,
    adHocRun,
    prodRun,
    otherJobRun,
    block,
    state,
    states,
    freeState,
    prodState,
    stateVersion,
    deleted: {
      project: deletedProject,
      environment: deletedEnvironment,
      plugin: deletedPlugin,
      job: deletedJob,
      schedule: deletedSchedule,
      service: deletedService,
    },
  };
}
