import { orders } from '../../store/reading/orders.ts';
import { nextTicks } from '../../domain/definitions/cron.ts';
import type { StoredVariable } from '../../domain/definitions/environment-variables.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { maxPageSize } from '../../reading/fields/page-arguments.ts';
import { Environment } from '../environments/environment.ts';
import { addCreatedAt, addEtag, addDeleteTimes, EnvironmentVariable, pathIn } from '../fields.ts';
import { byName } from '../look-up.ts';
import { Job } from '../jobs/job.ts';

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
    enabled: t.exposeBoolean('enabled'),
    nextTicks: t.field({
      type: ['DateTime'],
      description:
        'The next times at which it is due. Empty while it is paused, and when it has no times of its own, such as `@manual`.',
      args: {
        first: t.arg.int({
          defaultValue: 5,
          required: true,
          description: `How many times, at most ${maxPageSize}.`,
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
    environment: t.readOne('environment', { description: 'The environment that it belongs to.' }),
    job: t.readOne('job', {
      description: 'The job that it is for. Null for a legacy extract-load schedule.',
    }),
  }),
});

addCreatedAt(Schedule);
addEtag(Schedule);
addDeleteTimes(Schedule);

const ScheduleOrder = builder.readOrder(
  'Schedule',
  {
    NAME: { columns: orders.name, description: 'Name.' },
    CREATED_AT: { columns: orders.created, description: 'When it was first imported or created.' },
  },
  { field: 'NAME', direction: 'ASC' },
);

builder.prismaObjectFields(Environment, (t) => ({
  schedules: t.readMany('schedules', { description: "The environment's schedules.", order: ScheduleOrder }),
  schedule: t.readOneOf('schedules', byName(t, 'Schedule')),
}));

builder.prismaObjectField(Job, 'schedules', (t) =>
  t.readMany('schedules', { description: 'The schedules that run this job.', order: ScheduleOrder }),
);
