import { equalExact, parseExact, printExact, type ExactJson } from './exact-json.ts';
import { isObject } from './is-object.ts';
import { printPointer } from './json-pointer.ts';

/** How far a difference is told. */
export const diffLimits = { changes: 500, characters: 100_000 };

/** One difference between two documents. */
export interface DocumentChange {
  /** JSON pointer of the value. */
  path: string;
  kind: 'ADDED' | 'REMOVED' | 'CHANGED';
  /** The values as JSON text; null where there is none, or where it is left out for its length. */
  before: string | null;
  after: string | null;
}

export interface DocumentDiff {
  changes: DocumentChange[];
  /** Whether changes or values were left out, since there are too many of them. */
  isTruncated: boolean;
}

/**
 * What has to be changed in a document to get another one. Objects are compared key by key, and lists place by
 * place; what one of them does not have is told as a whole.
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
    const keys = one === undefined || other === undefined ? null : keysOf(one, other);
    if (keys !== null) {
      for (const key of keys) {
        if (diff.changes.length === diffLimits.changes && diff.isTruncated) return;
        compare(at(one, key), at(other, key), [...path, Array.isArray(one) ? key : key.slice(1)]);
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

// The keys of both objects or the places of both lists; null for values that are compared as wholes.
function keysOf(one: ExactJson, other: ExactJson): string[] | null {
  if (Array.isArray(one) && Array.isArray(other)) {
    return Array.from({ length: Math.max(one.length, other.length) }, (_, i) => String(i));
  }
  if (!isObject(one) || !isObject(other)) return null;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])];
}

function at(value: ExactJson | undefined, key: string): ExactJson | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
