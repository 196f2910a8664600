import { maxNamed } from '../../domain/bulk/bulk-filter.ts';
import { cancelRuns } from '../../domain/bulk/cancel-runs.ts';
import { deleteRuns } from '../../domain/bulk/delete-runs.ts';
import { retryRuns } from '../../domain/bulk/retry-runs.ts';
import { InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { RunKind, RunStatus } from '../enums.ts';
import { bulkText, submitted } from './bulk-answer.ts';
import { addVerb, inputFields, type InputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const chosen = (t: InputFields) => ({
  ids: t.idList({ maxEntries: maxNamed, description: 'Ids of runs. Give no other field with it.' }),
  project: t.id({
    description: idOrPath('Project', 'a project, to choose from its runs, installations included'),
  }),
  environment: t.id({
    description: idOrPath('Environment', 'an environment, to choose from its runs'),
  }),
  job: t.id({ description: idOrPath('Job', 'a job, to choose from its runs') }),
  kinds: t.field({
    type: [RunKind],
    description:
      'Runs of any of these kinds. All but SERVICE when absent: the runs of services must be named.',
  }),
  createdSince: t.field({ type: 'DateTime', description: 'Runs that were requested at this time or later.' }),
  createdBefore: t.field({ type: 'DateTime', description: 'Runs that were requested before this time.' }),
});

const rule =
  'Give exactly one of `ids`, `project`, `environment` and `job`. A run must meet all other conditions that are given. The oldest run is processed first.';

const BulkUnfinishedRunFilter = builder.inputType('BulkUnfinishedRunFilter', {
  description: `Which unfinished runs to choose. ${rule}`,
  fields: (t) => ({
    ...chosen(t),
    statuses: t.field({
      type: [RunStatus],
      description: 'Runs with any of these statuses: QUEUED and RUNNING are possible. Both when absent.',
    }),
  }),
});

const BulkEndedRunFilter = builder.inputType('BulkEndedRunFilter', {
  description: `Which ended runs to choose. ${rule}`,
  fields: (t) => ({
    ...chosen(t),
    statuses: t.field({
      type: [RunStatus],
      description:
        'Runs with any of these statuses: FAILED, CANCELLED, TIMED_OUT and LOST are possible, for `deleteRuns` also SUCCEEDED. All of them when absent.',
    }),
    endedBefore: t.field({ type: 'DateTime', description: 'Runs that ended before this time.' }),
  }),
});

const refusals = [NotFound, InvalidInput, LimitExceeded];

addVerb({
  name: 'cancelRuns',
  description: `Asks many runs to stop, each as \`cancelRun\` does. ${bulkText}`,
  input: inputFields((t) => ({
    filter: t.field({ type: BulkUnfinishedRunFilter, required: true, description: 'Which runs.' }),
  })),
  success: submitted,
  refusals,
  verb: cancelRuns,
});

addVerb({
  name: 'retryRuns',
  description: `Retries many runs, each as \`retryRun\` does. With \`project\`, \`environment\` or \`job\`, only runs that have no retry yet are chosen, so another call does not retry them again. Runs that \`ids\` names are always retried. ${bulkText}`,
  input: inputFields((t) => ({
    filter: t.field({ type: BulkEndedRunFilter, required: true, description: 'Which runs.' }),
    fromFailedBlock: t.boolean({
      description:
        'Leave out the blocks before the first one that did not succeed, as `retryRun` does. False when absent.',
    }),
  })),
  success: submitted,
  refusals,
  verb: retryRuns,
});

addVerb({
  name: 'deleteRuns',
  description: `Deletes many runs for good, each as \`deleteRun\` does. A run that no longer exists counts as deleted. ${bulkText}`,
  input: inputFields((t) => ({
    filter: t.field({ type: BulkEndedRunFilter, required: true, description: 'Which runs.' }),
  })),
  success: submitted,
  refusals,
  verb: deleteRuns,
});
