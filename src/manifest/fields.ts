import type { Location } from './manifest.ts';
import { isMapping } from './mappings.ts';
import { fail, locate, textOf, warn } from './reading.ts';
import type { Reading } from './reading.ts';

/** A mapping of the project's files that is being read, and how messages speak of it. */
export interface Entry {
  value: Record<string, unknown>;
  at: Location;
  /** Such as `job \`nightly\``. */
  label: string;
}

/** Whether Python takes a value for false, which is where Meltano writes `value or {}` and the like. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isMapping(value) && Object.keys(value).length === 0;
}

/** A key's own value; undefined if the key is absent, whatever JavaScript has under that name. */
export function own(entry: Entry, key: string): unknown {
  return Object.hasOwn(entry.value, key) ? entry.value[key] : undefined;
}

/** Text, or a number or truth value as the text that Python makes of it; null if absent or empty. */
export function text(reading: Reading, entry: Entry, key: string): string | null {
  const value = own(entry, key);
  if (value === undefined || value === null) return null;
  const found = textOf(reading, entry.value, key);
  if (found === undefined)
    fail(reading, locate(reading, entry.value, key), `${keyOf(entry, key)} has to be text.`);
  return found ?? null;
}

/** A name that other things refer to: text that is there; null, and an error, if it is not. */
export function name(reading: Reading, entry: Entry, key: string): string | null {
  const value = own(entry, key);
  if (typeof value === 'string' && value !== '') return value;
  const at = locate(reading, entry.value, key);
  if (value === undefined || value === null || value === '') {
    fail(reading, at, `The ${entry.label} has no \`${key}\`; give it one.`);
  } else {
    fail(reading, at, `${keyOf(entry, key)} has to be text; put it in quotes.`);
  }
  return null;
}

/** A list; empty if it is absent or empty in Python's sense. */
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

/** A list of text; null if it is absent. */
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

/** A mapping; empty if it is absent or empty in Python's sense. */
export function mapping(reading: Reading, entry: Entry, key: string): Record<string, unknown> {
  const value = own(entry, key);
  if (isMapping(value)) return value;
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
 * Environment variables. At the top level Meltano makes text of every value (meltano/core/meltano_file.py);
 * anywhere else, and for an empty value even there, it fails to start any plugin that gets the variable.
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

/** Carried for others, never looked into; Meltano leaves them on any object (meltano/core/behavior/canonical.py). */
export function annotations(entry: Entry): Record<string, unknown> {
  const value = own(entry, 'annotations');
  return isMapping(value) ? value : {};
}

/** Every other key of a mapping. */
export function otherKeys(entry: Entry, known: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry.value).filter(([key]) => !known.includes(key)));
}

/** Refuses keys that Meltano's constructor would raise a `TypeError` for. */
export function refuseOtherKeys(reading: Reading, entry: Entry, known: readonly string[]): void {
  for (const key of Object.keys(otherKeys(entry, [...known, 'annotations']))) {
    const message = `The ${entry.label} has a key \`${key}\` that Meltano does not know; it takes ${words(known)}.`;
    fail(reading, locate(reading, entry.value, key), message);
  }
}

/** The mappings in a list, each with its place; anything else in it is an error. */
export function entries(reading: Reading, items: readonly unknown[], noun: string): Entry[] {
  return items.flatMap((value, index): Entry[] => {
    const at = locate(reading, items, index);
    if (!isMapping(value)) {
      fail(reading, at, `${article(noun)} ${noun} has to be a mapping with a \`name\`.`);
      return [];
    }
    const known = Object.hasOwn(value, 'name') && typeof value.name === 'string' ? ` \`${value.name}\`` : '';
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
