import { InputCheck } from '../errors.ts';
import { readStateDocument } from './check-state.ts';
import { checkStateId, holdingStates, placeIn, type Forcible } from './hold-states.ts';
import { findEnvironment } from './references.ts';
import type { Services } from './services.ts';
import { documentsText } from './state-documents.ts';

export interface SetStateInput extends Forcible {
  /** Id or path of the environment. */
  environment: string;
  stateId: string;
  /** The document, `{"singer_state": …}`, or its JSON text. */
  state?: unknown;
}

/**
 * Replaces the completed document of a state id and empties the partial one, as `meltano state set`
 * does. Source: Meltano `core/state_service.py`.
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy
 */
export async function setState({ store }: Services, input: SetStateInput): Promise<string> {
  const environment = await findEnvironment(store, input.environment, ['input', 'environment']);
  const { stateId } = input;
  const check = new InputCheck();
  checkStateId(check, 'stateId', stateId);
  const text = documentsText(readStateDocument(check, input.state));
  check.done();
  const place = placeIn(environment, stateId, ['input', 'stateId']);
  return store.transaction((tx) =>
    holdingStates(
      tx,
      [place],
      (forcedIn) => {
        const author = { change: 'SET', runId: null, forced: forcedIn(environment.id) } as const;
        return tx.writeState(environment.id, { stateId, text }, author);
      },
      input,
    ),
  );
}
