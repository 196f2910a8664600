import type { Gateway } from '../gateway.ts';
import { type BulkStatesInput, submitForStates } from './choose-states.ts';

/** Clears states, each as `clearState` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function clearStates(gateway: Gateway, input: BulkStatesInput): Promise<string> {
  return submitForStates(gateway, 'CLEAR_STATES', input, null);
}
