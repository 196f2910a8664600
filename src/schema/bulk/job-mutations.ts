import { maxNamed } from '../../domain/bulk/bulk-filter.ts';
import { runJobs } from '../../domain/bulk/run-jobs.ts';
import { InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { bulkText, submitted } from './bulk-answer.ts';
import { runOptions } from '../runs/run-options.ts';
import { addVerb, inputFields } from '../verb.ts';
import { patternField } from '../named-lists.ts';
import { idOrPath } from '../naming/references.ts';

const BulkJobFilter = builder.inputType('BulkJobFilter', {
  description:
    'Which jobs to choose. Give exactly one of `ids`, `project` and `environment`. A job must meet all other conditions that are given.',
  fields: (t) => ({
    ids: t.idList({ maxEntries: maxNamed, description: 'Ids of jobs. Give no other field with it.' }),
    project: t.id({
      description: idOrPath('Project', 'a project, to choose from the jobs of all its environments'),
    }),
    environment: t.id({
      description: idOrPath('Environment', 'an environment, to choose from its jobs'),
    }),
    pattern: patternField(t, 'Jobs'),
  }),
});

addVerb({
  name: 'runJobs',
  description: `Starts a run of each of many jobs, as \`runJob\` does. All runs have the same options. Another call starts the jobs again; with the same \`clientRequestId\` it does not. ${bulkText}`,
  input: inputFields((t) => ({
    filter: t.field({ type: BulkJobFilter, required: true, description: 'Which jobs.' }),
    ...runOptions(t),
  })),
  success: submitted,
  refusals: [NotFound, InvalidInput, LimitExceeded],
  verb: runJobs,
});
