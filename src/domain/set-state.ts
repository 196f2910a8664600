import { InputCheck } from '../errors.ts';
import { readStateDocument } from './check-state.ts';
import { checkStateId, holdingStates } from './hold-states.ts';
import { findEnvironment } from './references.ts';
import type { Services } from './services.ts';

export interface SetStateInput {
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
  const check = new InputCheck();
  const badId = checkStateId(input.stateId);
  if (badId) check.add('stateId', 'BAD_STATE_ID', badId);
  const document = readStateDocument(check, input.state);
  check.done();
  const { stateId } = input;
  const place = {
    projectId: environment.projectId,
    environmentId: environment.id,
    stateId,
    path: ['input', 'stateId'],
  };
  const text = `{"completed": ${document}, "partial": {}}`;
  return store.transaction((tx) =>
    holdingStates(tx, [place], () =>
      tx.writeState(environment.id, { stateId, text }, { change: 'SET', runId: null }),
    ),
  );
}
