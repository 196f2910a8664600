import { NotFound } from '../errors.ts';
import { holdingState, type Forcible } from './hold-states.ts';
import type { Services } from './services.ts';
import { documentsText } from './state-documents.ts';

export interface RestoreStateInput extends Forcible {
  /** Id or path of the state; a cleared one has its id alone. */
  state: string;
  /** Number of the version. */
  version: number;
}

/**
 * Gives a state the documents that it had in one of its versions, as a new version.
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy, Conflict
 */
export function restoreState({ store }: Services, input: RestoreStateInput): Promise<string> {
  return store.transaction((tx) =>
    holdingState(tx, input.state, ['input', 'state'], input, async (state, forced) => {
      const key = { stateRowId: state.id, version: input.version };
      const [version] = await tx.versionTexts([key], Number.MAX_SAFE_INTEGER);
      if (!version) {
        const message = `The state has no version ${input.version}; its newest is ${state.version}.`;
        throw new NotFound(message, ['input', 'version']);
      }
      const text = documentsText(version.completed ?? '{}', version.partial ?? '{}');
      const author = { change: 'RESTORE', runId: null, forced } as const;
      return tx.writeState(state.environmentId, { stateId: state.stateId, text }, author);
    }),
  );
}
