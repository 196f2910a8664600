import { createSchedule } from '../../domain/schedules/create-schedule.ts';
import { deleteSchedule } from '../../domain/schedules/delete-schedule.ts';
import { pauseSchedule } from '../../domain/schedules/pause-schedule.ts';
import { resumeSchedule } from '../../domain/schedules/resume-schedule.ts';
import { mostJobs } from '../../domain/schedules/following/following-fields.ts';
import { scheduleRanges } from '../../domain/schedules/schedule-fields.ts';
import { triggerSchedule } from '../../domain/schedules/trigger-schedule.ts';
import { updateSchedule } from '../../domain/schedules/update-schedule.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { EnvironmentVariableInput, nameLimit } from '../fields.ts';
import { AfterRule, RunPriority, ScheduleCatchUp, ScheduleOverlap } from '../enums.ts';
import { shown } from '../maxima/maxima.ts';
import { RetryPolicyInput } from '../runs/retry-policy-input.ts';
import { Run } from '../runs/run.ts';
import { Schedule } from './schedule.ts';
import { addUpdate, addVerb, inputFields, type InputFields } from '../verb.ts';
import { idOrPath, idsOrPaths } from '../naming/references.ts';
import { builder } from '../builder.ts';

const interval = {
  maxLength: 200,
  description:
    'A cron expression of five fields, or an alias: `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`, `@once`, `@manual`, `@none`.',
} as const;

const ScheduleAfterInput = builder.inputType('ScheduleAfterInput', {
  description:
    'Jobs that a schedule follows, of any project. Each success of a run of such a job is a tick that is due at once, whatever started the run. The overlap policy applies; there is no catch-up and no jitter. What succeeds while the schedule is paused or deleted, or outside of its `startsAt` and `endsAt`, is forgotten.',
  fields: (t) => ({
    jobs: t.idList({
      required: true,
      maxEntries: mostJobs,
      description: `${idsOrPaths('Job')} A job that would start itself, also through other jobs, is a \`Conflict\`. A deleted job is not waited for.`,
    }),
    rule: t.field({ type: AfterRule, description: 'Which successes count. ANY when absent.' }),
  }),
});

const after = {
  type: ScheduleAfterInput,
  description:
    'The jobs that it follows, in place of an `interval`. Meltano has no such schedules. In a `meltano.yml`, and in an export, it has the interval `@manual`; an import that finds this leaves it as it is.',
} as const;

const range = (name: keyof typeof scheduleRanges): string => {
  const [min, max] = scheduleRanges[name];
  return `From ${min} to ${shown(max)}.`;
};

const optionalFields = (t: InputFields) => ({
  timeZone: t.string({
    maxLength: 100,
    checkedBy: 'VERB',
    description: 'IANA time zone of the cron expression, such as `Europe/Berlin`.',
  }),
  env: t.field({
    type: [EnvironmentVariableInput],
    description: 'Environment variables for its runs. They replace all former ones.',
  }),
  overlap: t.field({
    type: ScheduleOverlap,
    description: 'What a tick does while an earlier run has not ended. SKIP for a new schedule.',
  }),
  catchUp: t.field({
    type: ScheduleCatchUp,
    description: 'Which ticks that were missed still run. LATEST for a new schedule.',
  }),
  catchUpWindowSeconds: t.int({
    description: `How old a missed tick may be to run still, in seconds. ${range('catchUpWindowSeconds')} 86,400 (a day) for a new schedule.`,
  }),
  catchUpLimit: t.int({
    description: `How many missed ticks run at most, with \`catchUp: ALL\`. ${range('catchUpLimit')} 100 for a new schedule.`,
  }),
  graceSeconds: t.int({
    description: `A tick that is late by no more than this counts as on time, in seconds. ${range('graceSeconds')} 60 for a new schedule.`,
  }),
  jitterSeconds: t.int({
    description: `Longest time by which a run starts later than it is due, in seconds. It spreads runs that are due at the same time. ${range('jitterSeconds')} 0 for a new schedule.`,
  }),
  startsAt: t.field({ type: 'DateTime', description: 'No tick before this time. Null removes the bound.' }),
  endsAt: t.field({ type: 'DateTime', description: 'No tick after this time. Null removes the bound.' }),
  pauseAfterFailures: t.int({
    description: `Number of its runs in a row that must fail to pause it. ${range('pauseAfterFailures')} Null to never pause it.`,
  }),
  retryPolicy: t.field({
    type: RetryPolicyInput,
    description:
      "How its runs are retried when they do not succeed. Null, and for a new schedule, as its job's `retryPolicy` says; `maxAttempts: 1` for not at all.",
  }),
  priority: t.field({
    type: RunPriority,
    description:
      "How soon its runs start, compared with others of its environment. Null, and for a new schedule, its job's `priority`.",
  }),
});

addVerb({
  name: 'createSchedule',
  description:
    'Adds a schedule to a job. Give either an `interval` or, with `after`, the jobs that it follows. The time zone is UTC when `timeZone` is absent. The `meltano.yml` of an imported project is not written, and later imports do not change the schedule.',
  input: inputFields((t) => ({
    job: t.id({ required: true, description: idOrPath('Job') }),
    name: t.string({
      required: true,
      ...nameLimit,
      description:
        'Name, unique in the environment: not empty, without `/`, `:` and blanks; the first character is not `-`.',
    }),
    interval: t.string(interval),
    after: t.field(after),
    ...optionalFields(t),
    isEnabled: t.boolean({
      description: 'False to create the schedule paused; see `pauseSchedule`. True when absent.',
    }),
  })),
  success: { field: 'schedule', node: Schedule, table: 'Schedule', description: 'The new schedule.' },
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict],
  verb: createSchedule,
});

addUpdate({
  name: 'updateSchedule',
  description:
    'Changes the given fields of a schedule. New times apply from now on; a tick that is already due is still decided by the former ones. A later import changes the schedule only when its definition in `meltano.yml` changes.',
  input: inputFields((t) => ({
    schedule: t.id({
      required: true,
      description: idOrPath('Schedule'),
    }),
    interval: t.string({
      ...interval,
      description: `${interval.description} The schedule then follows no jobs.`,
    }),
    after: t.field(after),
    ...optionalFields(t),
  })),
  success: {
    field: 'schedule',
    node: Schedule,
    table: 'Schedule',
    description: 'The schedule as it is now.',
  },
  refusals: [NotFound, InvalidInput, Conflict],
  target: (db, { schedule }) => mutationTarget(db, 'Schedule', schedule, ['input', 'schedule']),
  verb: updateSchedule,
});

addVerb({
  name: 'deleteSchedule',
  description: [
    'Deletes a schedule. Lists and paths no longer show it. At its `purgesAt` it is removed for good. Until then, `undelete` brings it back.',
    'The `meltano.yml` of an imported project is not written. Later imports leave the schedule deleted until its definition there changes.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    schedule: t.id({
      required: true,
      description: idOrPath('Schedule'),
    }),
  })),
  success: {
    field: 'schedule',
    node: Schedule,
    table: 'Schedule',
    description: 'The deleted schedule, with its `deletedAt`.',
  },
  refusals: [NotFound, InvalidInput],
  target: (db, { schedule }) => mutationTarget(db, 'Schedule', schedule, ['input', 'schedule']),
  verb: deleteSchedule,
});

const wholeSchedule = (t: InputFields) => ({
  schedule: t.id({
    required: true,
    description: idOrPath('Schedule'),
  }),
});

addVerb({
  name: 'pauseSchedule',
  description:
    'Pauses a schedule: it has no `nextRuns` until `resumeSchedule`. Runs that were already requested continue. If it follows jobs, what they do until then is forgotten. Pausing a paused schedule changes nothing but its note. Later imports leave it paused.',
  input: inputFields((t) => ({
    ...wholeSchedule(t),
    note: t.string({ maxLength: 1000, description: 'Why it is paused. `Schedule.pauseNote` shows it.' }),
  })),
  success: { field: 'schedule', node: Schedule, table: 'Schedule', description: 'The schedule, paused.' },
  refusals: [NotFound, InvalidInput],
  target: (db, { schedule }) => mutationTarget(db, 'Schedule', schedule, ['input', 'schedule']),
  verb: pauseSchedule,
});

addVerb({
  name: 'resumeSchedule',
  description:
    'Resumes a paused schedule. Ticks that passed during the pause do not run, unless `catchUp` is true. Resuming a schedule that is not paused changes nothing.',
  input: inputFields((t) => ({
    ...wholeSchedule(t),
    catchUp: t.boolean({
      description:
        'True to decide the ticks of the pause by the catch-up policy of the schedule, as if no gateway had been running. False when absent.',
    }),
  })),
  success: {
    field: 'schedule',
    node: Schedule,
    table: 'Schedule',
    description: 'The schedule, no longer paused.',
  },
  refusals: [NotFound, InvalidInput],
  target: (db, { schedule }) => mutationTarget(db, 'Schedule', schedule, ['input', 'schedule']),
  verb: resumeSchedule,
});

addVerb({
  name: 'triggerSchedule',
  description: [
    'Starts a run of a schedule now, with the same job and variables as the runs of its ticks. For an extract-load schedule, it does what `meltano schedule run` does. It also works while the schedule is paused. The run belongs to no tick: `ticks` and `nextRuns` stay as they are.',
    'Refused as `Busy` while an earlier run of the schedule is in the way, by its overlap policy or by `overlap`.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    ...wholeSchedule(t),
    overlap: t.field({
      type: ScheduleOverlap,
      description:
        "What to do while an earlier run has not ended. The schedule's own policy when absent. With SKIP the answer is `Busy`.",
    }),
  })),
  success: { field: 'startedRun', node: Run, table: 'Run', description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  verb: triggerSchedule,
  hasOwnRules: true,
});
