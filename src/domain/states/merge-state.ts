import { InputCheck } from '../../errors.ts';
import { checkLength } from './documents/check-state.ts';
import { readStateDocument, type GivenDocument } from './documents/read-document.ts';
import {
  checkStateId,
  withStateLeases,
  stateAddress,
  addressOfState,
  type Forcible,
} from './state-leases.ts';
import { findEnvironment } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { mergedTexts, partialText } from './documents/state-documents.ts';
import { lockStates, mergedSinger } from './state-source.ts';

export interface MergeStateInput extends Forcible {
  /** Id or path of the environment. */
  environment: string;
  stateId: string;
  /** Exactly one of them. */
  source: {
    /** The document, `{"singer_state": …}`. */
    document?: GivenDocument | null | undefined;
    /** Id or path of another state. */
    state?: string | null | undefined;
  };
}

/**
 * Merges a document into the partial document of a state id. The document is given, or is the merge of
 * another state's two documents. The completed document stays. Source: Meltano `core/state_service.py`
 * (`merge_state`), `core/state_store/base.py` (`update`).
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy
 */
export async function mergeState({ db, transaction }: Gateway, input: MergeStateInput): Promise<string> {
  const environment = await findEnvironment(db, input.environment, ['input', 'environment']);
  const { stateId, source } = input;
  const check = new InputCheck();
  checkStateId(check, 'stateId', stateId);
  const given =
    source.document == null ? null : await readStateDocument(check, source.document, 'source.document');
  check.done();
  const place = stateAddress(environment, stateId, ['input', 'stateId']);
  return transaction(async (tx) => {
    const from =
      source.state == null ? null : await addressOfState(tx, source.state, ['input', 'source', 'state']);
    const isItself = from?.environmentId === place.environmentId && from.stateId === stateId;
    const places = from === null || isItself ? [place] : [from, place];
    return withStateLeases(
      tx,
      places,
      async (forcedIn) => {
        const at = await lockStates(tx, places);
        const { partial } = at(place);
        const document = from === null ? (given ?? '') : await mergedSinger(at(from), from.at);
        const merged = await mergedTexts(partial, document);
        const length = new InputCheck();
        checkLength(length, 'source', merged.length);
        length.done();
        const state = { stateId, text: partialText(merged) };
        const author = { change: 'MERGE', runId: null, forced: forcedIn(environment.id) } as const;
        return tx.states.write(environment.id, state, author);
      },
      input,
    );
  });
}
