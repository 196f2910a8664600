import { InputCheck, InvalidInput } from '../errors.ts';
import type { BulkVerb } from '../store/index.ts';
import { readBulkFilter } from './bulk-filter.ts';
import { submitBulkOperation } from './bulk-operation.ts';
import { encodeGlobalId } from './global-id.ts';
import type { Forcible } from './hold-states.ts';
import { findEnvironment } from './references.ts';
import type { Services } from './services.ts';

/** Which states. */
export interface BulkStateFilter {
  states?: readonly string[] | null | undefined;
  project?: string | null | undefined;
  environment?: string | null | undefined;
  pattern?: string | null | undefined;
  pair?: string | null | undefined;
}

interface BulkStatesInput extends Forcible {
  filter: BulkStateFilter;
}

interface BulkTransferInput extends BulkStatesInput {
  /** Id or path of the environment that they go to. */
  to: string;
}

/** Copies states to another environment, see `transferredStateId`. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function copyStates(services: Services, input: BulkTransferInput): Promise<string> {
  return submit(services, 'COPY_STATES', input, input.to);
}

/** Moves states to another environment, see `transferredStateId`. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function moveStates(services: Services, input: BulkTransferInput): Promise<string> {
  return submit(services, 'MOVE_STATES', input, input.to);
}

/** Clears states, each as `clearState` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function clearStates(services: Services, input: BulkStatesInput): Promise<string> {
  return submit(services, 'CLEAR_STATES', input, null);
}

/**
 * The state id that a state gets in another environment: its first part is the name of its environment, as runs have
 * it, and becomes the name of the other one. An id of another form stays as it is.
 */
export function transferredStateId(stateId: string, from: string, to: string): string {
  return stateId.startsWith(`${from}:`) ? `${to}${stateId.slice(from.length)}` : stateId;
}

function submit(
  { store }: Services,
  verb: BulkVerb,
  { filter, force }: BulkStatesInput,
  to: string | null,
): Promise<string> {
  const { states, project, environment, pattern, pair } = filter;
  return store.transaction(async (tx) => {
    const choice = await readBulkFilter(tx, {
      ...{ subject: 'State', field: 'states', ids: states, places: { project, environment } },
      ...{ conditions: { pattern, pair }, check: new InputCheck() },
    });
    const target = to === null ? null : await findEnvironment(tx, to, ['input', 'to']);
    if (target && 'place' in choice && choice.place.id === target.id) {
      const message = 'The states are in that environment already; name another one.';
      throw new InvalidInput([{ path: ['input', 'to'], code: 'SAME_ENVIRONMENT', message }]);
    }
    const options = {
      force: force ?? false,
      ...(target ? { to: encodeGlobalId({ type: 'Environment', id: target.id }) } : {}),
    };
    return submitBulkOperation(tx, { verb, filter, options, choice });
  });
}
