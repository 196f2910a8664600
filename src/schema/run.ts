import { decodeGlobalId } from '../domain/global-id.ts';
import { stateIdInKey } from '../store/lock-keys.ts';
import { filters, orders, sources, type Conditions } from '../store/sources.ts';
import type { StoredVariable } from '../domain/environment-variables.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, orderInput } from './connection.ts';
import { RunEndReason, RunKind, RunStatus, StateStrategy } from './enums.ts';
import { Environment } from './environment.ts';
import { addCreatedAt, EnvironmentVariable } from './fields.ts';
import { Job } from './job.ts';
import { Project } from './project.ts';
import { finds, leadsTo } from './rows.ts';
import { Service } from './service.ts';

const RunWait = builder.objectRef<{ runId: string; key: string }>('RunWait');

export const Run = builder.prismaNode('Run', {
  id: { field: 'id', description: 'Opaque id.' },
  fields: (t) => ({
    kind: t.expose('kind', { type: RunKind }),
    status: t.expose('status', { type: RunStatus }),
    command: t.exposeString('command', {
      description:
        "The blocks, tests or plugins, separated by blanks, as given to Meltano; a service's command.",
    }),
    args: t.exposeStringList('args'),
    fullRefresh: t.exposeBoolean('fullRefresh'),
    refreshCatalog: t.exposeBoolean('refreshCatalog'),
    noStateUpdate: t.exposeBoolean('noStateUpdate'),
    stateIdSuffix: t.exposeString('stateIdSuffix', { nullable: true }),
    stateStrategy: t.expose('stateStrategy', { type: StateStrategy }),
    env: t.field({
      type: [EnvironmentVariable],
      description: 'Environment variables that the run was given.',
      ...needs('env'),
      resolve: ({ env }) => env as unknown as StoredVariable[],
    }),
    timeout: t.exposeInt('timeoutSeconds', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
    heartbeatAt: t.expose('heartbeatAt', { type: 'DateTime', nullable: true }),
    workerId: t.exposeString('workerId', { nullable: true }),
    processId: t.exposeInt('processId', { nullable: true }),
    endReason: t.expose('endReason', { type: RunEndReason, nullable: true }),
    exitCode: t.exposeInt('exitCode', { nullable: true }),
    signal: t.exposeString('signal', { nullable: true }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    logCount: t.exposeInt('logCount'),
    attempt: t.exposeInt('attempt'),
    importedAt: t.expose('importedAt', { type: 'DateTime', nullable: true }),
    meltanoRunId: t.exposeString('meltanoRunId', { nullable: true }),
    waitingFor: t.field({
      type: RunWait,
      nullable: true,
      description:
        'While queued: what another run holds and this one needs; null when it waits for a worker alone.',
      ...needs('waitingForRunId', 'waitingForKey'),
      resolve: ({ waitingForRunId, waitingForKey }) =>
        waitingForRunId !== null && waitingForKey !== null
          ? { runId: waitingForRunId, key: waitingForKey }
          : null,
    }),
    project: t.field({
      type: Project,
      description: 'The project that it runs in.',
      ...leadsTo('Project', 'projectId'),
    }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'The environment that it runs in; null for an installation, which serves all of them.',
      ...leadsTo('Environment', 'environmentId'),
    }),
    job: t.field({
      type: Job,
      nullable: true,
      description: 'The job that it executes; null when it was given as a command.',
      ...leadsTo('Job', 'jobId'),
    }),
    service: t.field({
      type: Service,
      nullable: true,
      description: 'The service that it is a start of; null for any other run.',
      ...leadsTo('Service', 'serviceId'),
    }),
  }),
});

addCreatedAt(Run);

builder.objectField(Service, 'currentRun', (t) =>
  t.field({
    type: Run,
    nullable: true,
    description: 'Its run that has not ended; null when there is none. `runLogs` follows its log.',
    ...leadsTo('Run', 'currentRunId'),
  }),
);

builder.objectField(Run, 'retryOf', (t) =>
  t.field({
    type: Run,
    nullable: true,
    description: 'The run that this one repeats; null for a first attempt, and when that run was deleted.',
    ...leadsTo('Run', 'retryOfId'),
  }),
);

RunWait.implement({
  description: 'What a queued run waits for.',
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: 'The run that holds it.',
      ...leadsTo('Run', 'runId'),
    }),
    stateId: t.string({
      nullable: true,
      description: 'The state id that is held; null when the plugins of the project are.',
      resolve: ({ key }) => stateIdInKey(key),
    }),
    message: t.string({
      description: 'The reason in a sentence.',
      resolve: ({ key }) => {
        const stateId = stateIdInKey(key);
        return stateId === null
          ? "Another run is installing the project's plugins; this one starts when it ends."
          : `Another run holds the state id ${stateId}; this one starts when it ends.`;
      },
    }),
  }),
});

const RunFilter = builder.inputType('RunFilter', {
  description: 'Which runs to list. All conditions given must hold.',
  fields: (t) => ({
    statuses: t.field({ type: [RunStatus], description: 'Runs in any of these statuses.' }),
    createdSince: t.field({ type: 'DateTime', description: 'Runs asked for at this time or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Runs asked for before this time.' }),
  }),
});

const runLists = {
  name: 'Run',
  node: Run,
  order: orderInput('Run', {
    CREATED_AT: { columns: orders.created, description: 'When the run was asked for.' },
  }),
  defaultOrder: { field: 'CREATED_AT', direction: 'DESC' },
  filter: {
    type: RunFilter,
    conditions: (filter: typeof RunFilter.$inferInput): Conditions => ({
      where: [
        ...(filter.createdSince ? [filters.createdSince(filter.createdSince)] : []),
        ...(filter.createdBefore ? [filters.createdBefore(filter.createdBefore)] : []),
      ],
      ...(filter.statuses ? { choice: filters.statuses('RunStatus', filter.statuses) } : {}),
    }),
  },
} as const;

addConnection({
  ...runLists,
  parent: Project,
  field: 'runs',
  description: 'Runs in this project, the newest first.',
  source: sources.projectRuns,
});
addConnection({
  ...runLists,
  parent: Environment,
  field: 'runs',
  description: 'Runs in this environment, the newest first.',
  source: sources.environmentRuns,
});
addConnection({
  ...runLists,
  parent: Run,
  field: 'retries',
  description:
    'Runs that repeat this one, the newest first. A retry of one of these is in its list, not here.',
  source: sources.runRetries,
});
addConnection({
  ...runLists,
  parent: Job,
  field: 'runs',
  description: 'Runs of this job, the newest first.',
  source: sources.jobRuns,
});

addConnection({
  ...runLists,
  parent: Service,
  field: 'runs',
  description: 'Starts of this service, the newest first: each has its log, and how it ended.',
  source: sources.serviceRuns,
});

for (const [parent, source] of [
  [Environment, sources.environmentRuns],
  [Job, sources.jobRuns],
] as const) {
  builder.objectField(parent, 'run', (t) =>
    t.field({
      type: Run,
      nullable: true,
      description: 'The run of that id, if it belongs here; else null.',
      args: { id: t.arg.id({ required: true, description: 'Id of the run.' }) },
      ...finds(source, 'id', ({ id = '' }) => {
        const decoded = decodeGlobalId(id);
        return decoded?.type === 'Run' ? filters.equals('id', decoded.id) : filters.nothing;
      }),
    }),
  );
}
