import { Conflict, InputCheck } from '../errors.ts';
import type { Statements } from '../store/index.ts';
import { checkLength, checkSingerState, checkValues, documentLimits, givenJson } from './check-state.ts';
import { equalExact, parseExact, printExact, type ExactJson } from './exact-json.ts';
import {
  checkStateId,
  holdingStates,
  placeIn,
  placeOfState,
  type Forcible,
  type StatePlace,
} from './hold-states.ts';
import { applyPatch, PatchFailure, readOperation, type PatchOperation } from './json-patch.ts';
import { readAt } from './former-path.ts';
import { found, parseReference } from './parse-reference.ts';
import type { Services } from './services.ts';
import { documentsText, mergeTexts } from './state-documents.ts';
import { holdAt } from './state-source.ts';

/** How many operations a patch may have. */
export const maxOperations = 1000;

export interface EditStateInput extends Forcible {
  /** Id or path of the state; a path where there is none stands for an empty document. */
  state: string;
  /** A list of operations after RFC 6902, or its JSON text. */
  patch?: unknown;
}

/**
 * Edits what a state's two documents merge to; the outcome becomes the completed document, and the partial one is
 * emptied. When nothing comes out changed, nothing is written. Source: Meltano `cli/state.py` (`edit_state`).
 *
 * @returns the id of the state
 * @throws NotFound, InvalidInput, Busy, and Conflict when the patch does not fit what is there
 */
export async function editState({ store }: Services, input: EditStateInput): Promise<string> {
  const operations = readPatch(input.patch);
  return store.transaction(async (tx) => {
    const place = await findPlace(tx, input.state);
    return holdingStates(
      tx,
      [place],
      async (forcedIn) => {
        const { id, isCleared, completed, partial } = (await holdAt(tx, [place]))(place);
        const merged = mergeTexts(completed, partial);
        const edited = edit(merged, operations);
        if (!isCleared && equalExact(parseExact(merged), edited)) return id;
        const state = { stateId: place.stateId, text: documentsText(checked(edited)) };
        const author = { change: 'EDIT', runId: null, forced: forcedIn(place.environmentId) } as const;
        return tx.writeState(place.environmentId, state, author);
      },
      input,
    );
  });
}

async function findPlace(tx: Statements, text: string): Promise<StatePlace> {
  const path = ['input', 'state'];
  const reference = parseReference('State', text, path);
  if ('id' in reference) return placeOfState(tx, text, path);
  const { names } = reference;
  const known = await readAt(tx, 'State', names, ([project = '', environment = '', stateId = '']) =>
    tx.statePlaceAt(project, environment, stateId),
  );
  if (known) return { ...known, path };
  const [, , stateId = ''] = names;
  const environment = await readAt(tx, 'Environment', names.slice(0, 2), ([project = '', name = '']) =>
    tx.environmentByPath(project, name),
  );
  const place = placeIn(found(environment, 'State', text, path), stateId, path);
  const check = new InputCheck();
  checkStateId(check, 'state', stateId);
  check.done();
  return place;
}

/** @throws InvalidInput */
function readPatch(given: unknown): PatchOperation[] {
  const check = new InputCheck();
  const json = givenJson(given);
  const operations: PatchOperation[] = [];
  if (!json || !Array.isArray(json.value)) {
    check.add('patch', 'BAD_PATCH', 'The patch is neither a list of operations nor the JSON text of one.');
  } else if (json.value.length > maxOperations) {
    const message = `The patch has ${json.value.length} operations; ${maxOperations} are allowed.`;
    check.add('patch', 'TOO_MANY', message);
  } else if (checkValues(check, 'patch', json.value, json.isText)) {
    const text = json.text();
    checkLength(check, 'patch', text);
    for (const [i, item] of (parseExact(text) as ExactJson[]).entries()) {
      const operation = readOperation(item);
      if (typeof operation !== 'string') operations.push(operation);
      else check.add(`patch.${i}`, 'BAD_OPERATION', `Operation ${i} of the patch ${operation}`);
    }
  }
  check.done();
  return operations;
}

function edit(merged: string, operations: readonly PatchOperation[]): ExactJson {
  try {
    return applyPatch(parseExact(merged), operations, documentLimits.length);
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error;
    const message = `Operation ${error.index} of the patch does not fit the state: ${error.message}`;
    throw new Conflict(message, ['input', 'patch', String(error.index)]);
  }
}

/** The document that came out, as JSON text. @throws InvalidInput */
function checked(edited: ExactJson): string {
  const check = new InputCheck();
  let text = '{}';
  // Only what is new can be wrong: numbers and texts were looked at with the patch.
  if (checkValues(check, 'patch', edited, true)) {
    text = printExact(edited);
    checkSingerState(check, 'patch', JSON.parse(text));
    checkLength(check, 'patch', text);
  }
  check.done();
  return text;
}
