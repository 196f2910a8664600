import { expect, test } from 'vitest';
import { preparedLimits, statementNames } from '../../src/store/database/statements.ts';

const { statements, letters, lettersOfOne } = preparedLimits;

/** Asks for the name of a statement that has come before. */
const again = (nameOf: (text: string) => string | undefined, text: string): string | undefined => {
  nameOf(text);
  return nameOf(text);
};

test('a statement has a name from the second time on, and always the same', () => {
  const nameOf = statementNames();
  expect(nameOf('SELECT 1')).toBeUndefined();
  const name = nameOf('SELECT 1');
  expect(name).toEqual(expect.any(String));
  expect(nameOf('SELECT 1')).toBe(name);
  expect(again(nameOf, 'SELECT 2')).not.toBe(name);
});

test('no more statements have names than a connection may keep', () => {
  const nameOf = statementNames();
  const named = Array.from({ length: statements + 10 }, (_, i) => again(nameOf, `SELECT ${i}`));
  expect(named.indexOf(undefined)).toBe(statements);
  expect(nameOf('SELECT 0')).toBe(named[0]);
});

test('nor more letters, in one or in all', () => {
  const nameOf = statementNames();
  expect(again(nameOf, 'x'.repeat(lettersOfOne + 1))).toBeUndefined();
  const long = (i: number): string => String(i).padEnd(lettersOfOne);
  const fit = letters / lettersOfOne;
  const named = Array.from({ length: fit + 1 }, (_, i) => again(nameOf, long(i)));
  expect(named.indexOf(undefined)).toBe(fit);
});
