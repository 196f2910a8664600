import { backfill, mostParallel } from '../../domain/bulk/backfill.ts';
import { encodeGlobalId } from '../../domain/naming/global-id.ts';
import {
  maxRangeDays,
  maxTicks,
  planBackfill,
  type BackfillPlan,
  type BackfillTick,
} from '../../domain/schedules/backfill/plan-backfill.ts';
import { Conflict, InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { maxPageSize } from '../../reading/fields/page-arguments.ts';
import { builder } from '../builder.ts';
import { submitted } from '../bulk/bulk-answer.ts';
import { RunStatus } from '../enums.ts';
import { idOrPath } from '../naming/references.ts';
import { addResult, addVerb, inputFields, type InputFields } from '../verb.ts';

const BackfillExisting = builder.enumType('BackfillExisting', {
  description: 'For which ticks of its range a backfill makes runs.',
  values: {
    SKIP: { description: 'For those that have no run yet.' },
    RETRY_FAILED: {
      description:
        'For those that have no run yet, and for those whose newest run has ended and has not succeeded.',
    },
    REPEAT: { description: 'For all of them, also beside runs that have succeeded or have not ended.' },
  } as const,
});

const Tick = builder.objectRef<BackfillTick>('BackfillTick').implement({
  description: 'A time at which a run is or was due.',
  fields: (t) => ({
    dueAt: t.expose('dueAt', { type: 'DateTime', description: 'When it was due.' }),
    isCreated: t.exposeBoolean('isCreated', { description: 'Whether the backfill makes a run for it.' }),
    runId: t.id({
      nullable: true,
      description: 'Id of the newest run for it. Null when there is none, and when that run was deleted.',
      resolve: ({ runId }) => (runId === null ? null : encodeGlobalId({ type: 'Run', id: runId })),
    }),
    runStatus: t.field({
      type: RunStatus,
      nullable: true,
      description: 'The status of that run.',
      resolve: ({ status }) => status,
    }),
  }),
});

const Plan = builder.objectRef<BackfillPlan>('BackfillPlan').implement({
  description: 'What a backfill would do.',
  fields: (t) => ({
    etag: t.exposeString('etag', {
      description: 'Identifies exactly the runs that would be made. Give it to `backfill` as `planEtag`.',
    }),
    tickCount: t.int({ description: 'Number of ticks in the range.', resolve: ({ ticks }) => ticks.length }),
    createdCount: t.int({
      description: 'Number of runs that would be made.',
      resolve: ({ ticks }) => ticks.filter(({ isCreated }) => isCreated).length,
    }),
    ticks: t.field({
      type: [Tick],
      description: 'The ticks of the range, the oldest first.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: maxPageSize,
          description: `How many ticks, at most ${maxPageSize}.`,
        }),
        dueSince: t.arg({
          type: 'DateTime',
          description: 'From which time on; from the first one when absent.',
        }),
      },
      resolve: ({ ticks }, { first, dueSince }) => {
        if (first < 0 || first > maxPageSize) {
          throw new BadRequest(
            `\`first\` must be between 0 and ${maxPageSize}, and is ${first}.`,
            'BAD_PAGE',
          );
        }
        return ticks.filter(({ dueAt }) => dueSince == null || dueAt >= dueSince).slice(0, first);
      },
    }),
  }),
});

const range = (t: InputFields) => ({
  schedule: t.id({ description: `${idOrPath('Schedule')} Or give \`job\`.` }),
  job: t.id({
    description: `${idOrPath('Job')} Give its \`interval\`, too. Its runs have no variables of a schedule.`,
  }),
  interval: t.string({
    maxLength: 200,
    description:
      'With `job`: when it would have run. A cron expression of five fields, or an alias such as `@daily`.',
  }),
  timeZone: t.string({
    maxLength: 100,
    checkedBy: 'VERB',
    description: 'With `job`: IANA time zone of the interval. UTC when absent.',
  }),
  dueSince: t.field({
    type: 'DateTime',
    required: true,
    description: 'Ticks that were due at this time or later.',
  }),
  dueBefore: t.field({
    type: 'DateTime',
    required: true,
    description: `Ticks that were due before this time. It lies after \`dueSince\`, by at most ${maxRangeDays.toLocaleString('en')} days.`,
  }),
  existing: t.field({
    type: BackfillExisting,
    description:
      'What to do for ticks that have a run already: one of the schedule, or with `job` any run of the job for the same time. SKIP when absent.',
  }),
});

const limits = `A range has at most ${maxTicks.toLocaleString('en')} ticks; more are a \`LimitExceeded\`. Ticks that are not due yet are left out, and so are those outside of \`startsAt\` and \`endsAt\` of the schedule. Unless the schedule is paused, ticks that it will still decide itself are left out, too.`;

addResult({
  name: 'planBackfill',
  description: `Shows for which ticks of a range \`backfill\` would make runs. It changes nothing. ${limits}`,
  input: inputFields(range),
  type: builder.objectRef<BackfillPlan>('PlanBackfillSuccess').implement({
    description: 'What `planBackfill` answers when it succeeds.',
    fields: (t) => ({
      plan: t.field({ type: Plan, description: 'The plan.', resolve: (plan) => plan }),
    }),
  }),
  refusals: [NotFound, InvalidInput, LimitExceeded],
  resolve: ({ db }, input) => planBackfill(db, input),
});

addVerb({
  name: 'backfill',
  description: [
    `Makes runs for times in the past: for the ticks of a schedule, or for the times at which a job would have run. \`planBackfill\` shows which. ${limits}`,
    'The runs are made in the background, the oldest tick first, `maxParallel` at a time; each knows its tick as `scheduledFor`. `items` of the operation has a tick and its run each. The operation ends when its last run is made; a run that fails ends neither it nor the other runs. It can be paused and cancelled: what it has made goes on.',
    'A schedule that is paused stays paused. The runs of a backfill are not in the way of its ticks, and do not count for `pauseAfterFailures`. Runs that need the same state id wait for each other. When the schedule is resumed with `catchUp`, its ticks take the runs that a backfill has made for them.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    ...range(t),
    maxParallel: t.int({
      description: `How many of its runs may be unfinished at the same time. From 1 to ${mostParallel}. 1 when absent.`,
    }),
    planEtag: t.string({
      description:
        'The `etag` of a plan. If other runs would be made by now, nothing is done, and the answer is a `Conflict`.',
    }),
  })),
  success: {
    ...submitted,
    description: 'The bulk operation, QUEUED. When there is nothing to make, it is SUCCEEDED.',
  },
  refusals: [NotFound, InvalidInput, Conflict, LimitExceeded],
  verb: backfill,
});
