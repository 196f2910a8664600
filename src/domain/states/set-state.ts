import { InputCheck } from '../../errors.ts';
import { readStateDocument, type GivenDocument } from './documents/read-document.ts';
import { checkStateId, withStateLeases, stateAddress, type Forcible } from './state-leases.ts';
import { findEnvironment } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { documentsText } from './documents/state-documents.ts';

export interface SetStateInput extends Forcible {
  /** Id or path of the environment. */
  environment: string;
  stateId: string;
  /** The document, `{"singer_state": …}`. */
  document: GivenDocument;
}

/**
 * Replaces the completed document of a state id and empties the partial one, as `meltano state set`
 * does. Source: Meltano `core/state_service.py`.
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy
 */
export async function setState({ db, transaction }: Gateway, input: SetStateInput): Promise<string> {
  const environment = await findEnvironment(db, input.environment, ['input', 'environment']);
  const { stateId } = input;
  const check = new InputCheck();
  checkStateId(check, 'stateId', stateId);
  const text = documentsText(await readStateDocument(check, input.document));
  check.done();
  const place = stateAddress(environment, stateId, ['input', 'stateId']);
  return transaction((tx) =>
    withStateLeases(
      tx,
      [place],
      (forcedIn) => {
        const author = { change: 'SET', runId: null, forced: forcedIn(environment.id) } as const;
        return tx.states.write(environment.id, { stateId, text }, author);
      },
      input,
    ),
  );
}
