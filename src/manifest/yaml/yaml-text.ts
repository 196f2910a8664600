import { Composer, Lexer, LineCounter, Parser } from 'yaml';
import type { CST } from 'yaml';
import { inSlices } from '../../lib/event-loop/slices.ts';
import type { Location } from '../manifest.ts';
import { fail } from '../reading.ts';
import type { Reading } from '../reading.ts';
import { TabFinder } from './tabs.ts';
import { readOpenText } from './yaml-node.ts';
import { plainValue } from './yaml-value.ts';

/**
 * Real projects have less than ten levels. The composer is recursive, and V8 aborts the process well before
 * 20,000 levels.
 */
export const maxDepth = 100;

/** Words, signs, line ends and spaces, as in about 80,000 lines. Reading so many takes about a second. */
const maxLexemes = 500_000;

/** A character that YAML takes only as an escape in double quotes, see https://yaml.org/spec/1.2.2/#51-character-set. */
const unprintable = /[^\t\n\r\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Words, signs, line ends and spaces that are read before a look at the clock. */
const lexemesALook = 200;

/**
 * The value of a YAML text: mappings as plain objects, sequences as arrays, both with recorded locations.
 * When Meltano would not accept the YAML: undefined, and the errors are recorded with their lines.
 */
export function parseYaml(reading: Reading, file: string, text: string): unknown {
  const parsing = parse(reading, file, text);
  for (;;) {
    const { done, value } = parsing.next();
    if (done === true) return value;
  }
}

/** `parseYaml` in slices. */
export async function parseYamlInSlices(reading: Reading, file: string, text: string): Promise<unknown> {
  const turn = inSlices();
  const parsing = parse(reading, file, text);
  for (;;) {
    const { done, value } = parsing.next();
    if (done === true) return value;
    await turn();
  }
}

/** Yields where it may pause. */
function* parse(reading: Reading, file: string, text: string): Generator<undefined, unknown> {
  const errors = reading.errors.length;
  const lines = new LineCounter();
  const at = (offset: number): Location => ({ file, line: Math.max(1, lines.linePos(offset).line) });
  const odd = unprintable.exec(text);
  if (odd) {
    const line = text.slice(0, odd.index).split('\n').length;
    const code = (odd[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    fail(reading, { file, line }, `The character U+${code} is not allowed in YAML; remove it.`);
    return undefined;
  }
  const tokens = yield* tokensOf(text, lines);
  if ('refusal' in tokens) {
    fail(reading, { file, line: tokens.line }, tokens.refusal);
    return undefined;
  }
  // Every scalar as text, because `resolveScalar` decides what it means. Duplicate keys are also checked
  // later: the library compares each key with every other.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  yield;
  for (const error of document?.errors ?? []) {
    fail(reading, at(error.pos[0]), `This is not valid YAML: ${sentence(error.message)}`);
  }
  if (second) {
    fail(reading, at(second.range[0]), 'A second document begins here; Meltano takes one in a file.');
  }
  if (!document || reading.errors.length > errors) return undefined;
  readOpenText(document, text);
  const value = plainValue(reading, document, at, maxDepth);
  return reading.errors.length > errors ? undefined : value;
}

/** The tokens of a text, or the reason why it is refused. It is not recursive, and it stops at the limits. */
function* tokensOf(
  text: string,
  lines: LineCounter,
): Generator<undefined, CST.Token[] | { refusal: string; line: number }> {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tabs = text.includes('\t') ? new TabFinder() : null;
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  const refuse = (refusal: string): { refusal: string; line: number } => ({
    refusal,
    line: lines.lineStarts.length,
  });
  for (const lexeme of new Lexer().lex(text)) {
    const tab = tabs?.next(lexeme) ?? null;
    if (tab !== null) {
      const { refusal, line } = refuse(refusedTab);
      return { refusal, line: line + lexeme.slice(0, tab).split('\n').length - 1 };
    }
    for (const token of parser.next(lexeme)) tokens.push(token);
    lexemes += 1;
    if (lexemes % lexemesALook === 0) yield;
    if (lexemes > maxLexemes)
      return refuse(`The file has more than ${maxLexemes} words and signs; split it.`);
    if (parser.stack.length > maxDepth) {
      return refuse(`The values are nested deeper than ${maxDepth} levels; write them flatter.`);
    }
  }
  yield;
  tokens.push(...parser.end());
  return tokens;
}

const refusedTab =
  'Meltano takes no tab here, but only in quotes, in comments, in the lines below `|` or `>`, and inside of `[…]` or `{…}`; write blanks.';

/** The message without the quotation from the file, which may contain a secret. */
function sentence(message: string): string {
  const [line = ''] = message.split('\n');
  const quotation = /[a-z]: |escape sequence /.exec(line);
  const said = quotation === null ? line : line.slice(0, quotation.index + quotation[0].length - 1);
  const hint = said.includes('reserved character') ? ' Put the value in quotes.' : '';
  return `${said.replace(/[.:]$/, '')}.${hint}`;
}
