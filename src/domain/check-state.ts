import type { InputCheck } from '../errors.ts';
import { isStorable } from '../runner/storable.ts';
import { isObject } from './is-object.ts';

/** A state document's limits: characters of JSON, and levels of nesting. */
export const documentLimits = { length: 5_000_000, depth: 100 };

/** JSON that a caller gave, as a value or as text. */
export interface GivenJson {
  value: unknown;
  /** The text; as it came when text was given, which keeps numbers that JavaScript would round. */
  text: () => string;
  isText: boolean;
}

/** Reads JSON, or JSON text in a string; null when the string is no JSON, and when nothing is given. */
export function givenJson(given: unknown): GivenJson | null {
  if (given === undefined) return null;
  if (typeof given !== 'string') {
    return { value: given, text: () => JSON.stringify(given), isText: false };
  }
  try {
    return { value: JSON.parse(given) as unknown, text: () => given, isText: true };
  } catch {
    return null;
  }
}

/**
 * Reads the document that a caller gives for a state id, as JSON or as JSON text, and notes everything
 * that is wrong with it. Text keeps numbers that JavaScript would round; as JSON they are refused, since
 * they have been rounded on the way here.
 *
 * @param path where in the input it stands
 * @returns the document as JSON text
 */
export function readStateDocument(check: InputCheck, given: unknown, path = 'state'): string {
  const json = givenJson(given);
  if (!json) {
    check.add(path, 'BAD_JSON', 'The state is neither an object nor the JSON text of one.');
    return '';
  }
  checkSingerState(check, path, json.value);
  if (!checkValues(check, path, json.value, json.isText)) return '';
  const text = json.text();
  checkLength(check, path, text);
  return text;
}

/** Notes that a document is no state as Meltano takes it. Source: Meltano `core/state_service.py` (`validate_state`). */
export function checkSingerState(check: InputCheck, path: string, document: unknown): void {
  if (isObject(document) && 'singer_state' in document) return;
  check.add(
    path,
    'NO_SINGER_STATE',
    'A state is an object with the key "singer_state", as Meltano keeps it.',
  );
}

/** Notes a text that is too long. */
export function checkLength(check: InputCheck, path: string, text: string): void {
  if (text.length <= documentLimits.length) return;
  check.add(
    path,
    'TOO_LONG',
    `The state has ${text.length} characters of JSON; ${documentLimits.length} are allowed.`,
  );
}

/**
 * Notes values that cannot be stored as they are.
 *
 * @param isText whether they were given as text, and numbers are as they were meant
 * @param above levels of the value that are none of the documents' own
 * @returns false when they are nested too deep to be looked at further
 */
export function checkValues(
  check: InputCheck,
  path: string,
  value: unknown,
  isText: boolean,
  above = 0,
): boolean {
  const found = new Set<Complaint>();
  look(value, found, -above);
  if (isText) found.delete('INEXACT_NUMBER');
  for (const code of found) check.add(path, code, complaints[code]);
  return !found.has('TOO_DEEP');
}

const complaints = {
  TOO_DEEP: `The state is nested deeper than ${documentLimits.depth} levels.`,
  BAD_TEXT: 'The state holds a NUL or half a character, which cannot be stored.',
  BAD_NUMBER: 'The state holds a number that is too large.',
  INEXACT_NUMBER:
    'The state holds a whole number above 9,007,199,254,740,991, which JSON in a request does not carry exactly; give the whole state as text, in quotes.',
};
type Complaint = keyof typeof complaints;

function look(value: unknown, found: Set<Complaint>, depth: number): void {
  if (typeof value === 'string') {
    if (!isStorable(value)) found.add('BAD_TEXT');
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) found.add('BAD_NUMBER');
    else if (Number.isInteger(value) && !Number.isSafeInteger(value)) found.add('INEXACT_NUMBER');
  } else if (typeof value === 'object' && value !== null) {
    if (depth === documentLimits.depth) {
      found.add('TOO_DEEP');
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      if (!isStorable(key)) found.add('BAD_TEXT');
      look(item, found, depth + 1);
    }
  }
}
