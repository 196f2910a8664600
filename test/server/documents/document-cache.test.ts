import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { documentCache } from '../../../src/server/documents/document-cache.ts';

test('documents are kept up to a number of characters, and the one that was not asked for the longest leaves', () => {
  const { get, set } = documentCache(30);
  const texts = ['{ aaaaaa }', '{ bbbbbb }', '{ cccccc }', '{ dddddd }'] as const;
  const [a, b, c, d] = texts;
  for (const text of [a, b, c]) set(text, parse(text));
  expect(get(a)).toBeDefined();
  set(d, parse(d));
  expect(texts.map((text) => get(text) !== undefined)).toEqual([true, false, true, true]);
  const long = `{ ${'e'.repeat(30)} }`;
  set(long, parse(long));
  expect(texts.map((text) => get(text) !== undefined)).toEqual([true, false, true, true]);
  expect(get(long)).toBeUndefined();
});

test('a document that comes again is the same one', () => {
  const { get, set } = documentCache(10);
  const document = parse('{ a }');
  set('{ a }', document);
  set('{ a }', parse('{ a }'));
  expect(get('{ a }')).toBe(document);
});
