import { InvalidInput } from '../errors.ts';
import type { Statements } from '../store/index.ts';
import type { HeldState } from '../store/state.ts';
import type { StatePlace } from './hold-states.ts';
import { quoted } from './names.ts';
import { holdsSingerState, mergeTexts } from './state-documents.ts';

/** Holds the states at some places, see `holdStates`, and finds each by its place. */
export async function holdAt(
  tx: Statements,
  places: readonly StatePlace[],
): Promise<(place: StatePlace) => HeldState> {
  const states = await tx.holdStates(places);
  return ({ environmentId, stateId }) => {
    const state = states.find((one) => one.environmentId === environmentId && one.stateId === stateId);
    if (!state) throw new Error(`The state ${stateId} is not held.`);
    return state;
  };
}

/**
 * What a state's two documents merge to, as JSON text, for another state to take over.
 *
 * @throws InvalidInput when it is no state as Meltano takes it. Source: Meltano `core/state_service.py` (`add_state`)
 */
export function mergedSinger({ stateId, completed, partial }: HeldState, path: readonly string[]): string {
  const merged = mergeTexts(completed, partial);
  if (holdsSingerState(merged)) return merged;
  const message = `The state ${quoted(stateId)} holds no "singer_state", so there is nothing to take over.`;
  throw new InvalidInput([{ path, code: 'NO_SINGER_STATE', message }]);
}
