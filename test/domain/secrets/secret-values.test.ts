import { describe, expect, test } from 'vitest';
import { SecretValues } from '../../../src/domain/secrets/secret-values.ts';

type Add = (values: SecretValues) => void;

const variables = [
  ['WORD', 'word'],
  ['WORD', 'later'],
  ['REF', '${WORD}'],
  ['LONG_REF', 'a${REF}'],
  ['CIRCLE', '${CIRCLE}b'],
  ['PATH', '/x'],
  ['FLAG', 'true'],
] as const;

function found(add: Add): string[] {
  const values = new SecretValues(variables);
  add(values);
  return values.all();
}

describe('of a value of a file', () => {
  test.each<[string, unknown, string[]]>([
    ['a text', 'abc', ['abc']],
    ['numbers', [12, { a: 34 }], ['12', '34']],
    ['what is in lists and objects', [['a1'], { b: { c: ['a2'] } }], ['a1', 'a2']],
    ['nothing that cannot be a secret', [null, true, 'true', ''], []],
    // What a variable is set to anywhere may be what the run gets.
    ['the variables in it', 'x-$WORD', ['x-word', 'word', 'later']],
    ['a variable alone', '$WORD', ['word', 'later']],
    ['a variable that stands for another one', '$REF', ['word']],
    ['a variable that stands for one that does', '$LONG_REF', ['a${REF}', 'a${WORD}', 'aword']],
    [
      'a variable that stands for itself',
      '$CIRCLE',
      ['${CIRCLE}b', '${CIRCLE}bb', '${CIRCLE}bbb', '${CIRCLE}bbbb'],
    ],
    ['a variable that is not set', 'a$NONE', ['a']],
    ['a variable that is no secret', 'x$FLAG', ['xtrue']],
    ['the password of an address', 'x://u:p%40ss@h', ['x://u:p%40ss@h', 'p%40ss', 'p@ss']],
    ['a password that is no escape', 'x://u:100%@h', ['x://u:100%@h', '100%']],
    ['a variable of a password', 'x://$PATH:$WORD@h', ['word', 'later']],
    ['a password with a variable', 'x://u:p$WORD@h', ['x://u:pword@h', 'word', 'later', 'pword']],
  ])('%s', (_what, value, expected) => {
    expect(found((values) => values.add(value)).sort()).toEqual(expected.sort());
  });
});

describe('of a value that is taken as it is', () => {
  test.each<[string, string, string[]]>([
    ['a text', '$WORD', ['$WORD']],
    ['nothing that cannot be a secret', 'false', []],
    ['a text with a variable in braces, which python-dotenv replaces', 'a${WORD}', ['a${WORD}', 'aword']],
    ['the token of a header', 'Bearer  abc.def', ['Bearer  abc.def', 'abc.def']],
    ['the token of a header, in any case', 'BASIC abc', ['BASIC abc', 'abc']],
    ['no token where there are other words', 'my bearer abc', ['my bearer abc']],
    ['no token where more words follow', 'token abc def', ['token abc def']],
    [
      'the items of a list',
      ' ["a1", [2, {"b": "a3"}], null]',
      [' ["a1", [2, {"b": "a3"}], null]', 'a1', '2', 'a3'],
    ],
    [
      'the secrets of an object',
      '{"token": ["a1"], "name": "a2"}',
      ['{"token": ["a1"], "name": "a2"}', 'a1'],
    ],
    ['no items that cannot be secrets', '["$A", "true", "a1"]', ['["$A", "true", "a1"]', 'a1']],
    ['what only begins as a list', '[oops', ['[oops']],
    ['no list that stands in a text', 'x ["a1"]', ['x ["a1"]']],
  ])('%s', (_what, text, expected) => {
    expect(found((values) => values.addLiteral(text)).sort()).toEqual(expected.sort());
  });
});

test('of addresses in any value, the passwords, and nothing else', () => {
  const value = { a: ['x://u:p1@h', { b: 'y://u:p2@h' }], c: 'word', d: null, e: 5 };
  expect(found((values) => values.addLogins(value))).toEqual(['p1', 'p2']);
});
