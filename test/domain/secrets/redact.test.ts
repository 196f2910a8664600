import { expect, test } from 'vitest';
import {
  passwordsIn,
  redacted,
  redactedUrl,
  redaction,
  secretsIn,
  variablesOfSecret,
} from '../../../src/domain/secrets/redact.ts';

test.each([
  ['https://user:secret@host/path', 'https://(redacted)@host/path'],
  ['git+https://token@host/a.git@v1', 'git+https://(redacted)@host/a.git@v1'],
  ['a postgresql://u:p@h/d and b://u:p@h', 'a postgresql://(redacted)@h/d and b://(redacted)@h'],
  ['https://user:p@ss@host', 'https://(redacted)@host'],
  ['x://u:p@h,y://u:p@h', 'x://(redacted)@h,y://(redacted)@h'],
  ['https://${USER}:${PASSWORD}@host', 'https://${USER}:${PASSWORD}@host'],
  ['https://$USER:$PASSWORD@host', 'https://$USER:$PASSWORD@host'],
  ['https://${USER}:word@host', 'https://(redacted)@host'],
  ['https://$Passw0rd@host', 'https://(redacted)@host'],
  ['https://host/path@v1', 'https://host/path@v1'],
  ['me@example.com', 'me@example.com'],
  ['//user@host', '//user@host'],
  ['"://a:b@host', '"://a:b@host'],
  ['', ''],
])('the address %j is shown as %j', (text, expected) => {
  expect(redactedUrl(text)).toBe(expected);
});

test('values of names that sound like a secret are left out at any depth, and others stay', () => {
  const value = {
    ...{ name: 'a', password: 'b', count: 5, missing: null, api_key: null, flags: [true, 'https://u:p@h'] },
    deep: { list: [{ token: 'c', ok: 1 }], client_secret: { id: 'd' } },
  };
  expect(redacted(value)).toEqual({
    ...{ name: 'a', password: redaction, count: 5, missing: null, api_key: null },
    flags: [true, 'https://(redacted)@h'],
    deep: { list: [{ token: redaction, ok: 1 }], client_secret: redaction },
  });
});

test('further names are left out with all that is below them, nested or dotted', () => {
  const secrets = new Set(['safe', 'door.code', 'rows.pin']);
  const value = {
    ...{ safe: { left: 1, right: [2] }, door: { code: 3, number: 4 }, 'door.code': 5, code: 6 },
    rows: [{ pin: 7, name: 8 }],
  };
  expect(redacted(value, (name) => secrets.has(name))).toEqual({
    ...{ safe: redaction, door: { code: redaction, number: 4 }, 'door.code': redaction, code: 6 },
    rows: [{ pin: redaction, name: 8 }],
  });
});

test('nothing is left of a secret whose value is no text', () => {
  for (const value of [5, ['a'], { a: 'b' }]) {
    expect(redacted({ password: value })).toEqual({ password: redaction });
  }
});

test('what cannot be a secret stays whatever its name', () => {
  const value = {
    password: '',
    token: true,
    secret: 'false',
    api_key: ['${A}', '$B'],
    auth: { a: '${A}:${B}' },
  };
  expect(redacted(value)).toEqual(value);
});

test('an item of a list gives its name to what is in it', () => {
  const list = [
    { name: 'Authorization', value: 'a' },
    { name: 'Accept', value: 'b' },
    { name: 5, value: 'c' },
  ];
  expect(redacted({ headers: list })).toEqual({
    headers: [{ name: 'Authorization', value: redaction }, ...list.slice(1)],
  });
});

test('the secrets in a configuration are found whole', () => {
  const value = {
    ...{ password: 'a', token: null, other: 'https://u:p@h', door: 1 },
    list: [{ name: 'secret', at: true }, { api_key: ['b', { c: 1 }] }],
  };
  expect(secretsIn(value, (name) => name === 'door')).toEqual(['a', 1, true, ['b', { c: 1 }]]);
  expect(secretsIn('https://u:p@h', () => false)).toEqual([]);
});

test.each([
  ['https://u:p@h', ['p']],
  ['x://u:p:q@h and y://:r@h', ['p:q', 'r']],
  ['https://token@h http://other@h git+https://third@h', ['token', 'other', 'third']],
  ['x https://token@h', ['token']],
  ['ssh://user@h http-x://user@h', []],
  ['https://host/@', []],
])('the passwords in %j are %j', (text, expected) => {
  expect(passwordsIn(text)).toEqual(expected);
});

test('a secret is made of its variables, and an address of those of its password', () => {
  expect(variablesOfSecret('$A-${b}')).toEqual(['A', 'b']);
  expect(variablesOfSecret('x://$USER:${P}$Q@$HOST')).toEqual(['P', 'Q']);
});
