import { filters } from '../../store/reading/filters.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { TickOutcome, TickReason } from '../enums.ts';
import { needs } from '../../reading/selection.ts';
import { Run } from '../runs/run.ts';
import { Schedule } from './schedule.ts';

builder.prismaObject('ScheduleTick', {
  fields: (t) => ({
    dueAt: t.expose('dueAt', { type: 'DateTime' }),
    lastDueAt: t.expose('lastDueAt', { type: 'DateTime' }),
    count: t.exposeInt('count'),
    outcome: t.expose('outcome', { type: TickOutcome }),
    reason: t.expose('reason', { type: TickReason, nullable: true }),
    message: t.exposeString('message', { nullable: true }),
    startsAt: t.expose('plannedAt', { type: 'DateTime' }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime' }),
    lateSeconds: t.float({
      description: 'Time between the moment at which it was to start and the one at which it was decided.',
      ...needs('plannedAt', 'decidedAt'),
      resolve: ({ plannedAt, decidedAt }) =>
        Math.max(0, new Date(decidedAt).getTime() - new Date(plannedAt).getTime()) / 1000,
    }),
    run: t.readOne('run', {
      description: 'The run that it started. Null when it started none, and when the run was deleted.',
    }),
    upstreamRun: t.readOne('upstreamRun', {
      description:
        'The run whose success made it due, for a schedule that follows jobs; the last one when it follows them together. Null for any other tick, and when that run was deleted.',
    }),
    blockingRun: t.readOne('blockingRun', {
      description: 'The run that was in its way. Null when none was, and when that run was deleted.',
    }),
  }),
});

builder.prismaObjectFields(Schedule, (t) => ({
  ticks: t.readMany('ticks', {
    description: 'The ticks that were decided, the newest first.',
    order: builder.readOrder(
      'ScheduleTick',
      { DUE_AT: { columns: orders.due, description: 'When it was due.' } },
      { field: 'DUE_AT', direction: 'DESC' },
    ),
  }),
  lastTick: t.readOneOf('ticks', {
    description: 'The tick that was decided last. Null when none was.',
    args: {},
    where: () => filters.everything,
    order: { order: orders.due, direction: 'DESC' },
  }),
}));

builder.prismaObjectField(Run, 'schedule', (t) =>
  t.readOne('schedule', {
    description: 'The schedule that it belongs to. Null for any other run.',
  }),
);

builder.queryField('upcomingRuns', (t) =>
  t.readMany('upcomingRuns', {
    description:
      'The schedules of all projects that are due next, the soonest first, each once. `nextRuns` says when. Schedules that follow jobs are not among them.',
    order: builder.readOrder(
      'UpcomingRun',
      { NEXT_RUN: { columns: orders.nextTick, description: 'When it is due next.' } },
      { field: 'NEXT_RUN', direction: 'ASC' },
    ),
  }),
);
