import { mutationTarget, type MutationTarget } from '../../domain/rules/mutation-target.ts';
import { drainWorker } from '../../domain/workers/drain-worker.ts';
import { resumeWorker } from '../../domain/workers/resume-worker.ts';
import { Conflict, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { addVerb, inputFields } from '../verb.ts';
import { Worker } from './worker.ts';

const success = { field: 'worker', node: Worker, table: 'Worker' } as const;

const input = inputFields((t) => ({ id: t.id({ required: true, description: 'Id of the worker.' }) }));

const target = (db: Statements, { id }: { id: string }): Promise<MutationTarget> =>
  mutationTarget(db, 'Worker', id, ['input', 'id']);

addVerb({
  name: 'drainWorker',
  description:
    'Lets a worker take no new runs and start no more services, for instance before its machine is taken away. What it executes goes on to its end. Runs that wait go to other workers. `resumeWorker` takes it back; an end of the program, which a signal asks for, drains it too. A worker that drains already goes on to do so.',
  input,
  success: { ...success, description: 'The worker, DRAINING.' },
  refusals: [NotFound, InvalidInput],
  target,
  verb: drainWorker,
});

addVerb({
  name: 'resumeWorker',
  description:
    'Lets a worker take runs again after `drainWorker`. Refused as `Conflict` when it was asked to end. A worker that takes runs goes on to do so.',
  input,
  success: { ...success, description: 'The worker.' },
  refusals: [NotFound, InvalidInput, Conflict],
  target,
  verb: resumeWorker,
});
