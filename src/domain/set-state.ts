import { InputCheck } from '../errors.ts';
import { checkStateId, holdingStates } from './hold-states.ts';
import { findEnvironment } from './references.ts';
import type { Services } from './services.ts';
import { isObject } from './state-documents.ts';

/** Largest state document, in characters of JSON. */
const maxDocumentLength = 5_000_000;

export interface SetStateInput {
  /** Id or path of the environment. */
  environment: string;
  stateId: string;
  /** The document, `{"singer_state": …}`. */
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
  const check = new InputCheck();
  const badId = checkStateId(input.stateId);
  if (badId) check.add('stateId', 'BAD_STATE_ID', badId);
  if (!isObject(input.state) || !('singer_state' in input.state)) {
    check.add(
      'state',
      'NO_SINGER_STATE',
      'A state is an object with the key "singer_state", as Meltano keeps it.',
    );
  }
  const text = JSON.stringify({ completed: input.state, partial: {} });
  if (text.length > maxDocumentLength) {
    check.add(
      'state',
      'TOO_LONG',
      `The state has ${text.length} characters of JSON; ${maxDocumentLength} are allowed.`,
    );
  }
  if (text.includes('\\u0000'))
    check.add('state', 'BAD_TEXT', 'The state holds a NUL character, which cannot be stored.');
  check.done();
  const { stateId } = input;
  const place = {
    projectId: environment.projectId,
    environmentId: environment.id,
    stateId,
    path: ['input', 'stateId'],
  };
  return store.transaction((tx) =>
    holdingStates(tx, [place], () =>
      tx.writeState(environment.id, { stateId, text }, { change: 'SET', runId: null }),
    ),
  );
}
