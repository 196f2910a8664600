import * as exact from './exact-json.ts';
import { copyExact, equalExact, isExactObject, textIn, type ExactJson } from './exact-json.ts';
import { parsePointer, printPointer } from './json-pointer.ts';
import { quoted } from './quoted.ts';

/** One operation of a JSON Patch. Source: RFC 6902 §4. */
export type PatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: readonly string[]; value: ExactJson }
  | { op: 'move' | 'copy'; path: readonly string[]; from: readonly string[] }
  | { op: 'remove'; path: readonly string[] };

/** An operation that cannot be applied to the document. The message says why. */
export class PatchFailure extends Error {
  /** Index of the operation, from 0. */
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/**
 * Reads an operation. Unknown members are ignored, as the RFC demands (§4).
 *
 * @returns the operation, or what is wrong with it as the end of a sentence
 */
export function readOperation(given: ExactJson): PatchOperation | string {
  if (!isExactObject(given)) return 'is no object.';
  const op = textIn(exact.get(given, 'op'));
  const path = pointerIn(exact.get(given, 'path'));
  if (path === null) return 'has no `path` that is a JSON pointer, such as "/singer_state/bookmarks".';
  if (op === 'remove') return { op, path };
  if (op === 'add' || op === 'replace' || op === 'test') {
    const value = exact.get(given, 'value');
    return value === undefined ? `has no \`value\`, which ${op} needs.` : { op, path, value };
  }
  if (op === 'move' || op === 'copy') {
    const from = pointerIn(exact.get(given, 'from'));
    return from === null ? `has no \`from\` that is a JSON pointer, which ${op} needs.` : { op, path, from };
  }
  return 'has no `op` that is add, remove, replace, move, copy or test.';
}

function pointerIn(given: ExactJson | undefined): readonly string[] | null {
  const text = textIn(given);
  return text === null ? null : parsePointer(text);
}

/**
 * Applies operations to a document, one after the other. It changes the document itself: after a failure, do
 * not use the document any more.
 *
 * Existing libraries are not exact enough: they refuse or misuse keys such as `__proto__` and `constructor`,
 * accept `/a/01` and `/a/1e0` as indices, and compare rounded numbers.
 *
 * @param copyLimit how many values and characters `copy` may copy in total: copies of copies grow without
 *   limit
 * @throws PatchFailure
 */
export function applyPatch(
  document: ExactJson,
  operations: readonly PatchOperation[],
  copyLimit: number,
): ExactJson {
  const budget = { left: copyLimit };
  let present = document;
  for (const [index, operation] of operations.entries()) {
    try {
      present = apply(present, operation, budget);
    } catch (error) {
      if (error instanceof Refused) throw new PatchFailure(index, error.message);
      throw error;
    }
  }
  return present;
}

class Refused extends Error {}

function apply(document: ExactJson, operation: PatchOperation, budget: { left: number }): ExactJson {
  const { path } = operation;
  switch (operation.op) {
    case 'add':
      return add(document, path, operation.value);
    case 'remove':
      return remove(document, path);
    case 'replace':
      if (path.length === 0) return operation.value;
      get(document, path);
      put(document, path, operation.value);
      return document;
    case 'test':
      if (equalExact(get(document, path), operation.value)) return document;
      throw new Refused(`The value at ${named(path)} is another one.`);
    case 'copy':
      return add(document, path, copyOf(get(document, operation.from), budget));
    case 'move': {
      const { from } = operation;
      const value = get(document, from);
      if (from.every((token, i) => path[i] === token)) {
        if (from.length === path.length) return document;
        throw new Refused(`The value at ${named(from)} cannot be moved into itself.`);
      }
      return add(remove(document, from), path, value);
    }
  }
}

function get(document: ExactJson, path: readonly string[]): ExactJson {
  let value: ExactJson | undefined = document;
  for (const token of path) {
    if (Array.isArray(value)) value = value[indexOf(token)];
    else value = isExactObject(value) ? exact.get(value, token) : undefined;
    if (value === undefined) throw new Refused(`There is nothing at ${named(path)}.`);
  }
  return value;
}

function add(document: ExactJson, path: readonly string[], value: ExactJson): ExactJson {
  if (path.length === 0) return value;
  const parent = get(document, path.slice(0, -1));
  if (!Array.isArray(parent)) {
    put(document, path, value);
    return document;
  }
  const token = path.at(-1) ?? '';
  const index = token === '-' ? parent.length : indexOf(token);
  if (index === -1 || index > parent.length)
    throw new Refused(`There is no place at ${named(path)} in the list.`);
  parent.splice(index, 0, value);
  return document;
}

function remove(document: ExactJson, path: readonly string[]): ExactJson {
  if (path.length === 0) throw new Refused('The whole document cannot be removed.');
  get(document, path);
  const parent = get(document, path.slice(0, -1));
  const token = path.at(-1) ?? '';
  if (Array.isArray(parent)) parent.splice(indexOf(token), 1);
  else if (isExactObject(parent)) exact.remove(parent, token);
  return document;
}

// For existing values, and for new keys of objects.
function put(document: ExactJson, path: readonly string[], value: ExactJson): void {
  const parent = get(document, path.slice(0, -1));
  const token = path.at(-1) ?? '';
  if (Array.isArray(parent)) parent[indexOf(token)] = value;
  else if (isExactObject(parent)) exact.set(parent, token, value);
  else throw new Refused(`What is at ${named(path.slice(0, -1))} is neither an object nor a list.`);
}

/**
 * The index in a token; -1 when it is none. It may be beyond the end of the list. Source: RFC 6901 §4, which
 * allows no leading zeros.
 */
function indexOf(token: string): number {
  return /^(?:0|[1-9]\d{0,8})$/.test(token) ? Number(token) : -1;
}

function copyOf(value: ExactJson, budget: { left: number }): ExactJson {
  return copyExact(value, (size) => {
    budget.left -= size;
    if (budget.left < 0) throw new Refused('The copies are too large altogether.');
  });
}

function named(path: readonly string[]): string {
  return path.length === 0 ? 'the root' : quoted(printPointer(path));
}
