import { Composer, Lexer, LineCounter, Parser } from 'yaml';
import type { CST } from 'yaml';
import type { Location } from './manifest.ts';
import { fail } from './reading.ts';
import type { Reading } from './reading.ts';
import { plainValue } from './yaml-value.ts';

/** Real projects stay below ten levels. Composing is recursive, and V8 aborts the process far below 20,000. */
const maxDepth = 100;

/** Words, signs and line ends, spaces included: some 80,000 lines. Reading that many takes about a second. */
const maxLexemes = 500_000;

/**
 * The value of a YAML text: mappings as plain objects, sequences as arrays, both with their places remembered.
 * Undefined if it is no YAML that Meltano would accept; what is wrong is then recorded, with its lines.
 */
export function parseYaml(reading: Reading, file: string, text: string): unknown {
  const errors = reading.errors.length;
  const lines = new LineCounter();
  const at = (offset: number): Location => ({ file, line: Math.max(1, lines.linePos(offset).line) });
  const tokens = tokensOf(text, lines);
  if (typeof tokens === 'string') {
    fail(reading, { file, line: lines.lineStarts.length }, tokens);
    return undefined;
  }
  // Every scalar as text: what one means is for `resolveScalar` to say. Keys are checked there too: the
  // library's own check compares each with each.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  for (const error of document?.errors ?? []) {
    fail(reading, at(error.pos[0]), `This is not valid YAML: ${sentence(error.message)}`);
  }
  if (second) {
    fail(reading, at(second.range[0]), 'A second document begins here; Meltano takes one in a file.');
  }
  if (!document || reading.errors.length > errors) return undefined;
  const value = plainValue(reading, document, at, maxDepth);
  return reading.errors.length > errors ? undefined : value;
}

/** The tokens of a text, or why it is refused. Does not recurse, and stops early. */
function tokensOf(text: string, lines: LineCounter): CST.Token[] | string {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    lexemes += 1;
    if (lexemes > maxLexemes) return `The file has more than ${maxLexemes} words and signs; split it.`;
    if (parser.stack.length > maxDepth) {
      return `The values are nested deeper than ${maxDepth} levels; write them flatter.`;
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

/** The complaint alone: what it quotes from the file may be a secret. */
function sentence(message: string): string {
  const line = (message.split('\n')[0] ?? '').replace(/(?<=[a-z]): .*$|(?<=escape sequence) .*$/, '');
  const hint = line.includes('reserved character') ? ' Put the value in quotes.' : '';
  return `${line.replace(/[.:]$/, '')}.${hint}`;
}
