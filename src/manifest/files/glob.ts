import { readdir, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join, posix } from 'node:path';
import { exists } from '../../lib/files/exists.ts';

/** The highest number of folder entries that one pattern may visit. `**` also visits virtual environments. */
const maxEntries = 200_000;

interface Walk {
  root: string;
  segments: readonly string[];
  found: Set<string>;
  left: number;
}

/**
 * The paths below `root` that match a pattern, relative to `root` and sorted. Patterns work as in Python's
 * `Path.glob`: `*`, `?` and `[…]` match within a name, also at its leading dot, and `**` matches folders of
 * any depth without following links.
 * @throws Error that says why a pattern cannot be used
 */
export async function glob(root: string, pattern: string): Promise<string[]> {
  if (pattern.startsWith('/')) throw new Error('it is absolute; write it relative to the project');
  const segments = pattern.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0) throw new Error('it names no file');
  if (segments.at(-1) === '**')
    throw new Error('it matches folders; end it with the names of files, such as `*.yml`');
  const walk: Walk = { root, segments, found: new Set(), left: maxEntries };
  await descend(walk, '', 0);
  return [...walk.found].toSorted((a, b) => (a < b ? -1 : 1));
}

async function descend(walk: Walk, folder: string, index: number): Promise<void> {
  const segment = walk.segments[index];
  if (segment === undefined) {
    walk.found.add(folder);
  } else if (segment === '**') {
    await descend(walk, folder, index + 1);
    for (const entry of await entriesOf(walk, folder)) {
      if (entry.isDirectory()) await descend(walk, posix.join(folder, entry.name), index);
    }
  } else if (/[*?[]/.test(segment)) {
    const parts = partsOf(segment);
    for (const { name } of await entriesOf(walk, folder)) {
      if (matches(parts, name)) await enter(walk, posix.join(folder, name), index + 1);
    }
  } else if (await exists(join(walk.root, folder, segment))) {
    await enter(walk, posix.join(folder, segment), index + 1);
  }
}

async function enter(walk: Walk, path: string, index: number): Promise<void> {
  if (index < walk.segments.length) {
    const found = await stat(join(walk.root, path)).catch(() => null);
    if (!found?.isDirectory()) return;
  }
  await descend(walk, path, index);
}

async function entriesOf(walk: Walk, folder: string): Promise<Dirent[]> {
  const entries = await readdir(join(walk.root, folder), { withFileTypes: true }).catch(() => []);
  walk.left -= entries.length;
  if (walk.left < 0) throw new Error(`it looks at more than ${maxEntries} files; make it narrower`);
  return entries;
}

/** Matches one character; `*` matches any number of characters. */
type Part = ((character: string) => boolean) | '*';

/** Parses a pattern for one name, as Python's `fnmatch` does. */
function partsOf(segment: string): Part[] {
  const parts: Part[] = [];
  for (let index = 0; index < segment.length; index += 1) {
    const expected = segment.charAt(index);
    const end = expected === '[' ? segment.indexOf(']', index + (segment[index + 1] === '!' ? 3 : 2)) : -1;
    if (end !== -1) {
      parts.push(setOf(segment.slice(index + 1, end)));
      index = end;
    } else if (expected === '*') {
      parts.push('*');
    } else {
      parts.push(expected === '?' ? () => true : (character) => character === expected);
    }
  }
  return parts;
}

function setOf(content: string): Part {
  const isNegated = content.startsWith('!');
  const members = content.slice(isNegated ? 1 : 0);
  const ranges: [string, string][] = [];
  for (let index = 0; index < members.length; index += 1) {
    const isRange = members[index + 1] === '-' && index + 2 < members.length;
    ranges.push([members.charAt(index), members.charAt(isRange ? index + 2 : index)]);
    if (isRange) index += 2;
  }
  return (character) => ranges.some(([first, last]) => first <= character && character <= last) !== isNegated;
}

/** Goes back only to the last `*`. So the time is at most the pattern's length times the name's length. */
function matches(parts: readonly Part[], name: string): boolean {
  let part = 0;
  let star = -1;
  let retry = 0;
  for (let index = 0; index < name.length;) {
    const expected = parts[part];
    if (expected === '*') {
      star = part;
      retry = index;
      part += 1;
    } else if (expected?.(name.charAt(index))) {
      part += 1;
      index += 1;
    } else if (star !== -1) {
      part = star + 1;
      retry += 1;
      index = retry;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === '*');
}
