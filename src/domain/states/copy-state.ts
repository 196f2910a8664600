import type { Gateway } from '../gateway.ts';
import { type CopyStateInput, transferState } from './transfer-state.ts';

/**
 * Copies a state to another state id. The source's two documents are merged; the result becomes the
 * destination's completed document, and its partial document is emptied. The destination's versions keep what
 * it had before. Source: Meltano `core/state_service.py` (`copy_state`).
 *
 * @returns the id of the destination
 * @throws NotFound, InvalidInput, Busy
 */
export function copyState({ transaction }: Gateway, input: CopyStateInput): Promise<string> {
  return transaction((tx) => transferState(tx, input, 'COPY'));
}
