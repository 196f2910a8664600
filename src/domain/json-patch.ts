import { equalExact, type ExactJson } from './exact-json.ts';
import { isObject } from './is-object.ts';
import { parsePointer, printPointer } from './json-pointer.ts';
import { quoted } from './names.ts';

/** One operation of a JSON Patch. Source: RFC 6902 §4. */
export type PatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: readonly string[]; value: ExactJson }
  | { op: 'move' | 'copy'; path: readonly string[]; from: readonly string[] }
  | { op: 'remove'; path: readonly string[] };

/** Why an operation cannot be done on what is there. */
export class PatchFailure extends Error {
  /** Position of the operation, from 0. */
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/**
 * Reads an operation. Members that it has no use for are passed over, as the RFC wants it.
 *
 * @returns what is wrong with it, in a sentence, when it is none
 */
export function readOperation(given: ExactJson): PatchOperation | string {
  if (!isObject(given)) return 'is no object.';
  const op = typeof given.sop === 'string' ? given.sop.slice(1) : '';
  const path = pointerIn(given.spath);
  if (path === null) return 'has no `path` that is a JSON pointer, such as "/singer_state/bookmarks".';
  if (op === 'remove') return { op, path };
  if (op === 'add' || op === 'replace' || op === 'test') {
    return given.svalue === undefined
      ? `has no \`value\`, which ${op} needs.`
      : { op, path, value: given.svalue };
  }
  if (op === 'move' || op === 'copy') {
    const from = pointerIn(given.sfrom);
    return from === null ? `has no \`from\` that is a JSON pointer, which ${op} needs.` : { op, path, from };
  }
  return 'has no `op` that is add, remove, replace, move, copy or test.';
}

function pointerIn(given: ExactJson | undefined): readonly string[] | null {
  return typeof given === 'string' && given.startsWith('s') ? parsePointer(given.slice(1)) : null;
}

/**
 * Applies operations to a document one after the other. The document is changed, and is of no use when one fails.
 *
 * The libraries that there are do not serve: they take keys such as `__proto__` and `constructor` for JavaScript's
 * own or refuse them, take `/a/01` and `/a/1e0` for indices, and compare numbers as JavaScript has them.
 *
 * @param copyLimit how many values and characters may be copied in all: copies of copies grow without bound
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
    else value = isObject(value) && Object.hasOwn(value, `s${token}`) ? value[`s${token}`] : undefined;
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
  else if (isObject(parent)) Reflect.deleteProperty(parent, `s${token}`);
  return document;
}

// Where there is something already, and in objects.
function put(document: ExactJson, path: readonly string[], value: ExactJson): void {
  const parent = get(document, path.slice(0, -1));
  const token = path.at(-1) ?? '';
  if (Array.isArray(parent)) parent[indexOf(token)] = value;
  else if (isObject(parent)) parent[`s${token}`] = value;
  else throw new Refused(`What is at ${named(path.slice(0, -1))} is neither an object nor a list.`);
}

/** -1 when the token is no index; it may lie beyond the list. Source: RFC 6901 §4, which has no leading zeros. */
function indexOf(token: string): number {
  return /^(?:0|[1-9]\d{0,8})$/.test(token) ? Number(token) : -1;
}

function copyOf(value: ExactJson, budget: { left: number }): ExactJson {
  budget.left -= typeof value === 'string' ? value.length : 1;
  if (budget.left < 0) throw new Refused('The copies are too large altogether.');
  if (Array.isArray(value)) return value.map((item) => copyOf(item, budget));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      budget.left -= key.length;
      return [key, copyOf(item, budget)];
    }),
  );
}

function named(path: readonly string[]): string {
  return path.length === 0 ? 'the root' : quoted(printPointer(path));
}
