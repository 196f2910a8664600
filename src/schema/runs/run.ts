import { scheduleIdInLeaseKey, stateIdInLeaseKey } from '../../store/leases/lease-keys.ts';
import type { LeaseHolder } from '../../store/leases/wait-facts.ts';
import { createdAt, filters } from '../../store/reading/filters.ts';
import { hasEnded } from '../../store/runs/run-status.ts';
import { orders } from '../../store/reading/orders.ts';
import type { StoredVariable } from '../../domain/definitions/environment-variables.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { RunEndReason, RunKind, RunPriority, RunStatus, RunTrigger, StateStrategy } from '../enums.ts';
import { Environment } from '../environments/environment.ts';
import { addCreatedAt, EnvironmentVariable, addUpdatedAt } from '../fields.ts';
import { rowById } from '../find-row.ts';
import { Job } from '../jobs/job.ts';
import { byGlobalId } from '../look-up.ts';
import { perRequest } from '../per-request.ts';
import { byReference } from '../naming/by-reference.ts';
import { Project } from '../projects/project.ts';
import { Service } from '../services/service.ts';
import { scopes } from '../named-lists.ts';
import { runFilter } from './run-filter.ts';

/** Who has what the runs of an answer wait for, in one statement. */
const holderFor = perRequest<string, LeaseHolder | null>(
  async ({ store }, ids) => {
    const found = new Map((await store.waitFacts.holdersFor(ids)).map((holder) => [holder.id, holder]));
    return ids.map((id) => found.get(id) ?? null);
  },
  (id) => id,
);

const RunWait = builder.objectRef<LeaseHolder>('RunWait');

export const Run = builder.prismaNode('Run', {
  id: { field: 'id', description: 'Opaque id.' },
  fields: (t) => ({
    kind: t.expose('kind', { type: RunKind }),
    status: t.expose('status', { type: RunStatus }),
    command: t.exposeString('command', {
      description:
        'The blocks, tests or plugins as given to Meltano, separated by blanks. For a service: its command.',
    }),
    args: t.exposeStringList('args'),
    fullRefresh: t.exposeBoolean('fullRefresh'),
    refreshCatalog: t.exposeBoolean('refreshCatalog'),
    noStateUpdate: t.exposeBoolean('noStateUpdate'),
    stateIdSuffix: t.exposeString('stateIdSuffix', { nullable: true }),
    stateStrategy: t.expose('stateStrategy', { type: StateStrategy }),
    env: t.field({
      type: [EnvironmentVariable],
      description: 'Environment variables of the run.',
      ...needs('env'),
      resolve: ({ env }) => env as unknown as StoredVariable[],
    }),
    timeoutSeconds: t.exposeInt('timeoutSeconds', { nullable: true }),
    labels: t.exposeStringList('labels'),
    priority: t.expose('priority', { type: RunPriority }),
    runAt: t.expose('runAt', { type: 'DateTime', nullable: true }),
    expiresAfterSeconds: t.exposeInt('expiresAfterSeconds', { nullable: true }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
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
    logRemovedAt: t.expose('logRemovedAt', { type: 'DateTime', nullable: true }),
    attempt: t.exposeInt('attempt'),
    commit: t.exposeString('commit', { nullable: true }),
    importedAt: t.expose('importedAt', { type: 'DateTime', nullable: true }),
    meltanoRunId: t.exposeString('meltanoRunId', { nullable: true }),
    waitingFor: t.field({
      type: RunWait,
      nullable: true,
      description:
        'For a QUEUED run: what another run uses and this run needs. Null when the run only waits for a worker.',
      ...needs('id', 'waitingForKey'),
      resolve: ({ id, waitingForKey }, _args, context) =>
        waitingForKey === null ? null : holderFor(context, id),
    }),
    project: t.readOne('project', { description: 'The project that it runs in.' }),
    environment: t.readOne('environment', {
      description:
        'The environment that it runs in. Null for an installation, which is for all environments.',
    }),
    job: t.readOne('job', {
      description: 'The job that it runs. Null when the run was not started for a job.',
    }),
    retryOf: t.readOne('retryOf', {
      description: 'The run that this run repeats. Null for a first attempt, and when that run was deleted.',
    }),
    service: t.readOne('service', {
      description: 'The service that this run is a start of. Null for any other run.',
    }),
    scheduledFor: t.expose('scheduledFor', { type: 'DateTime', nullable: true }),
    transform: t.exposeString('transform', { nullable: true }),
  }),
});

addCreatedAt(Run);
addUpdatedAt(Run, ', its heartbeat and its lines aside');

RunWait.implement({
  description: 'What a queued run waits for.',
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: 'The other run, which uses it now.',
      resolve: ({ runId }, _args, context, info) => rowById(context, info, 'Run', runId),
    }),
    stateId: t.string({
      nullable: true,
      description:
        'The state id that both runs need. Null when it is something else: the plugins of the project, or the end of an earlier run of the same schedule.',
      resolve: ({ key }) => stateIdInLeaseKey(key),
    }),
    message: t.string({
      description: 'The reason, as a sentence.',
      resolve: ({ key }) => {
        const stateId = stateIdInLeaseKey(key);
        if (scheduleIdInLeaseKey(key) !== null)
          return 'An earlier run of the same schedule has not ended; this one starts when it ends.';
        return stateId === null
          ? "Another run is installing the project's plugins; this one starts when it ends."
          : `Another run holds the state id ${stateId}; this one starts when it ends.`;
      },
    }),
  }),
});

builder.prismaObjectFields(Run, (t) => ({
  trigger: t.expose('trigger', { type: RunTrigger }),
  isEnded: t.boolean({
    description: 'Whether it has ended. An ended run never changes its status again.',
    ...needs('status'),
    resolve: ({ status }) => hasEnded(status),
  }),
  queuedSeconds: t.float({
    nullable: true,
    description:
      'Time between its request and its start, or its end if it never started. Null while it is QUEUED, and for an imported run.',
    ...needs('id', 'startedAt', 'endedAt', 'importedAt'),
    resolve: ({ id, startedAt, endedAt, importedAt }) =>
      importedAt ? null : secondsBetween(createdAt(id), startedAt ?? endedAt),
  }),
  durationSeconds: t.float({
    nullable: true,
    description:
      'Time between its start and its end. Null while it has not ended, and when it never started.',
    ...needs('startedAt', 'endedAt'),
    resolve: ({ startedAt, endedAt }) => secondsBetween(startedAt, endedAt),
  }),
}));

function secondsBetween(from: Date | string | null, to: Date | string | null): number | null {
  if (from === null || to === null) return null;
  return Math.max(0, new Date(to).getTime() - new Date(from).getTime()) / 1000;
}

const runLists = {
  order: builder.readOrder(
    'Run',
    {
      CREATED_AT: { columns: orders.created, description: 'When the run was requested.' },
      STARTED_AT: {
        columns: orders.started,
        where: filters.isNotNull('startedAt'),
        description: 'When the run started. Lists only runs that have started.',
      },
      ENDED_AT: {
        columns: orders.ended,
        where: filters.isNotNull('endedAt'),
        description: 'When the run ended. Lists only runs that have ended.',
      },
      DURATION: {
        columns: orders.duration,
        where: filters.isNotNull('durationMs'),
        description: 'Time between start and end. Lists only runs that have started and ended.',
      },
    },
    { field: 'CREATED_AT', direction: 'DESC' },
  ),
  filter: runFilter,
} as const;

const runDescription =
  'The run with that id; null when it does not exist or belongs elsewhere, and when the text is no id at all.';

builder.prismaObjectField(Project, 'runs', (t) =>
  t.readMany('runs', { ...runLists, description: 'Runs in this project, the newest first.' }),
);

builder.prismaObjectFields(Environment, (t) => ({
  runs: t.readMany('runs', { ...runLists, description: 'Runs in this environment, the newest first.' }),
  run: t.readOneOf('runs', { ...byGlobalId(t, 'Run', 'run'), description: runDescription }),
}));

const { project, environment, job } = scopes;

builder.queryField('runs', (t) =>
  t.readMany('runs', {
    ...runLists,
    description: 'The runs of all projects, or of a project, an environment or a job, the newest first.',
    within: { project, environment, job },
  }),
);

builder.prismaObjectFields(Job, (t) => ({
  runs: t.readMany('runs', { ...runLists, description: 'Runs of this job, the newest first.' }),
  latestRun: t.readOneOf('runs', {
    description: 'Its newest run; null when it has never run.',
    args: {},
    where: () => filters.everything,
    order: { order: orders.created, direction: 'DESC' },
  }),
  run: t.readOneOf('runs', { ...byGlobalId(t, 'Run', 'run'), description: runDescription }),
}));

builder.prismaObjectField(Run, 'retries', (t) =>
  t.readMany('retries', {
    ...runLists,
    description:
      'Runs that repeat this run, the newest first. A retry of a retry is in the list of the run that it repeats.',
  }),
);

builder.prismaObjectFields(Service, (t) => ({
  currentRun: t.readOne('currentRun', {
    description: 'Its run that has not ended; null when there is none. `runLogs` follows the log of the run.',
  }),
  runs: t.readMany('runs', {
    ...runLists,
    description: 'Starts of this service, the newest first. Each has its own log and end.',
  }),
}));

builder.queryField('run', (t) => t.readOneOf('runs', byReference(t, 'Run')));
