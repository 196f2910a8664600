import { InvalidInput } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import type { LockedState } from '../../store/states/states.ts';
import type { StateAddress } from './state-leases.ts';
import { quoted } from '../../lib/quoted.ts';
import { documentLimits } from './documents/check-state.ts';
import { mergedSingerTexts } from './documents/state-documents.ts';

/** Locks the rows of some states until the transaction ends. Returns a function that finds one of them. */
export async function lockStates(
  tx: Statements,
  addresses: readonly StateAddress[],
): Promise<(address: StateAddress) => LockedState> {
  const states = await tx.states.lockRows(addresses);
  return ({ environmentId, stateId }) => {
    const state = states.find((one) => one.environmentId === environmentId && one.stateId === stateId);
    if (!state) throw new Error(`The state ${stateId} is not locked.`);
    return state;
  };
}

/**
 * The merge of a state's two documents, as JSON text, to write into another state.
 *
 * @throws InvalidInput when the merge is not a state as Meltano expects it, or when it is too long. Source: Meltano
 *   `core/state_service.py` (`add_state`)
 */
export async function mergedSinger(
  { stateId, completed, partial }: LockedState,
  at: readonly string[],
): Promise<string> {
  const merged = await mergedSingerTexts(completed, partial);
  if (merged === null) {
    const message = `The state ${quoted(stateId)} holds no "singer_state", so there is nothing to take over.`;
    throw new InvalidInput([{ path: at, code: 'NO_SINGER_STATE', message }]);
  }
  // What a run has written may be longer, and is taken over as it is. But no state grows without end by being merged
  // and copied again and again.
  const longest = Math.max(documentLimits.length, completed.length, partial.length);
  if (merged.length > longest) {
    const message = `The two documents of the state ${quoted(stateId)} have ${merged.length} characters of JSON together; ${documentLimits.length} are allowed.`;
    throw new InvalidInput([{ path: at, code: 'TOO_LONG', message }]);
  }
  return merged;
}
