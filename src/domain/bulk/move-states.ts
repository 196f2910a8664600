import type { Gateway } from '../gateway.ts';
import { type BulkTransferInput, submitForStates } from './choose-states.ts';

/** Moves states to another environment, see `transferredStateId`. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function moveStates(gateway: Gateway, input: BulkTransferInput): Promise<string> {
  return submitForStates(gateway, 'MOVE_STATES', input, input.environment);
}
