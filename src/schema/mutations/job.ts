import { createJob, deleteJob, updateJob } from '../../domain/job.ts';
import { subjectOf } from '../../domain/subject.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { Job } from '../job.ts';
import { force } from './force.ts';
import { addVerb, inputFields } from './verb.ts';

const JobTaskInput = builder.inputType('JobTaskInput', {
  description: 'A task of a job.',
  fields: (t) => ({
    blocks: t.stringList({
      required: true,
      description:
        'Names of extractors, mappings and loaders, and commands such as `dbt:run`, in their order.',
    }),
  }),
});

addVerb({
  name: 'createJob',
  description:
    "Adds a job to an environment. Its blocks are checked against the project's plugins. `meltano.yml` of an imported project is not written, and later imports leave the job alone.",
  input: inputFields((t) => ({
    environment: t.id({
      required: true,
      description: 'Id or path (`project/environment`) of the environment.',
    }),
    name: t.string({
      required: true,
      description:
        'Name, unique in the environment: 1 to 128 characters, without `/`, `:` and blanks, not beginning with `-`.',
    }),
    tasks: t.field({
      type: [JobTaskInput],
      required: true,
      description: 'The tasks, at least one block in all.',
    }),
  })),
  success: { field: 'job', node: Job, table: 'Job', description: 'The new job.' },
  refusals: [NotFound, InvalidInput, AlreadyExists],
  verb: createJob,
});

addVerb({
  name: 'updateJob',
  description:
    'Replaces the tasks of a job. Runs that were asked for before keep theirs. A later import changes the job only when its definition in `meltano.yml` changes.',
  input: inputFields((t) => ({
    job: t.id({ required: true, description: 'Id or path (`project/environment/job`) of the job.' }),
    tasks: t.field({ type: [JobTaskInput], required: true, description: 'The new tasks.' }),
  })),
  success: { field: 'job', node: Job, table: 'Job', description: 'The job as it is now.' },
  refusals: [NotFound, InvalidInput],
  subject: (db, { job }) => subjectOf(db, 'Job', job, ['input', 'job']),
  verb: updateJob,
});

addVerb({
  name: 'deleteJob',
  description:
    'Deletes a job: it disappears from lists and names, while its runs stay and still lead to it until its `purgeTime`; `undelete` brings it back. Refused while a run of it has not ended, and while it has schedules, unless `force`. `meltano.yml` of an imported project is not written, and later imports leave the job deleted until its definition there changes.',
  input: inputFields((t) => ({
    job: t.id({ required: true, description: 'Id or path (`project/environment/job`) of the job.' }),
    force: force(t, 'its schedules'),
  })),
  success: { field: 'job', node: Job, table: 'Job', description: 'The deleted job, with its `deleteTime`.' },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  subject: (db, { job }) => subjectOf(db, 'Job', job, ['input', 'job']),
  verb: deleteJob,
});
