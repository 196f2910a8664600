import { orders, sources } from '../store/sources.ts';
import { nextTicks } from '../domain/cron.ts';
import type { StoredVariable } from '../domain/environment-variables.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, maxPageSize, orderInput } from './connection.ts';
import { BadRequest } from './bad-request.ts';
import { Environment } from './environment.ts';
import { addCreatedAt, addEtag, addDeleteTimes, EnvironmentVariable } from './fields.ts';
import { addLookUp } from './look-up.ts';
import { Job } from './job.ts';
import { pathIn, leadsTo } from './rows.ts';

export const Schedule = builder.prismaNode('Schedule', {
  id: { field: 'id', description: 'Opaque id; it stays the same when the schedule is moved or renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.string({
      description: 'Natural name, which stands wherever an id is asked for: `project/environment/schedule`.',
      ...pathIn('name'),
    }),
    interval: t.exposeString('interval'),
    cron: t.exposeString('cron', { nullable: true }),
    timeZone: t.exposeString('timeZone'),
    enabled: t.exposeBoolean('enabled'),
    nextTicks: t.field({
      type: ['DateTime'],
      description:
        'The next times at which it comes due; none when it never does by itself, and while it is paused.',
      args: {
        first: t.arg.int({
          defaultValue: 5,
          required: true,
          description: `How many; at most ${maxPageSize}.`,
        }),
      },
      ...needs('cron', 'timeZone', 'enabled'),
      resolve: ({ cron, timeZone, enabled }, { first }) => {
        if (first < 0 || first > maxPageSize) {
          throw new BadRequest(
            `\`first\` must be between 0 and ${maxPageSize}, and is ${first}.`,
            'BAD_PAGE',
          );
        }
        return enabled ? nextTicks(cron, timeZone, first) : [];
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
    environment: t.field({
      type: Environment,
      description: 'The environment that it belongs to.',
      ...leadsTo('Environment', 'environmentId'),
    }),
    job: t.field({
      type: Job,
      nullable: true,
      description: 'The job that it is for; null for a legacy extract-load schedule.',
      ...leadsTo('Job', 'jobId'),
    }),
  }),
});

addCreatedAt(Schedule);
addEtag(Schedule);
addDeleteTimes(Schedule);

const ScheduleOrder = orderInput('Schedule', {
  NAME: { columns: orders.name, description: 'The name.' },
  CREATED_AT: { columns: orders.created, description: 'When it was first imported or created.' },
});

addConnection({
  parent: Environment,
  field: 'schedules',
  description: "The environment's schedules.",
  name: 'Schedule',
  node: Schedule,
  source: sources.environmentSchedules,
  order: ScheduleOrder,
  defaultOrder: { field: 'NAME', direction: 'ASC' },
});

addConnection({
  parent: Job,
  field: 'schedules',
  description: 'The schedules that run this job.',
  name: 'Schedule',
  node: Schedule,
  source: sources.jobSchedules,
  order: ScheduleOrder,
  defaultOrder: { field: 'NAME', direction: 'ASC' },
});

addLookUp({
  parent: Environment,
  field: 'schedule',
  node: Schedule,
  source: sources.environmentSchedules,
  by: 'name',
});
