import type { RetryPolicy } from '../../domain/definitions/retry-policy.ts';
import { needs } from '../../reading/selection.ts';
import { builder } from '../builder.ts';
import { RetryCause } from '../enums.ts';
import { Job } from '../jobs/job.ts';
import { Schedule } from '../schedules/schedule.ts';
import { Run } from './run.ts';

const RetryPolicyType = builder.objectRef<RetryPolicy>('RetryPolicy').implement({
  description: 'How runs are retried that do not succeed.',
  fields: (t) => ({
    maxAttempts: t.exposeInt('maxAttempts', {
      description: 'Highest number of attempts, the first one included. 1 for no retry.',
    }),
    initialDelaySeconds: t.exposeFloat('initialDelaySeconds', {
      description: 'Time between the end of the first attempt and the earliest start of the second one.',
    }),
    backoffFactor: t.exposeFloat('backoffFactor', {
      description: 'Each further delay is so many times as long as the one before.',
    }),
    maxDelaySeconds: t.exposeFloat('maxDelaySeconds', { description: 'The longest delay.' }),
    retryOn: t.field({
      type: [RetryCause],
      description: 'The ends after which a run is retried.',
      resolve: ({ retryOn }) => [...retryOn],
    }),
  }),
});

builder.prismaObjectField(Job, 'retryPolicy', (t) =>
  t.field({
    type: RetryPolicyType,
    nullable: true,
    description:
      'By which policy its runs are retried, whatever starts them. Runs have the policy of the time of their request. Null when they are not retried. Imports leave it as it is.',
    ...needs('retryPolicy'),
    resolve: ({ retryPolicy }) => retryPolicy as RetryPolicy | null,
  }),
);

builder.prismaObjectField(Schedule, 'retryPolicy', (t) =>
  t.field({
    type: RetryPolicyType,
    nullable: true,
    description:
      "By which policy its runs are retried, in place of its job's. Runs have the policy of the time of their request. Null when its job's counts. Imports leave it as it is.",
    ...needs('retryPolicy'),
    resolve: ({ retryPolicy }) => retryPolicy as RetryPolicy | null,
  }),
);

builder.prismaObjectFields(Run, (t) => ({
  retryPolicy: t.field({
    type: RetryPolicyType,
    nullable: true,
    description: [
      'By which policy it is retried when it does not succeed: that of its request, or else that of its schedule or its job at that time. Null when it is not retried.',
      'The next attempt is a new run, with the trigger RETRY and a `runAt`. It is there at the moment at which this run has ended, and leads to it by `retryOf`. It has the same command, options and `scheduledFor`, and belongs to the same schedule, which has a run in progress until the last attempt has ended. Only the last attempt counts for `pauseAfterFailures`. A run that somebody has cancelled is never retried.',
    ].join('\n\n'),
    ...needs('retryPolicy'),
    resolve: ({ retryPolicy }) => retryPolicy as RetryPolicy | null,
  }),
  lastAttempt: t.expose('lastAttempt', { type: 'Int', nullable: true }),
}));
