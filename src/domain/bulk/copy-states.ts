import type { Gateway } from '../gateway.ts';
import { type BulkTransferInput, submitForStates } from './choose-states.ts';

/** Copies states to another environment, see `transferredStateId`. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function copyStates(gateway: Gateway, input: BulkTransferInput): Promise<string> {
  return submitForStates(gateway, 'COPY_STATES', input, input.environment);
}
