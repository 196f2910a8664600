import { InputCheck } from '../errors.ts';
import { checkLength, readStateDocument } from './check-state.ts';
import { checkStateId, holdingStates, placeIn, placeOfState, type Forcible } from './hold-states.ts';
import { findEnvironment } from './references.ts';
import type { Services } from './services.ts';
import { documentsText, mergeTexts } from './state-documents.ts';
import { holdAt, mergedSinger } from './state-source.ts';

export interface MergeStateInput extends Forcible {
  /** Id or path of the environment. */
  environment: string;
  stateId: string;
  /** Exactly one of them. */
  source: {
    /** The document, `{"singer_state": …}`, or its JSON text. */
    state?: unknown;
    /** Id or path of another state. */
    from?: string | null | undefined;
  };
}

/**
 * Merges a document, or what the two documents of a state merge to, over the partial document of a state id. The
 * completed one stays. Source: Meltano `core/state_service.py` (`merge_state`), `core/state_store/base.py` (`update`).
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy
 */
export async function mergeState({ store }: Services, input: MergeStateInput): Promise<string> {
  const environment = await findEnvironment(store, input.environment, ['input', 'environment']);
  const { stateId, source } = input;
  const check = new InputCheck();
  checkStateId(check, 'stateId', stateId);
  const given = source.from == null ? readStateDocument(check, source.state, 'source.state') : null;
  check.done();
  const place = placeIn(environment, stateId, ['input', 'stateId']);
  return store.transaction(async (tx) => {
    const from =
      source.from == null ? null : await placeOfState(tx, source.from, ['input', 'source', 'from']);
    const isItself = from?.environmentId === place.environmentId && from.stateId === stateId;
    const places = from === null || isItself ? [place] : [from, place];
    return holdingStates(
      tx,
      places,
      async (forcedIn) => {
        const at = await holdAt(tx, places);
        const { completed, partial } = at(place);
        const merged = mergeTexts(partial, from === null ? (given ?? '') : mergedSinger(at(from), from.path));
        const length = new InputCheck();
        checkLength(length, 'source', merged);
        length.done();
        const state = { stateId, text: documentsText(completed, merged) };
        const author = { change: 'MERGE', runId: null, forced: forcedIn(environment.id) } as const;
        return tx.writeState(environment.id, state, author);
      },
      input,
    );
  });
}
