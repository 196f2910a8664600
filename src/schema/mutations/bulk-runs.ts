import { maxNamed } from '../../domain/bulk-filter.ts';
import { cancelRuns, deleteRuns, retryRuns } from '../../domain/bulk-runs.ts';
import { InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { RunStatus } from '../enums.ts';
import { bulkText, submitted } from './bulk-operation.ts';
import { addVerb, inputFields, type InputFields } from './verb.ts';

const chosen = (t: InputFields) => ({
  runs: t.idList({ description: `Ids of runs, at most ${maxNamed}. No other field goes with it.` }),
  project: t.id({ description: 'Id or path (its name) of a project: its runs, installations too.' }),
  environment: t.id({ description: 'Id or path (`project/environment`) of an environment: its runs.' }),
  job: t.id({ description: 'Id or path (`project/environment/job`) of a job: its runs.' }),
  createdSince: t.field({ type: 'DateTime', description: 'Runs asked for at this time or later.' }),
  createdBefore: t.field({ type: 'DateTime', description: 'Runs asked for before this time.' }),
});

const rule =
  'by exactly one of `runs`, `project`, `environment` and `job`, the oldest first. All further conditions given must hold.';

const BulkUnfinishedRunFilter = builder.inputType('BulkUnfinishedRunFilter', {
  description: `Which runs that have not ended: ${rule}`,
  fields: (t) => ({
    ...chosen(t),
    statuses: t.field({
      type: [RunStatus],
      description: 'Runs in any of these statuses, which can be QUEUED and RUNNING; both when absent.',
    }),
  }),
});

const BulkEndedRunFilter = builder.inputType('BulkEndedRunFilter', {
  description: `Which runs that have ended: ${rule}`,
  fields: (t) => ({
    ...chosen(t),
    statuses: t.field({
      type: [RunStatus],
      description:
        'Runs in any of these statuses, which can be FAILED, CANCELLED, TIMED_OUT and LOST, and for `deleteRuns` SUCCEEDED; all of them when absent.',
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
  ...{ success: submitted, refusals },
  verb: cancelRuns,
});

addVerb({
  name: 'retryRuns',
  description: `Retries many runs, each as \`retryRun\` does. Of a place those are chosen that no run repeats yet, so that asking again does not retry them again; a run that is named is retried in any case. ${bulkText}`,
  input: inputFields((t) => ({
    filter: t.field({ type: BulkEndedRunFilter, required: true, description: 'Which runs.' }),
    fromFailedBlock: t.boolean({
      description: 'Leave out the blocks before the first one that did not succeed, see `retryRun`.',
    }),
  })),
  ...{ success: submitted, refusals },
  verb: retryRuns,
});

addVerb({
  name: 'deleteRuns',
  description: `Deletes many runs for good, each as \`deleteRun\` does; one that is gone already counts as deleted. ${bulkText}`,
  input: inputFields((t) => ({
    filter: t.field({ type: BulkEndedRunFilter, required: true, description: 'Which runs.' }),
  })),
  ...{ success: submitted, refusals },
  verb: deleteRuns,
});
