import { maxNamed } from '../../domain/bulk/bulk-filter.ts';
import { pauseSchedules, resumeSchedules } from '../../domain/bulk/pause-schedules.ts';
import { InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { bulkText, submitted } from './bulk-answer.ts';
import { addVerb, inputFields } from '../verb.ts';
import { patternField } from '../named-lists.ts';
import { idOrPath } from '../naming/references.ts';

const BulkScheduleFilter = builder.inputType('BulkScheduleFilter', {
  description:
    'Which schedules to choose. Give exactly one of `ids`, `project`, `environment` and `job`. A schedule must meet all other conditions that are given.',
  fields: (t) => ({
    ids: t.idList({
      maxEntries: maxNamed,
      description: 'Ids of schedules. Give no other field with it.',
    }),
    project: t.id({
      description: idOrPath('Project', 'a project, to choose from the schedules of all its environments'),
    }),
    environment: t.id({
      description: idOrPath('Environment', 'an environment, to choose from its schedules'),
    }),
    job: t.id({
      description: idOrPath('Job', 'a job, to choose from its schedules'),
    }),
    pattern: patternField(t, 'Schedules'),
  }),
});

const input = inputFields((t) => ({
  filter: t.field({ type: BulkScheduleFilter, required: true, description: 'Which schedules.' }),
}));
const refusals = [NotFound, InvalidInput, LimitExceeded];

addVerb({
  name: 'pauseSchedules',
  description: `Pauses many schedules, each as \`pauseSchedule\` does. A schedule that is already paused counts as done. ${bulkText}`,
  input,
  success: submitted,
  refusals,
  verb: pauseSchedules,
});

addVerb({
  name: 'resumeSchedules',
  description: `Resumes many schedules, each as \`resumeSchedule\` does. A schedule that is not paused counts as done. ${bulkText}`,
  input,
  success: submitted,
  refusals,
  verb: resumeSchedules,
});
