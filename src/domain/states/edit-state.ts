import { InputCheck, InvalidInput } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { readAt } from '../naming/former-path.ts';
import { found, parseReference } from '../naming/parse-reference.ts';
import type { Gateway } from '../gateway.ts';
import { addComplaints } from './documents/check-state.ts';
import { editedDocument, mistakesInPatch, type StatePatch } from './documents/edit-document.ts';
import { printGiven } from './documents/read-document.ts';
import { patchOf, type StateOperation } from './documents/read-operations.ts';
import { documentsText } from './documents/state-documents.ts';
import {
  checkStateId,
  withStateLeases,
  stateAddress,
  addressOfState,
  type Forcible,
  type StateAddress,
} from './state-leases.ts';
import { lockStates } from './state-source.ts';

/** Exactly one of `operations` and `patch` is given. */
export interface EditStateInput extends Forcible {
  /** Id or path of the state. At a path without a state, the operations apply to an empty document. */
  state: string;
  operations?: readonly StateOperation[] | null | undefined;
  /** A list of JSON Patch operations (RFC 6902). */
  patch?: unknown;
}

/**
 * Applies operations to the merge of a state's two documents. The result becomes the completed document,
 * and the partial document is emptied. When they change nothing, nothing is written. Source: Meltano
 * `cli/state.py` (`edit_state`).
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy, and Conflict when an operation does not fit the document
 */
export async function editState({ transaction }: Gateway, input: EditStateInput): Promise<string> {
  const patch = await readPatch(input);
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

/** @throws InvalidInput */
async function readPatch({ operations, patch }: EditStateInput): Promise<StatePatch> {
  if ((operations == null) === (patch == null)) {
    const message = 'Give either `operations` or `patch`.';
    throw new InvalidInput([{ path: ['input', 'operations'], code: 'ONE_OF', message }]);
  }
  if (operations != null) return { field: 'operations', text: await patchOf(operations) };
  const check = new InputCheck();
  const { text, complaints } = await printGiven(patch);
  addComplaints(check, 'patch', complaints);
  if (!complaints.includes('TOO_DEEP')) check.addAll(await mistakesInPatch(text));
  check.done();
  return { field: 'patch', text };
}
