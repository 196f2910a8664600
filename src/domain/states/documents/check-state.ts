import type { InputCheck } from '../../../errors.ts';
import { isDeeperThan, type ExactJson } from '../../../lib/exact-json.ts';
import { isPostgresText } from '../../../lib/postgres-text.ts';
import { isObject } from '../../../lib/is-object.ts';

/** Limits of a state document: characters of JSON, and levels of nesting. */
export const documentLimits = { length: 5_000_000, depth: 100 };

/**
 * Notes that a document is not a state as Meltano expects it. Source: Meltano `core/state_service.py`
 * (`validate_state`).
 */
export function checkSingerState(check: InputCheck, path: string, document: unknown): void {
  if (isObject(document) && 'singer_state' in document) return;
  check.add(
    path,
    'NO_SINGER_STATE',
    'A state is an object with the key "singer_state", as Meltano keeps it.',
  );
}

/** Notes too many characters of JSON, in one document or in all of an input together. */
export function checkLength(check: InputCheck, path: string, length: number): void {
  if (length <= documentLimits.length) return;
  check.add(
    path,
    'TOO_LONG',
    `There are ${length} characters of JSON; ${documentLimits.length} are allowed.`,
  );
}

/** What is wrong with the values of a document. */
export type Complaint = keyof typeof complaints;

const complaints = {
  TOO_DEEP: `The state is nested deeper than ${documentLimits.depth} levels.`,
  BAD_TEXT: 'The state contains a NUL or an unpaired surrogate, which cannot be stored.',
  BAD_NUMBER: 'The state holds a number that is too large.',
  INEXACT_NUMBER:
    'The state holds a whole number above 9,007,199,254,740,991, which JSON in a request does not carry exactly; give it as `text`.',
};

/** Notes complaints. */
export function addComplaints(check: InputCheck, path: string, found: Iterable<Complaint>): void {
  for (const code of found) check.add(path, code, complaints[code]);
}

/**
 * Notes values that PostgreSQL cannot store, in what was JSON text: its numbers are stored as they are written there.
 *
 * @param above levels of the value that are outside of the documents, and do not count
 */
export function checkValues(check: InputCheck, path: string, value: unknown, above = 0): void {
  const found = new Set<Complaint>();
  for (const piece of complaintsIn(value, above)) for (const complaint of piece) found.add(complaint);
  found.delete('INEXACT_NUMBER');
  addComplaints(check, path, found);
}

/** Notes that a document is nested too deep. @returns false when it is */
export function checkDepth(check: InputCheck, path: string, document: ExactJson): boolean {
  if (!isDeeperThan(document, documentLimits.depth)) return true;
  addComplaints(check, path, ['TOO_DEEP']);
  return false;
}

/** How many values are looked at in one piece. */
const pieceSize = 500;

/** An object or a list, and how far it was looked through. */
interface Opened {
  /** Null for a list. */
  keys: readonly string[] | null;
  values: readonly unknown[];
  next: number;
}

/**
 * Looks for values that PostgreSQL cannot store exactly, piece by piece.
 *
 * @param above levels of the value that are outside of the documents, and do not count
 * @yields what was found in a piece; it ends when the value is nested too deep
 */
export function* complaintsIn(value: unknown, above = 0): Generator<ReadonlySet<Complaint>> {
  let found = new Set<Complaint>();
  let looked = 0;
  // Not recursive, so that it can pause anywhere. At the top is the value itself.
  const open: Opened[] = [{ keys: null, values: [value], next: 0 }];
  for (let last = open.at(-1); last; last = open.at(-1)) {
    if (last.next === last.values.length) {
      open.pop();
      continue;
    }
    const key = last.keys?.[last.next];
    const item = last.values[last.next];
    last.next += 1;
    if (key !== undefined && !isPostgresText(key)) found.add('BAD_TEXT');
    if (typeof item === 'object' && item !== null) {
      if (open.length > documentLimits.depth + above) {
        yield found.add('TOO_DEEP');
        return;
      }
      const keys = Array.isArray(item) ? null : Object.keys(item);
      open.push({ keys, values: Array.isArray(item) ? item : Object.values(item), next: 0 });
    } else {
      const complaint = complaintOf(item);
      if (complaint) found.add(complaint);
    }
    looked += 1;
    if (looked % pieceSize > 0) continue;
    yield found;
    found = new Set();
  }
  yield found;
}

function complaintOf(value: unknown): Complaint | null {
  if (typeof value === 'string') return isPostgresText(value) ? null : 'BAD_TEXT';
  if (typeof value !== 'number') return null;
  if (!Number.isFinite(value)) return 'BAD_NUMBER';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? 'INEXACT_NUMBER' : null;
}
