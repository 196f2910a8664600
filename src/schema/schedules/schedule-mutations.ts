import { createSchedule } from '../../domain/schedules/create-schedule.ts';
import { deleteSchedule } from '../../domain/schedules/delete-schedule.ts';
import { pauseSchedule } from '../../domain/schedules/pause-schedule.ts';
import { resumeSchedule } from '../../domain/schedules/resume-schedule.ts';
import { updateSchedule } from '../../domain/schedules/update-schedule.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { AlreadyExists, InvalidInput, NotFound } from '../../errors.ts';
import { EnvironmentVariableInput, nameLimit } from '../fields.ts';
import { Schedule } from './schedule.ts';
import { addUpdate, addVerb, inputFields, type InputFields } from '../verb.ts';

const interval = {
  maxLength: 200,
  description:
    'A cron expression of five fields, or an alias: `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`, `@once`, `@manual`, `@none`.',
} as const;

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
});

addVerb({
  name: 'createSchedule',
  description:
    'Adds a schedule to a job. The time zone is UTC when `timeZone` is absent. The `meltano.yml` of an imported project is not written, and later imports do not change the schedule.',
  input: inputFields((t) => ({
    job: t.id({ required: true, description: 'Id or path (`project/environment/job`) of the job.' }),
    name: t.string({
      required: true,
      ...nameLimit,
      description:
        'Name, unique in the environment: not empty, without `/`, `:` and blanks; the first character is not `-`.',
    }),
    interval: t.string({ required: true, ...interval }),
    ...optionalFields(t),
    isEnabled: t.boolean({
      description: 'False to create the schedule paused; see `pauseSchedule`. True when absent.',
    }),
  })),
  success: { field: 'schedule', node: Schedule, table: 'Schedule', description: 'The new schedule.' },
  refusals: [NotFound, InvalidInput, AlreadyExists],
  verb: createSchedule,
});

addUpdate({
  name: 'updateSchedule',
  description:
    'Changes the given fields of a schedule. A later import changes the schedule only when its definition in `meltano.yml` changes.',
  input: inputFields((t) => ({
    schedule: t.id({
      required: true,
      description: 'Id or path (`project/environment/schedule`) of the schedule.',
    }),
    interval: t.string(interval),
    ...optionalFields(t),
  })),
  success: {
    field: 'schedule',
    node: Schedule,
    table: 'Schedule',
    description: 'The schedule as it is now.',
  },
  refusals: [NotFound, InvalidInput],
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
      description: 'Id or path (`project/environment/schedule`) of the schedule.',
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
    description: 'Id or path (`project/environment/schedule`) of the schedule.',
  }),
});

addVerb({
  name: 'pauseSchedule',
  description:
    'Pauses a schedule: it has no `nextTicks` until `resumeSchedule`. Runs that were already requested continue. Pausing a paused schedule changes nothing. Later imports leave it paused.',
  input: inputFields(wholeSchedule),
  success: { field: 'schedule', node: Schedule, table: 'Schedule', description: 'The schedule, paused.' },
  refusals: [NotFound, InvalidInput],
  target: (db, { schedule }) => mutationTarget(db, 'Schedule', schedule, ['input', 'schedule']),
  verb: pauseSchedule,
});

addVerb({
  name: 'resumeSchedule',
  description:
    'Resumes a paused schedule. Times that passed during the pause are not made up for. Resuming a schedule that is not paused changes nothing.',
  input: inputFields(wholeSchedule),
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
