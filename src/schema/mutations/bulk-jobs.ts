import { maxNamed } from '../../domain/bulk-filter.ts';
import { runJobs } from '../../domain/bulk-jobs.ts';
import { InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { bulkText, submitted } from './bulk-operation.ts';
import { runOptions } from './run-options.ts';
import { addVerb, inputFields } from './verb.ts';

const BulkJobFilter = builder.inputType('BulkJobFilter', {
  description:
    'Which jobs: by exactly one of `jobs`, `project` and `environment`. All further conditions given must hold.',
  fields: (t) => ({
    jobs: t.idList({ description: `Ids of jobs, at most ${maxNamed}. No other field goes with it.` }),
    project: t.id({ description: 'Id or path (its name) of a project: the jobs of its environments.' }),
    environment: t.id({ description: 'Id or path (`project/environment`) of an environment: its jobs.' }),
    pattern: t.string({
      description: 'Jobs whose name is like this: `*` stands for any characters, and `?` for one.',
    }),
  }),
});

addVerb({
  name: 'runJobs',
  description: `Starts a run of each of many jobs, as \`runJob\` does, all with the same options. Asking again starts them again; a \`clientRequestId\` keeps a repeated request from that. ${bulkText}`,
  input: inputFields((t) => ({
    filter: t.field({ type: BulkJobFilter, required: true, description: 'Which jobs.' }),
    ...runOptions(t),
  })),
  success: submitted,
  refusals: [NotFound, InvalidInput, LimitExceeded],
  verb: runJobs,
});
