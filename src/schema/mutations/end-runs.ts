import { cancelRun, hasEnded } from '../../domain/cancel-run.ts';
import { cancelRuns, type RunCancellation, type RunsCancelled } from '../../domain/cancel-runs.ts';
import { deleteRun, deleteRuns, maxLines, type RunsDeleted } from '../../domain/delete-runs.ts';
import { maxRuns } from '../../domain/run-filter.ts';
import { InvalidInput, NotFound, WrongStatus } from '../../errors.ts';
import { builder } from '../builder.ts';
import { RunStatus } from '../enums.ts';
import { Run } from '../run.ts';
import { rowById } from '../rows.ts';
import { addResult, addVerb, inputFields, type InputFields } from './verb.ts';

addVerb({
  name: 'cancelRun',
  description:
    'Asks a run to stop. A queued run is CANCELLED at once. A running one turns CANCELLING: its processes are asked to end, killed when they have not after the grace time, and the run is then CANCELLED; what its target acknowledged is kept. A run of a service that is cancelled so ends the process, and not the wish that the service runs: with the policy ALWAYS it is started again, otherwise it stays STOPPED; `stopService` stops it whatever the policy. A verb of its own since it signals a process.',
  input: inputFields((t) => ({
    run: t.id({ required: true, description: "Id of the run, or path of a job for the job's newest run." }),
  })),
  success: { field: 'run', node: Run, table: 'Run', description: 'The run, CANCELLED or CANCELLING.' },
  refusals: [NotFound, InvalidInput, WrongStatus],
  verb: cancelRun,
});

/** Which runs, by exactly one of these fields. */
const chosenRuns = (t: InputFields) => ({
  runs: t.idList({ description: `Ids of runs, at most ${maxRuns}. No other field goes with it.` }),
  project: t.id({ description: 'Id or path (its name) of a project: its runs, installations too.' }),
  environment: t.id({ description: 'Id or path (`project/environment`) of an environment: its runs.' }),
  job: t.id({ description: 'Id or path (`project/environment/job`) of a job: its runs.' }),
});

const UnfinishedRunFilter = builder.inputType('UnfinishedRunFilter', {
  description:
    'Which runs to cancel: by exactly one of `runs`, `project`, `environment` and `job`. All further conditions given must hold.',
  fields: (t) => ({
    ...chosenRuns(t),
    statuses: t.field({
      type: [RunStatus],
      description: 'Runs in any of these statuses, which can be QUEUED and RUNNING; both when absent.',
    }),
    createdBefore: t.field({ type: 'DateTime', description: 'Runs asked for before this time.' }),
  }),
});

const CancelRunsSuccess = builder.objectRef<RunsCancelled>('CancelRunsSuccess').implement({
  description: '`cancelRuns` has been done.',
  fields: (t) => ({
    results: t.field({
      type: [Run],
      description:
        'What has become of each run: the run, CANCELLED or CANCELLING, or why it was not asked to stop. In the order of `runs`, each id once; else the oldest run first.',
      itemErrors: {
        types: [NotFound, WrongStatus],
        directResult: true,
        union: { name: 'CancelRunsItem', description: 'What `cancelRuns` answers for one run.' },
      },
      resolve: ({ runs }, _args, context, info) =>
        runs.map((run) => refusalOf(run) ?? rowById(context, info, 'Run', run.id)) as never,
    }),
    isComplete: t.exposeBoolean('isComplete', {
      description: 'Whether nothing is left that the filter fits; when false, call again.',
    }),
  }),
});

function refusalOf({ outcome, status }: RunCancellation): NotFound | WrongStatus | null {
  const path = ['input', 'filter', 'runs'];
  if (outcome === 'NOT_FOUND') return new NotFound('There is no Run of that id.', path);
  return outcome === 'ENDED' ? hasEnded(status ?? '', path) : null;
}

addResult({
  name: 'cancelRuns',
  description: `Asks runs to stop, each as \`cancelRun\` does, at most ${maxRuns} in one call: those that are named, or the oldest of a project, an environment or a job. A run that has ended, or does not exist, does not keep the others from being cancelled. A verb of its own since it signals processes.`,
  input: inputFields((t) => ({
    filter: t.field({ type: UnfinishedRunFilter, required: true, description: 'Which runs to cancel.' }),
  })),
  type: CancelRunsSuccess,
  refusals: [NotFound, InvalidInput],
  resolve: cancelRuns,
});

const DeleteRunSuccess = builder.objectRef<{ deletedId: string }>('DeleteRunSuccess').implement({
  description: '`deleteRun` has been done.',
  fields: (t) => ({
    deletedId: t.exposeID('deletedId', { description: 'Id of the run, which is gone.' }),
  }),
});

addResult({
  name: 'deleteRun',
  description:
    'Deletes a run that has ended, for good, with its blocks, its log and its metrics. States and their versions stay, and no longer lead to it. A run that has not ended is refused; cancel it first.',
  input: inputFields((t) => ({
    run: t.id({ required: true, description: "Id of the run, or path of a job for the job's newest run." }),
  })),
  type: DeleteRunSuccess,
  refusals: [NotFound, InvalidInput, WrongStatus],
  resolve: deleteRun,
});

const EndedRunFilter = builder.inputType('EndedRunFilter', {
  description:
    'Which runs to delete: by exactly one of `runs`, `project`, `environment` and `job`. All further conditions given must hold.',
  fields: (t) => ({
    ...chosenRuns(t),
    statuses: t.field({
      type: [RunStatus],
      description:
        'Runs in any of these statuses, which can be SUCCEEDED, FAILED, CANCELLED, TIMED_OUT and LOST; all of them when absent.',
    }),
    endedBefore: t.field({ type: 'DateTime', description: 'Runs that ended before this time.' }),
  }),
});

const DeleteRunsSuccess = builder.objectRef<RunsDeleted>('DeleteRunsSuccess').implement({
  description: '`deleteRuns` has been done.',
  fields: (t) => ({
    deletedCount: t.exposeInt('deletedCount', { description: 'How many runs were deleted.' }),
    isComplete: t.exposeBoolean('isComplete', {
      description: 'Whether nothing is left that the filter fits; when false, call again.',
    }),
  }),
});

addResult({
  name: 'deleteRuns',
  description: `Deletes runs that have ended, each as \`deleteRun\` does, the oldest first. One call deletes at most ${maxRuns} runs, and fewer when these have more than about ${maxLines.toLocaleString('en')} lines of log between them; call it again until \`isComplete\`. Runs that are gone already are passed over, so that it is safe to repeat. A run that is named and has not ended is refused, and then none is deleted. A verb of its own since it deletes many objects in one step.`,
  input: inputFields((t) => ({
    filter: t.field({ type: EndedRunFilter, required: true, description: 'Which runs to delete.' }),
  })),
  type: DeleteRunsSuccess,
  refusals: [NotFound, InvalidInput, WrongStatus],
  resolve: deleteRuns,
});
