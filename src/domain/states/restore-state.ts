import { NotFound } from '../../errors.ts';
import { withStateLease, type Forcible } from './state-leases.ts';
import type { Gateway } from '../gateway.ts';
import { documentsText } from './documents/state-documents.ts';

export interface RestoreStateInput extends Forcible {
  /** Id or path of the state. A cleared state is found only by its id. */
  state: string;
  /** Number of the version. */
  version: number;
}

/**
 * Writes the documents of an older version of a state again, as a new version.
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy, Conflict
 */
export function restoreState({ transaction }: Gateway, input: RestoreStateInput): Promise<string> {
  return transaction((tx) =>
    withStateLease(tx, input.state, ['input', 'state'], input, async (state, forced) => {
      const key = { stateRowId: state.id, version: input.version };
      const [version] = await tx.stateTexts.ofVersions([key], Number.MAX_SAFE_INTEGER);
      if (!version) {
        const message = `The state has no version ${input.version}; its newest is ${state.version}.`;
        throw new NotFound(message, ['input', 'version']);
      }
      const text = documentsText(version.completed ?? '{}', version.partial ?? '{}');
      const author = { change: 'RESTORE', runId: null, forced } as const;
      return tx.states.write(state.environmentId, { stateId: state.stateId, text }, author);
    }),
  );
}
