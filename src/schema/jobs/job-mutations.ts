import { blockLimits } from '../../domain/definitions/blocks.ts';
import { createJob } from '../../domain/jobs/create-job.ts';
import { deleteJob } from '../../domain/jobs/delete-job.ts';
import { updateJob } from '../../domain/jobs/update-job.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { RunPriority } from '../enums.ts';
import { Job } from './job.ts';
import { force } from '../lifecycle/force.ts';
import { labelLimits, nameLimit } from '../fields.ts';
import { shown } from '../maxima/maxima.ts';
import { RetryPolicyInput } from '../runs/retry-policy-input.ts';
import { addUpdate, addVerb, inputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const JobTaskInput = builder.inputType('JobTaskInput', {
  description: 'A task of a job.',
  fields: (t) => ({
    blocks: t.stringList({
      required: true,
      maxEntries: blockLimits.blocks,
      maxLength: blockLimits.length,
      description:
        'Names of extractors, mappings and loaders, and commands such as `dbt:run`, in the order in which they run.',
    }),
  }),
});

addVerb({
  name: 'createJob',
  description:
    "Adds a job to an environment. Its blocks are checked against the project's plugins. The `meltano.yml` of an imported project is not written, and later imports do not change the job.",
  input: inputFields((t) => ({
    environment: t.id({
      required: true,
      description: idOrPath('Environment'),
    }),
    name: t.string({
      required: true,
      ...nameLimit,
      description:
        'Name, unique in the environment: not empty, without `/`, `:` and blanks; the first character is not `-`.',
    }),
    tasks: t.field({
      type: [JobTaskInput],
      required: true,
      maxEntries: blockLimits.blocks,
      description: `The tasks. All of them together have at least one block and at most ${shown(blockLimits.blocks)}.`,
    }),
    retryPolicy: t.field({
      type: RetryPolicyInput,
      description: 'How its runs are retried when they do not succeed. Not at all when absent.',
    }),
    labels: t.stringList({
      ...labelLimits,
      description: 'Labels that the worker of its runs must have, such as `gpu`. None when absent.',
    }),
    priority: t.field({
      type: RunPriority,
      description: 'How soon its runs start, compared with others of its environment. NORMAL when absent.',
    }),
  })),
  success: { field: 'job', node: Job, table: 'Job', description: 'The new job.' },
  refusals: [NotFound, InvalidInput, AlreadyExists],
  verb: createJob,
});

addUpdate({
  name: 'updateJob',
  description:
    'Changes the given fields of a job. Runs that were requested before stay as they are. A later import changes the tasks only when the definition of the job in `meltano.yml` changes, and never the other fields.',
  input: inputFields((t) => ({
    job: t.id({ required: true, description: idOrPath('Job') }),
    tasks: t.field({
      type: [JobTaskInput],
      maxEntries: blockLimits.blocks,
      description: `The new tasks. All of them together have at least one block and at most ${shown(blockLimits.blocks)}. They stay as they are when absent.`,
    }),
    retryPolicy: t.field({
      type: RetryPolicyInput,
      description:
        'How its runs are retried when they do not succeed. Null for not at all. It stays as it is when absent.',
    }),
    labels: t.stringList({
      ...labelLimits,
      description:
        'Labels that the worker of its runs must have, in place of the former ones. They stay as they are when absent.',
    }),
    priority: t.field({
      type: RunPriority,
      description:
        'How soon its runs start, compared with others of its environment. Null to say nothing of it. It stays as it is when absent.',
    }),
  })),
  success: { field: 'job', node: Job, table: 'Job', description: 'The job as it is now.' },
  refusals: [NotFound, InvalidInput],
  target: (db, { job }) => mutationTarget(db, 'Job', job, ['input', 'job']),
  verb: updateJob,
});

addVerb({
  name: 'deleteJob',
  description: [
    'Deletes a job. Lists and paths no longer show it. Its runs stay and still lead to it until its `purgesAt`. Until then, `undelete` brings it back.',
    'Refused while a run of the job has not ended. Also refused while it has schedules, unless `force` is true.',
    'The `meltano.yml` of an imported project is not written. Later imports leave the job deleted until its definition there changes.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    job: t.id({ required: true, description: idOrPath('Job') }),
    force: force(t, 'its schedules'),
  })),
  success: { field: 'job', node: Job, table: 'Job', description: 'The deleted job, with its `deletedAt`.' },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  target: (db, { job }) => mutationTarget(db, 'Job', job, ['input', 'job']),
  verb: deleteJob,
});
