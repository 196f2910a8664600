import { maxNamed } from '../../domain/bulk-filter.ts';
import { pauseSchedules, resumeSchedules } from '../../domain/bulk-schedules.ts';
import { InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { bulkText, submitted } from './bulk-operation.ts';
import { addVerb, inputFields } from './verb.ts';

const BulkScheduleFilter = builder.inputType('BulkScheduleFilter', {
  description:
    'Which schedules: by exactly one of `schedules`, `project`, `environment` and `job`. All further conditions given must hold.',
  fields: (t) => ({
    schedules: t.idList({
      description: `Ids of schedules, at most ${maxNamed}. No other field goes with it.`,
    }),
    project: t.id({ description: 'Id or path (its name) of a project: the schedules of its environments.' }),
    environment: t.id({
      description: 'Id or path (`project/environment`) of an environment: its schedules.',
    }),
    job: t.id({ description: 'Id or path (`project/environment/job`) of a job: its schedules.' }),
    pattern: t.string({
      description: 'Schedules whose name is like this: `*` stands for any characters, and `?` for one.',
    }),
  }),
});

const input = inputFields((t) => ({
  filter: t.field({ type: BulkScheduleFilter, required: true, description: 'Which schedules.' }),
}));
const refusals = [NotFound, InvalidInput, LimitExceeded];

addVerb({
  name: 'pauseSchedules',
  description: `Pauses many schedules, each as \`pauseSchedule\` does; one that is paused already stays so. ${bulkText}`,
  ...{ input, success: submitted, refusals },
  verb: pauseSchedules,
});

addVerb({
  name: 'resumeSchedules',
  description: `Resumes many schedules, each as \`resumeSchedule\` does; one that is in force already stays so. ${bulkText}`,
  ...{ input, success: submitted, refusals },
  verb: resumeSchedules,
});
