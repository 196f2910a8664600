import type { Location } from './manifest.ts';
import { isObject } from '../lib/is-object.ts';
import { fail, locate, textOf, warn } from './reading.ts';
import type { Reading } from './reading.ts';

/** A mapping in the project's files, and how messages name it. */
export interface Entry {
  value: Record<string, unknown>;
  at: Location;
  /** Such as `job \`nightly\``. */
  label: string;
}

/** Whether Python takes a value for false. Meltano often writes `value or {}`. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/**
 * The key's own value; undefined when the key is absent. Never a property that JavaScript objects inherit.
 */
export function own(entry: Entry, key: string): unknown {
  return Object.hasOwn(entry.value, key) ? entry.value[key] : undefined;
}

/** Text. A number or a boolean becomes the text that Python makes of it. Null when absent or empty. */
export function text(reading: Reading, entry: Entry, key: string): string | null {
  const value = own(entry, key);
  if (value === undefined || value === null) return null;
  const found = textOf(reading, entry.value, key);
  if (found === undefined)
    fail(reading, locate(reading, entry.value, key), `${keyOf(entry, key)} has to be text.`);
  return found ?? null;
}

/** In characters. Meltano makes folders with the names of plugins, and no file system has longer ones. */
const maxNameLength = 255;

/** `text` that becomes a part of many names, and so has the length of a name. */
export function shortText(reading: Reading, entry: Entry, key: string): string | null {
  const found = text(reading, entry, key);
  if (found === null || found.length <= maxNameLength) return found;
  tooLong(reading, entry, key, found);
  return null;
}

function tooLong(reading: Reading, entry: Entry, key: string, value: string): void {
  const message = `has ${value.length} characters; at most ${maxNameLength} are allowed`;
  fail(reading, locate(reading, entry.value, key), `${keyOf(entry, key)} ${message}.`);
}

/** A required name that other entries refer to. When it is missing: null, and an error is recorded. */
export function name(reading: Reading, entry: Entry, key: string): string | null {
  const value = own(entry, key);
  const at = locate(reading, entry.value, key);
  if (typeof value === 'string' && value.length > maxNameLength) {
    tooLong(reading, entry, key, value);
    return null;
  }
  if (typeof value === 'string' && value !== '') return value;
  if (value === undefined || value === null || value === '') {
    fail(reading, at, `The ${entry.label} has no \`${key}\`; give it one.`);
  } else {
    fail(reading, at, `${keyOf(entry, key)} has to be text; put it in quotes.`);
  }
  return null;
}

/** A list; empty when it is absent or when Python takes it for false. */
export function list(reading: Reading, entry: Entry, key: string): unknown[] {
  const value = own(entry, key);
  if (Array.isArray(value)) return value;
  if (!isEmpty(value)) {
    fail(
      reading,
      locate(reading, entry.value, key),
      `${keyOf(entry, key)} has to be a list; write \`- \` items.`,
    );
  }
  return [];
}

/** A list of text; null when it is absent. */
export function texts(reading: Reading, entry: Entry, key: string): string[] | null {
  const value = own(entry, key);
  if (value === undefined || value === null) return null;
  const items = list(reading, entry, key);
  for (const [index, item] of items.entries()) {
    if (typeof item === 'string' || !Array.isArray(value)) continue;
    const message = `${keyOf(entry, key)} has an item that is not text; put it in quotes.`;
    fail(reading, locate(reading, value, index), message);
  }
  return items.filter((item) => typeof item === 'string');
}

/** A mapping; empty when it is absent or when Python takes it for false. */
export function mapping(reading: Reading, entry: Entry, key: string): Record<string, unknown> {
  const value = own(entry, key);
  if (isObject(value)) return value;
  if (!isEmpty(value)) {
    fail(
      reading,
      locate(reading, entry.value, key),
      `${keyOf(entry, key)} has to be a mapping of names to values.`,
    );
  }
  return {};
}

/**
 * Environment variables. At the top level Meltano converts every value to text
 * (meltano/core/meltano_file.py). Anywhere else, and for an empty value also at the top level, it fails to
 * start a plugin that gets the variable.
 */
export function env(reading: Reading, entry: Entry, { convert = false } = {}): Record<string, string> {
  const variables = mapping(reading, entry, 'env');
  const pairs = Object.entries(variables).flatMap(([key, value]): [string, string][] => {
    const at = locate(reading, variables, key);
    const found = textOf(reading, variables, key);
    if (value === null) {
      warn(
        reading,
        at,
        `The variable \`${key}\` has no value, so Meltano cannot start plugins; write \`''\`.`,
      );
      return [];
    }
    if (found === undefined) {
      fail(reading, at, `The variable \`${key}\` has to be text.`);
      return [];
    }
    if (typeof value !== 'string' && !convert) {
      warn(
        reading,
        at,
        `The variable \`${key}\` is not text, so Meltano cannot start plugins; put it in quotes.`,
      );
    }
    return [[key, found]];
  });
  return Object.fromEntries(pairs);
}

/**
 * Annotations are for other tools. Meltano keeps them on any object and never reads them
 * (meltano/core/behavior/canonical.py).
 */
export function annotations(entry: Entry): Record<string, unknown> {
  const value = own(entry, 'annotations');
  return isObject(value) ? value : {};
}

/** All other keys of a mapping. */
export function otherKeys(entry: Entry, known: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry.value).filter(([key]) => !known.includes(key)));
}

/** Records an error for each key that makes Meltano's constructor raise a `TypeError`. */
export function refuseOtherKeys(reading: Reading, entry: Entry, known: readonly string[]): void {
  for (const key of Object.keys(otherKeys(entry, [...known, 'annotations']))) {
    const message = `The ${entry.label} has a key \`${key}\` that Meltano does not know; it takes ${words(known)}.`;
    fail(reading, locate(reading, entry.value, key), message);
  }
}

/** The mappings in a list, each with its location. Anything else in the list is an error. */
export function entries(reading: Reading, items: readonly unknown[], noun: string): Entry[] {
  return items.flatMap((value, index): Entry[] => {
    const at = locate(reading, items, index);
    if (!isObject(value)) {
      fail(reading, at, `${article(noun)} ${noun} has to be a mapping with a \`name\`.`);
      return [];
    }
    const called = Object.hasOwn(value, 'name') && typeof value.name === 'string' ? value.name : null;
    const known = called === null ? '' : ` \`${called.slice(0, maxNameLength)}\``;
    return [{ value, at, label: `${noun}${known}` }];
  });
}

function keyOf(entry: Entry, key: string): string {
  return `\`${key}\` of the ${entry.label}`;
}

/** Such as `` `name`, `tasks` and `annotations` ``. */
function words(keys: readonly string[]): string {
  return `${keys.map((key) => `\`${key}\``).join(', ')} and \`annotations\``;
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) && !noun.startsWith('u') ? 'An' : 'A';
}
