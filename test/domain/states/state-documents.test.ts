import { expect, test } from 'vitest';
import { mergeJson } from '../../../src/lib/merge-json.ts';
import { mergeTexts } from '../../../src/domain/states/documents/state-documents.ts';

test.each<[unknown, unknown, unknown]>([
  [{}, { a: 1 }, { a: 1 }],
  [{ a: 1 }, {}, { a: 1 }],
  [{ a: { b: 1, c: 2 } }, { a: { b: 3 } }, { a: { b: 3, c: 2 } }],
  [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
  [{ a: { b: 1 } }, { a: null }, { a: null }],
  [{ a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
  [{ a: null }, { a: { b: 2 } }, { a: { b: 2 } }],
  [
    { constructor: { a: 1 } },
    { constructor: { b: 2 }, toString: 3 },
    { constructor: { a: 1, b: 2 }, toString: 3 },
  ],
])('%j and over it %j merge to %j, as documents and as texts', (completed, partial, merged) => {
  const before = JSON.stringify([completed, partial]);
  expect(mergeJson(completed, partial)).toEqual(merged);
  expect(JSON.stringify([completed, partial])).toBe(before);
  expect(JSON.parse(mergeTexts(JSON.stringify(completed), JSON.stringify(partial)))).toEqual(merged);
});

test.each([
  ['{"n": 9007199254740993, "f": 1.10, "e": -1.5e-7}', '{"n": 9007199254740993, "f": 1.10, "e": -1.5e-7}'],
  ['[12345678901234567890123, -0, 1E5]', '[12345678901234567890123, -0, 1E5]'],
  ['{"n5": "n5", "s": "s", "": "", "5": "5"}', '{"n5": "n5", "s": "s", "": "", "5": "5"}'],
  [
    String.raw`{"a\"5": "\\", "b": "\\\"7\\", "\u00e9": "\n"}`,
    String.raw`{"a\"5": "\\", "b": "\\\"7\\", "é": "\n"}`,
  ],
  ['{"__proto__": {"a": 1}}', '{"__proto__": {"a": 1}}'],
  ['[true, false, null, {}, []]', '[true, false, null, {}, []]'],
])('the text %s merges to itself, to the digit', (text, expected) => {
  expect(mergeTexts('{}', text)).toBe(expected.replaceAll(/([:,]) /g, '$1'));
  expect(mergeTexts(text, text)).toBe(mergeTexts('{}', text));
});
