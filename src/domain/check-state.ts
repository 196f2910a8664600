import type { InputCheck } from '../errors.ts';
import { isStorable } from '../runner/storable.ts';
import { isObject } from './state-documents.ts';

/** A state document's limits: characters of JSON, and levels of nesting. */
const limits = { length: 5_000_000, depth: 100 };

/**
 * Reads the document that a caller gives for a state id, as JSON or as JSON text, and notes everything
 * that is wrong with it. Text keeps numbers that JavaScript would round; as JSON they are refused, since
 * they have been rounded on the way here.
 *
 * @returns the document as JSON text
 */
export function readStateDocument(check: InputCheck, given: unknown): string {
  const asText = typeof given === 'string';
  const document = asText ? parse(given) : given;
  if (document === undefined) {
    check.add('state', 'BAD_JSON', 'The state is neither an object nor the JSON text of one.');
    return '';
  }
  if (!isObject(document) || !('singer_state' in document)) {
    check.add(
      'state',
      'NO_SINGER_STATE',
      'A state is an object with the key "singer_state", as Meltano keeps it.',
    );
  }
  const found = new Set<Complaint>();
  look(document, found, 0);
  if (asText) found.delete('INEXACT_NUMBER');
  for (const code of found) check.add('state', code, complaints[code]);
  if (found.has('TOO_DEEP')) return '';
  const text = asText ? given : JSON.stringify(document);
  if (text.length > limits.length) {
    check.add(
      'state',
      'TOO_LONG',
      `The state has ${text.length} characters of JSON; ${limits.length} are allowed.`,
    );
  }
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const complaints = {
  TOO_DEEP: `The state is nested deeper than ${limits.depth} levels.`,
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
    if (depth === limits.depth) {
      found.add('TOO_DEEP');
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      if (!isStorable(key)) found.add('BAD_TEXT');
      look(item, found, depth + 1);
    }
  }
}
