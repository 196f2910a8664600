import { InputCheck } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { readAt } from '../naming/former-path.ts';
import { found, parseReference } from '../naming/parse-reference.ts';
import type { Gateway } from '../gateway.ts';
import { addComplaints } from './check-state.ts';
import { editedDocument, mistakesInPatch, notPatch } from './edit-document.ts';
import { givenJson } from './read-document.ts';
import { documentsText } from './state-documents.ts';
import {
  checkStateId,
  withStateLeases,
  stateAddress,
  addressOfState,
  type Forcible,
  type StateAddress,
} from './state-leases.ts';
import { lockStates } from './state-source.ts';

export interface EditStateInput extends Forcible {
  /** Id or path of the state. At a path without a state, the patch applies to an empty document. */
  state: string;
  /** A list of JSON Patch operations (RFC 6902), or its JSON text. */
  patch?: unknown;
}

/**
 * Applies a JSON Patch to the merge of a state's two documents. The result becomes the completed document,
 * and the partial document is emptied. When the patch changes nothing, nothing is written. Source: Meltano
 * `cli/state.py` (`edit_state`).
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy, and Conflict when the patch cannot be applied to the document
 */
export async function editState({ transaction }: Gateway, input: EditStateInput): Promise<string> {
  const patch = await readPatch(input.patch);
  return transaction(async (tx) => {
    const place = await findAddress(tx, input.state);
    return withStateLeases(
      tx,
      [place],
      async (forcedIn) => {
        const { id, isCleared, completed, partial } = (await lockStates(tx, [place]))(place);
        const edited = await editedDocument(completed, partial, patch, isCleared);
        if (edited === null) return id;
        const state = { stateId: place.stateId, text: documentsText(edited) };
        const author = { change: 'EDIT', runId: null, forced: forcedIn(place.environmentId) } as const;
        return tx.states.write(place.environmentId, state, author);
      },
      input,
    );
  });
}

async function findAddress(tx: Statements, text: string): Promise<StateAddress> {
  const at = ['input', 'state'];
  const reference = parseReference('State', text, at);
  if ('id' in reference) return addressOfState(tx, text, at);
  const { names } = reference;
  const known = await readAt(tx, 'State', names, ([project = '', environment = '', stateId = '']) =>
    tx.states.addressAt(project, environment, stateId),
  );
  if (known) return { ...known, at };
  const [, , stateId = ''] = names;
  const environment = await readAt(tx, 'Environment', names.slice(0, 2), ([project = '', name = '']) =>
    tx.environments.byPath(project, name),
  );
  const place = stateAddress(found(environment, 'State', text, at), stateId, at);
  const check = new InputCheck();
  checkStateId(check, 'state', stateId);
  check.done();
  return place;
}

/** The patch as JSON text. @throws InvalidInput */
async function readPatch(given: unknown): Promise<string> {
  const check = new InputCheck();
  const json = await givenJson(given);
  if (json === 'TOO_DEEP') {
    addComplaints(check, 'patch', [json]);
  } else if (json === null) {
    check.addAll(notPatch());
  } else {
    addComplaints(check, 'patch', json.complaints);
    check.addAll(await mistakesInPatch(json.text, json.isText));
  }
  check.done();
  return json === null || json === 'TOO_DEEP' ? '' : json.text;
}
