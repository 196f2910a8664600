import { withStateLease, type Forcible } from './state-leases.ts';
import type { Gateway } from '../gateway.ts';
import { documentsText } from './documents/state-documents.ts';

export interface ClearStateInput extends Forcible {
  /** Id or path of the state. */
  state: string;
}

/**
 * Empties a state's documents. Its versions and its row stay, and the next write to the state id uses the row
 * again. A state that is already cleared stays as it is. Source: Meltano `core/state_service.py`
 * (`clear_state`).
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy, Conflict
 */
export function clearState({ transaction }: Gateway, input: ClearStateInput): Promise<string> {
  return transaction((tx) =>
    withStateLease(tx, input.state, ['input', 'state'], input, async (state, forced) => {
      if (state.deletedAt !== null) return state.id;
      const { environmentId, stateId } = state;
      const author = { change: 'CLEAR', runId: null, forced } as const;
      return tx.states.write(environmentId, { stateId, text: documentsText('{}') }, author);
    }),
  );
}
