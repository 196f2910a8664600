import { plannedTicks, type PlannedTick } from '../../domain/schedules/decide-ticks.ts';
import {
  noJobs,
  problemOf,
  type ScheduleProblem as Problem,
} from '../../domain/schedules/schedule-problem.ts';
import type { StoredVariable } from '../../domain/definitions/environment-variables.ts';
import { filters } from '../../store/reading/filters.ts';
import type { ListFilter } from '../../reading/fields/global-types.ts';
import { builder } from '../builder.ts';
import {
  AfterRule,
  RunPriority,
  ScheduleCatchUp,
  ScheduleOverlap,
  SchedulePauseReason,
  ScheduleProblemCode,
} from '../enums.ts';
import { needs } from '../../reading/selection.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { maxPageSize } from '../../reading/fields/page-arguments.ts';
import { Environment } from '../environments/environment.ts';
import { addCreatedAt, addEtag, addDeletedAt, EnvironmentVariable, pathIn, addUpdatedAt } from '../fields.ts';
import { byName } from '../look-up.ts';
import { perRequest } from '../per-request.ts';
import { byReference } from '../naming/by-reference.ts';
import { Job, jobLists } from '../jobs/job.ts';
import { namedOrder, patternConditions, patternField, scopes } from '../named-lists.ts';

const NextRun = builder.objectRef<PlannedTick>('NextRun').implement({
  description: 'A time at which a schedule will be due.',
  fields: (t) => ({
    dueAt: t.expose('dueAt', { type: 'DateTime', description: 'When it is due, by its interval.' }),
    startsAt: t.expose('plannedAt', {
      type: 'DateTime',
      description:
        'When its run is to start: `dueAt`, and what the jitter of the schedule adds for this time.',
    }),
  }),
});

const ScheduleProblem = builder.objectRef<Problem>('ScheduleProblem').implement({
  description: 'What keeps an enabled schedule from ever being due.',
  fields: (t) => ({
    code: t.expose('code', { type: ScheduleProblemCode, description: 'The kind of problem.' }),
    message: t.exposeString('message', { description: 'The problem as a sentence, and what to do.' }),
  }),
});

/** The columns with their times as such: rows of lists have them as texts. */
function timesOf<Row extends { endsAt: Date | null; tickCursor: Date }>(row: Row): Row {
  const time = (value: Date | null): Date | null => (value === null ? null : new Date(value));
  const starts = 'startsAt' in row ? { startsAt: time(row.startsAt as Date | null) } : {};
  return { ...row, ...starts, endsAt: time(row.endsAt), tickCursor: new Date(row.tickCursor) };
}

const followerProblem = perRequest<string, Problem | null>(
  async ({ store }, ids) => {
    const idle = new Set(await store.following.idle(ids));
    return ids.map((id) => (idle.has(id) ? noJobs : null));
  },
  (id) => id,
);

export const Schedule = builder.prismaNode('Schedule', {
  id: { field: 'id', description: 'Opaque id. It stays the same when the schedule is moved or renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: pathIn(
      t,
      'name',
      'Natural name: `project/environment/schedule`. Give it wherever an argument takes an id or a path.',
    ),
    interval: t.exposeString('interval'),
    cron: t.exposeString('cron', { nullable: true }),
    timeZone: t.exposeString('timeZone'),
    afterRule: t.expose('afterRule', { type: AfterRule, nullable: true }),
    isEnabled: t.exposeBoolean('isEnabled'),
    pauseReason: t.expose('pauseReason', { type: SchedulePauseReason, nullable: true }),
    pauseNote: t.exposeString('pauseNote', { nullable: true }),
    pausedAt: t.expose('pausedAt', { type: 'DateTime', nullable: true }),
    overlap: t.expose('overlap', { type: ScheduleOverlap }),
    catchUp: t.expose('catchUp', { type: ScheduleCatchUp }),
    catchUpWindowSeconds: t.exposeInt('catchUpWindowSeconds'),
    catchUpLimit: t.exposeInt('catchUpLimit'),
    graceSeconds: t.exposeInt('graceSeconds'),
    jitterSeconds: t.exposeInt('jitterSeconds'),
    startsAt: t.expose('startsAt', { type: 'DateTime', nullable: true }),
    endsAt: t.expose('endsAt', { type: 'DateTime', nullable: true }),
    pauseAfterFailures: t.exposeInt('pauseAfterFailures', { nullable: true }),
    priority: t.expose('priority', { type: RunPriority, nullable: true }),
    problem: t.field({
      type: ScheduleProblem,
      nullable: true,
      description:
        'Why it is never due although its interval should have times, or although it follows jobs. Null when there is no such problem.',
      ...needs('id', 'afterRule', 'cron', 'interval', 'timeZone', 'endsAt', 'tickCursor'),
      resolve: (schedule, _args, context) =>
        schedule.afterRule === null ? problemOf(timesOf(schedule)) : followerProblem(context, schedule.id),
    }),
    nextRuns: t.field({
      type: [NextRun],
      description:
        'The next times at which it is due. Empty while it is paused, and when it has no times of its own: it is `@manual` or the like, or follows jobs.',
      args: {
        first: t.arg.int({
          defaultValue: 5,
          required: true,
          description: `How many times, at most ${maxPageSize}.`,
        }),
      },
      ...needs('id', 'cron', 'timeZone', 'isEnabled', 'jitterSeconds', 'startsAt', 'endsAt', 'tickCursor'),
      resolve: ({ isEnabled, ...schedule }, { first }) => {
        if (first < 0 || first > maxPageSize) {
          throw new BadRequest(
            `\`first\` must be between 0 and ${maxPageSize}, and is ${first}.`,
            'BAD_PAGE',
          );
        }
        return isEnabled ? plannedTicks(timesOf(schedule), first) : [];
      },
    }),
    env: t.field({
      type: [EnvironmentVariable],
      description: 'Environment variables for its runs.',
      ...needs('env'),
      resolve: ({ env }) => env as unknown as StoredVariable[],
    }),
    extractor: t.exposeString('extractor', { nullable: true }),
    loader: t.exposeString('loader', { nullable: true }),
    transform: t.exposeString('transform', { nullable: true }),
    environment: t.readOne('environment', { description: 'The environment that it belongs to.' }),
    job: t.readOne('job', {
      description: 'The job that it is for. Null for a legacy extract-load schedule.',
    }),
  }),
});

addCreatedAt(Schedule);
addUpdatedAt(Schedule);
addEtag(Schedule);
addDeletedAt(Schedule);

const ScheduleFilter = builder.inputType('ScheduleFilter', {
  description: 'Which schedules to list. A schedule must meet all conditions that are given.',
  fields: (t) => ({
    pattern: patternField(t, 'Schedules'),
    isEnabled: t.boolean({ description: 'True for schedules that are not paused, false for paused ones.' }),
  }),
});

const scheduleLists = {
  order: namedOrder('Schedule'),
  filter: {
    type: ScheduleFilter,
    conditions: ({ pattern, isEnabled }) => ({
      where: [...patternConditions(pattern), ...(isEnabled == null ? [] : [filters.isEnabled(isEnabled)])],
    }),
  } satisfies ListFilter<typeof ScheduleFilter.$inferInput>,
};

builder.prismaObjectFields(Environment, (t) => ({
  schedules: t.readMany('schedules', { ...scheduleLists, description: "The environment's schedules." }),
  schedule: t.readOneOf('schedules', byName(t, 'Schedule')),
}));

builder.prismaObjectField(Job, 'schedules', (t) =>
  t.readMany('schedules', { ...scheduleLists, description: 'The schedules that run this job.' }),
);

builder.prismaObjectField(Schedule, 'afterJobs', (t) =>
  t.readMany('afterJobs', {
    ...jobLists,
    description: 'The jobs that it follows, see `afterRule`. None for a schedule with times.',
  }),
);

builder.queryField('schedules', (t) =>
  t.readMany('schedules', {
    ...scheduleLists,
    description: 'The schedules of all projects, or of a project, an environment or a job.',
    within: scopes,
  }),
);

builder.queryField('schedule', (t) => t.readOneOf('schedules', byReference(t, 'Schedule')));
