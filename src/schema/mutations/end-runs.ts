import { cancelRun } from '../../domain/cancel-run.ts';
import { deleteRun } from '../../domain/delete-run.ts';
import { InvalidInput, NotFound, WrongStatus } from '../../errors.ts';
import { builder } from '../builder.ts';
import { Run } from '../run.ts';
import { addResult, addVerb, inputFields } from './verb.ts';

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
