import type { Gateway } from '../gateway.ts';
import { type CopyStateInput, transferState } from './transfer-state.ts';

/**
 * Copies a state to another state id and clears the source, in one transaction. Source: Meltano
 * `core/state_service.py` (`move_state`).
 *
 * @returns the id of the destination
 * @throws NotFound, InvalidInput, Busy
 */
export function moveState({ transaction }: Gateway, input: CopyStateInput): Promise<string> {
  return transaction((tx) => transferState(tx, input, 'MOVE'));
}
