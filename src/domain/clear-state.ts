import { holdingState, type Forcible } from './hold-states.ts';
import type { Services } from './services.ts';
import { documentsText } from './state-documents.ts';

export interface ClearStateInput extends Forcible {
  /** Id or path of the state. */
  state: string;
}

/**
 * Takes a state's documents away. Its versions stay, and so does the row, which the next write to the state id takes
 * up again. One that is cleared already stays as it is. Source: Meltano `core/state_service.py` (`clear_state`).
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy, Conflict
 */
export function clearState({ store }: Services, input: ClearStateInput): Promise<string> {
  return store.transaction((tx) =>
    holdingState(tx, input.state, ['input', 'state'], input, async (state, forced) => {
      if (state.deleteTime !== null) return state.id;
      const { environmentId, stateId } = state;
      const author = { change: 'CLEAR', runId: null, forced } as const;
      return tx.writeState(environmentId, { stateId, text: documentsText('{}') }, author);
    }),
  );
}
