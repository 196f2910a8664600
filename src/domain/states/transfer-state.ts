import { InputCheck, InvalidInput } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import type { EnvironmentWithProject } from '../../store/environments/environments.ts';
import { checkStateId, withStateLeases, stateAddress, type Forcible } from './state-leases.ts';
import { environmentOf, findEnvironment, findState } from '../naming/references.ts';
import { documentsText } from './documents/state-documents.ts';
import { lockStates, mergedSinger } from './state-source.ts';

/** The state id to write to; without an environment, in the environment of the source. */
export interface StateTarget {
  environment?: string | null | undefined;
  stateId: string;
}

export interface CopyStateInput extends Forcible {
  /** Id or path of the state to copy. */
  state: string;
  to: StateTarget;
}

export async function transferState(
  tx: Statements,
  input: CopyStateInput,
  change: 'COPY' | 'MOVE',
): Promise<string> {
  const source = await findState(tx, input.state, ['input', 'state']);
  const { environment, own } = await findTarget(tx, input.to, source.environmentId);
  const { stateId } = input.to;
  if (environment.id === source.environmentId && stateId === source.stateId) {
    const message = 'The destination is the source itself; name another state id or environment.';
    throw new InvalidInput([{ path: ['input', 'to', 'stateId'], code: 'SAME_STATE', message }]);
  }
  const from = stateAddress(own, source.stateId, ['input', 'state']);
  const to = stateAddress(environment, stateId, ['input', 'to', 'stateId']);
  return withStateLeases(
    tx,
    [from, to],
    async (forcedIn) => {
      // Both rows are locked in one statement, although only one is read: then all transactions lock them in
      // the same order.
      const at = await lockStates(tx, [from, to]);
      const text = documentsText(await mergedSinger(at(from), from.at));
      const author = { change, runId: null, forced: forcedIn(environment.id) } as const;
      const id = await tx.states.write(environment.id, { stateId, text }, author);
      if (change === 'MOVE') {
        const cleared = { stateId: source.stateId, text: documentsText('{}') };
        await tx.states.write(own.id, cleared, { change: 'CLEAR', runId: null, forced: forcedIn(own.id) });
      }
      return id;
    },
    input,
  );
}

/** Finds the environment that a state goes to, and its own. @throws NotFound, InvalidInput */
export async function findTarget(
  tx: Statements,
  target: StateTarget,
  sourceEnvironmentId: string,
): Promise<{ environment: EnvironmentWithProject; own: EnvironmentWithProject }> {
  const check = new InputCheck();
  checkStateId(check, 'to.stateId', target.stateId);
  check.done();
  const own = await environmentOf(tx, sourceEnvironmentId);
  const environment =
    target.environment == null
      ? own
      : await findEnvironment(tx, target.environment, ['input', 'to', 'environment']);
  return { environment, own };
}
