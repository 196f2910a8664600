import { Conflict, InputCheck, InvalidInput, type InvalidField } from '../../../errors.ts';
import { byThread } from '../../../lib/event-loop/threads.ts';
import { equalExact, mergeExact, parseExact, printExact, type ExactJson } from '../../../lib/exact-json.ts';
import { applyPatch, PatchFailure, readOperation, type PatchOperation } from '../../../lib/json-patch.ts';
import { checkDepth, checkLength, checkSingerState, documentLimits } from './check-state.ts';
import { jsonIn } from './read-document.ts';
import { areLarge } from './state-documents.ts';

/** The most operations that a patch may have. */
export const maxOperations = 1000;

/** What is wrong with a JSON Patch, as JSON text. */
export const mistakesInPatch = byThread(
  'mistakesInPatch',
  (text: string): readonly InvalidField[] => {
    const check = new InputCheck();
    const value = jsonIn(text);
    if (!Array.isArray(value)) {
      check.add('patch', 'BAD_PATCH', 'The patch is no list of operations.');
    } else if (value.length > maxOperations) {
      const message = `The patch has ${value.length} operations; ${maxOperations} are allowed.`;
      check.add('patch', 'TOO_MANY', message);
    } else {
      checkLength(check, 'patch', text.length);
      for (const [i, operation] of operationsIn(text).entries()) {
        if (typeof operation !== 'string') continue;
        check.add(`patch.${i}`, 'BAD_OPERATION', `Operation ${i} of the patch ${operation}`);
      }
    }
    return check.fields;
  },
  { isLarge: (text) => areLarge(text) },
);

function operationsIn(text: string): (PatchOperation | string)[] {
  return (parseExact(text) as ExactJson[]).map(readOperation);
}

/** Operations on a state. */
export interface StatePatch {
  /** Where they are in the input. */
  field: 'operations' | 'patch';
  /** A JSON Patch without mistakes, as JSON text. */
  text: string;
}

/**
 * Applies a patch to the merge of a state's two documents, as JSON text.
 *
 * @param isCleared whether the state is to be written although nothing changes
 * @returns the result as JSON text; null when nothing is to be written
 * @throws Conflict when an operation does not fit the document, InvalidInput when the result cannot be stored
 */
export const editedDocument = byThread(
  'editedDocument',
  (completed: string, partial: string, { field, text }: StatePatch, isCleared: boolean): string | null => {
    const operations = operationsIn(text) as PatchOperation[];
    const merge = (): ExactJson => mergeExact(parseExact(completed), parseExact(partial));
    const edited = edit(merge(), operations, field);
    return !isCleared && equalExact(merge(), edited, 'AS_WRITTEN') ? null : checked(edited, field);
  },
  {
    isLarge: (completed, partial, { text }) => areLarge(completed, partial, text),
    throws: [Conflict, InvalidInput],
  },
);

function edit(
  merged: ExactJson,
  operations: readonly PatchOperation[],
  field: StatePatch['field'],
): ExactJson {
  try {
    return applyPatch(merged, operations, documentLimits.length);
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error;
    const message = `Operation ${error.index} does not fit the state: ${error.message}`;
    throw new Conflict(message, ['input', field, String(error.index)]);
  }
}

/** Returns the edited document as JSON text. @throws InvalidInput */
function checked(edited: ExactJson, field: StatePatch['field']): string {
  const check = new InputCheck();
  let text = '{}';
  // The values of the patch were checked before, so only depth and length can be wrong here.
  if (checkDepth(check, field, edited)) {
    text = printExact(edited);
    checkSingerState(check, field, JSON.parse(text));
    checkLength(check, field, text.length);
  }
  check.done();
  return text;
}
