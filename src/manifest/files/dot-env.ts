import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** In bytes. A larger file cannot be a real `.env`. */
const maxSize = 5_000_000;

const blank = /\s*/y;
const binding = /(?:export[^\S\r\n]+)?(?:'([^']+)'|([^=#\s]+))[^\S\r\n]*(?:=[^\S\r\n]*)?/y;
const quoted = /(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")[^\S\r\n]*(?:#[^\r\n]*)?(?=[\r\n]|$)/sy;
const restOfLine = /[^\r\n]*/y;

/** A variable that `.env` sets. Variables in its value are not replaced yet. */
export type Binding = [name: string, value: string];

/** The sorted names that the project's `.env` sets; empty when the file does not exist. */
export async function readDotEnvNames(root: string): Promise<string[]> {
  return namesOf(await readDotEnv(root));
}

/** What the project's `.env` sets; empty when the file does not exist. */
export async function readDotEnv(root: string): Promise<Binding[]> {
  const path = join(root, '.env');
  const found = await stat(path).catch(() => null);
  if (!found?.isFile() || found.size > maxSize) return [];
  return bindingsIn(await readFile(path, 'utf8'));
}

/** The sorted names of some variables, each once. */
export function namesOf(bindings: readonly Binding[]): string[] {
  return [...new Set(bindings.map(([name]) => name))].toSorted((a, b) => (a < b ? -1 : 1));
}

/**
 * What a text in the format of `.env` sets, by the rules of python-dotenv (dotenv/parser.py), which Meltano uses.
 * Quoted values may contain line breaks.
 */
export function bindingsIn(content: string): Binding[] {
  const text = content.replace(/^\uFEFF/, '');
  const bindings: Binding[] = [];
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
    const isBlank = match?.[0].endsWith('=') === false;
    const inQuotes = opens ? take(quoted) : null;
    const [rest = ''] = take(restOfLine) ?? [];
    // python-dotenv skips a line with a quote that is never closed.
    if (name !== undefined && isAssigned && (!opens || inQuotes)) {
      bindings.push([name, inQuotes ? unquoted(inQuotes) : withoutComment(rest, isBlank)]);
    }
    take(blank);
  }
  return bindings;
}

const escapes: Record<string, string> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

function unquoted([, single, double]: RegExpExecArray): string {
  return single === undefined
    ? (double ?? '').replace(/\\([\\'"abfnrtv])/g, (_, letter: string) => escapes[letter] ?? letter)
    : single.replace(/\\([\\'])/g, '$1');
}

/** A comment follows a blank, which may stand before the value. */
function withoutComment(rest: string, isBlank: boolean): string {
  if (isBlank && rest.startsWith('#')) return '';
  const comment = rest.search(/\s#/);
  return (comment === -1 ? rest : rest.slice(0, comment)).trimEnd();
}
