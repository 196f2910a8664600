import {
  createSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  updateSchedule,
} from '../../domain/schedule.ts';
import { subjectOf } from '../../domain/subject.ts';
import { AlreadyExists, InvalidInput, NotFound } from '../../errors.ts';
import { EnvironmentVariableInput } from '../fields.ts';
import { Schedule } from '../schedule.ts';
import { addVerb, inputFields, type InputFields } from './verb.ts';

const intervalDescription =
  'A cron expression of five fields, or an alias: `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`, `@once`, `@manual`, `@none`.';

const optionalFields = (t: InputFields) => ({
  timeZone: t.string({
    description: 'IANA time zone in which the cron expression is read, such as `Europe/Berlin`.',
  }),
  env: t.field({
    type: [EnvironmentVariableInput],
    description: 'Environment variables for its runs; at most 100. They replace those that were there.',
  }),
});

addVerb({
  name: 'createSchedule',
  description:
    'Adds a schedule to a job. The time zone is UTC when none is given. `meltano.yml` of an imported project is not written, and later imports leave the schedule alone.',
  input: inputFields((t) => ({
    job: t.id({ required: true, description: 'Id or path (`project/environment/job`) of the job.' }),
    name: t.string({
      required: true,
      description:
        'Name, unique in the environment: 1 to 128 characters, without `/`, `:` and blanks, not beginning with `-`.',
    }),
    interval: t.string({ required: true, description: intervalDescription }),
    ...optionalFields(t),
    enabled: t.boolean({
      description: 'Whether it is in force; true when absent. See `pauseSchedule`.',
    }),
  })),
  success: { field: 'schedule', node: Schedule, table: 'Schedule', description: 'The new schedule.' },
  refusals: [NotFound, InvalidInput, AlreadyExists],
  verb: createSchedule,
});

addVerb({
  name: 'updateSchedule',
  description:
    'Changes those fields of a schedule that are given. A later import changes the schedule only when its definition in `meltano.yml` changes.',
  input: inputFields((t) => ({
    schedule: t.id({
      required: true,
      description: 'Id or path (`project/environment/schedule`) of the schedule.',
    }),
    interval: t.string({ description: intervalDescription }),
    ...optionalFields(t),
  })),
  success: {
    field: 'schedule',
    node: Schedule,
    table: 'Schedule',
    description: 'The schedule as it is now.',
  },
  refusals: [NotFound, InvalidInput],
  subject: (db, { schedule }) => subjectOf(db, 'Schedule', schedule, ['input', 'schedule']),
  verb: updateSchedule,
});

addVerb({
  name: 'deleteSchedule',
  description:
    'Deletes a schedule: it disappears from lists and names, and is removed for good at its `purgeTime`; `undelete` brings it back. `meltano.yml` of an imported project is not written, and later imports leave the schedule deleted until its definition there changes.',
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
    description: 'The deleted schedule, with its `deleteTime`.',
  },
  refusals: [NotFound, InvalidInput],
  subject: (db, { schedule }) => subjectOf(db, 'Schedule', schedule, ['input', 'schedule']),
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
    'Takes a schedule out of force: it has no `nextTicks` until `resumeSchedule`. Runs that were asked for go on. Pausing a paused schedule changes nothing. A verb of its own since it is an act of operation, and no change of what the schedule is: later imports leave it paused.',
  input: inputFields(wholeSchedule),
  success: { field: 'schedule', node: Schedule, table: 'Schedule', description: 'The schedule, paused.' },
  refusals: [NotFound, InvalidInput],
  subject: (db, { schedule }) => subjectOf(db, 'Schedule', schedule, ['input', 'schedule']),
  verb: pauseSchedule,
});

addVerb({
  name: 'resumeSchedule',
  description:
    'Puts a paused schedule into force again. What came due meanwhile is not made up for. Resuming one that is in force changes nothing. A verb of its own as the opposite of `pauseSchedule`.',
  input: inputFields(wholeSchedule),
  success: { field: 'schedule', node: Schedule, table: 'Schedule', description: 'The schedule, in force.' },
  refusals: [NotFound, InvalidInput],
  subject: (db, { schedule }) => subjectOf(db, 'Schedule', schedule, ['input', 'schedule']),
  verb: resumeSchedule,
});
