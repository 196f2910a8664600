import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** In bytes; a longer file is taken for something else. */
const maxSize = 5_000_000;

const blank = /\s*/y;
const binding = /(?:export[^\S\r\n]+)?(?:'([^']+)'|([^=#\s]+))[^\S\r\n]*(?:=[^\S\r\n]*)?/y;
const quoted = /(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")[^\S\r\n]*(?:#[^\r\n]*)?(?=[\r\n]|$)/sy;
const restOfLine = /[^\r\n]*/y;

/**
 * The names that the project's `.env` gives a value, sorted; none if there is no such file. Values may span lines
 * in quotes; they are skipped over by the rules of python-dotenv (dotenv/parser.py), which is what Meltano uses.
 */
export async function readDotEnvNames(root: string): Promise<string[]> {
  const path = join(root, '.env');
  const found = await stat(path).catch(() => null);
  if (!found?.isFile() || found.size > maxSize) return [];
  return namesIn(await readFile(path, 'utf8'));
}

/** The names that a text in the form of `.env` gives a value, sorted. */
export function namesIn(content: string): string[] {
  const text = content.replace(/^\uFEFF/, '');
  const names = new Set<string>();
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match) position = pattern.lastIndex;
    return match;
  };
  take(blank);
  while (position < text.length) {
    const match = take(binding);
    const name = match?.[1] ?? match?.[2];
    const opens = /["']/.test(text.charAt(position));
    const isAssigned = match?.[0].trimEnd().endsWith('=') ?? false;
    // A quote that is never closed makes python-dotenv skip the line.
    if (name !== undefined && isAssigned && (!opens || take(quoted))) names.add(name);
    take(restOfLine);
    take(blank);
  }
  return [...names].toSorted((a, b) => (a < b ? -1 : 1));
}
