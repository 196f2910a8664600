import { InputCheck, InvalidInput } from '../../../errors.ts';
import { inSlices } from '../../../lib/event-loop/slices.ts';
import { byThread } from '../../../lib/event-loop/threads.ts';
import { parsePointer } from '../../../lib/json-pointer.ts';
import { quoted } from '../../../lib/quoted.ts';
import { checkLength } from './check-state.ts';
import { checkGiven, givenJson, type GivenDocument, type GivenJson } from './read-document.ts';
import { areLarge } from './state-documents.ts';

type Optional<T> = T | null | undefined;

/** A JSON pointer, and the value that is meant for it. */
interface ValueAt {
  path: string;
  value: GivenDocument;
}

/** An operation on a state. Exactly one of the fields is given. */
export interface StateOperation {
  add?: Optional<ValueAt>;
  remove?: Optional<{ path: string }>;
  replace?: Optional<ValueAt>;
  move?: Optional<{ from: string; path: string }>;
  copy?: Optional<{ from: string; path: string }>;
  test?: Optional<ValueAt>;
}

/** An operation with its value as text. */
interface GivenOperation {
  /** Where it is in the input. */
  at: string;
  op: string;
  path: string;
  from: string | null;
  value: GivenJson | null;
}

/** Writes operations as a JSON Patch (RFC 6902), as JSON text. @throws InvalidInput */
export async function patchOf(operations: readonly StateOperation[]): Promise<string> {
  const turn = inSlices();
  const given: GivenOperation[] = [];
  for (const [i, operation] of operations.entries()) {
    for (const [op, fields] of Object.entries(operation) as [
      string,
      StateOperation[keyof StateOperation],
    ][]) {
      if (fields == null) continue;
      const at = `operations.${i}.${op}`;
      const value = 'value' in fields ? await givenJson(fields.value, `${at}.value`, turn) : null;
      given.push({ at, op, path: fields.path, from: 'from' in fields ? fields.from : null, value });
    }
  }
  return printPatch(given);
}

const printPatch = byThread(
  'printPatch',
  (operations: readonly GivenOperation[]): string => {
    const check = new InputCheck();
    for (const { at, path, from, value } of operations) {
      for (const [name, pointer] of Object.entries({ path, from })) {
        if (pointer === null || parsePointer(pointer)) continue;
        const message = `${quoted(pointer)} is no JSON pointer, such as "/singer_state/bookmarks".`;
        check.add(`${at}.${name}`, 'BAD_POINTER', message);
      }
      if (value) checkGiven(check, value);
    }
    const texts = operations.map(({ op, path, from, value }) => {
      const fields = JSON.stringify({ op, path, ...(from === null ? {} : { from }) });
      return value ? `${fields.slice(0, -1)},"value":${value.text}}` : fields;
    });
    const patch = `[${texts.join()}]`;
    checkLength(check, 'operations', patch.length);
    check.done();
    return patch;
  },
  {
    isLarge: (operations) => areLarge(...operations.map(({ path, value }) => `${path}${value?.text ?? ''}`)),
    throws: [InvalidInput],
  },
);
