import { byThread } from '../../../lib/event-loop/threads.ts';
import {
  equalExact,
  get,
  isExactObject,
  keysOf,
  parseExact,
  printExact,
  type ExactJson,
} from '../../../lib/exact-json.ts';
import { printPointer } from '../../../lib/json-pointer.ts';
import { areLarge } from './state-documents.ts';

/** Limits of a difference: changes, and characters of all values together. */
export const diffLimits = { changes: 500, characters: 100_000 };

/** One difference between two documents. */
export interface DocumentChange {
  /** JSON pointer of the value (RFC 6901). */
  path: string;
  kind: 'ADDED' | 'REMOVED' | 'CHANGED';
  /** The value as JSON text; null when there is none, or when it was left out because it is too long. */
  before: string | null;
  after: string | null;
}

export interface DocumentDiff {
  changes: DocumentChange[];
  /** Whether changes or values were left out because of the limits. */
  isTruncated: boolean;
}

/**
 * The changes that lead from one document to another. Objects are compared key by key, and lists position by
 * position. A value that only one document has is one change.
 *
 * @param before JSON text
 * @param after JSON text
 */
export function diffDocuments(before: string, after: string): DocumentDiff {
  const diff: DocumentDiff = { changes: [], isTruncated: false };
  let characters = diffLimits.characters;
  const print = (value: ExactJson | undefined): string | null => {
    if (value === undefined) return null;
    const text = printExact(value);
    if (text.length > characters) {
      diff.isTruncated = true;
      return null;
    }
    characters -= text.length;
    return text;
  };
  const compare = (one: ExactJson | undefined, other: ExactJson | undefined, path: string[]): void => {
    const keys = one === undefined || other === undefined ? null : keysOfBoth(one, other);
    if (keys !== null) {
      for (const key of keys) {
        if (diff.changes.length === diffLimits.changes && diff.isTruncated) return;
        compare(at(one, key), at(other, key), [...path, key]);
      }
      return;
    }
    if (one !== undefined && other !== undefined && equalExact(one, other)) return;
    if (diff.changes.length === diffLimits.changes) {
      diff.isTruncated = true;
      return;
    }
    const kind = one === undefined ? 'ADDED' : other === undefined ? 'REMOVED' : 'CHANGED';
    diff.changes.push({ path: printPointer(path), kind, before: print(one), after: print(other) });
  };
  compare(parseExact(before), parseExact(after), []);
  return diff;
}

/** `diffDocuments`, by a thread when the documents are large. */
export const differencesOf = byThread('differencesOf', diffDocuments, { isLarge: areLarge });

// The keys of both objects, or the positions of both lists; null for other values, which are compared as a
// whole.
function keysOfBoth(one: ExactJson, other: ExactJson): string[] | null {
  if (Array.isArray(one) && Array.isArray(other)) {
    return Array.from({ length: Math.max(one.length, other.length) }, (_, i) => String(i));
  }
  if (!isExactObject(one) || !isExactObject(other)) return null;
  return [...new Set([...keysOf(one), ...keysOf(other)])];
}

function at(value: ExactJson | undefined, key: string): ExactJson | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return value !== undefined && isExactObject(value) ? get(value, key) : undefined;
}
