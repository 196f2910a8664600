import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonSize, largeJsonSize, maxLevels } from '../../src/lib/event-loop/json-size.ts';
import { JsonText, printJson } from '../../src/lib/event-loop/json-text.ts';
import { printLargeJson, TooManyLevels } from '../../src/lib/event-loop/print-json.ts';

test('prints any value as the platform does', async () => {
  const long = 'x'.repeat(30_000);
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), async (part) => {
      const value = { part, list: [long, part, undefined, long], none: undefined, more: { long, part } };
      expect(await printLargeJson(value)).toBe(JSON.stringify(value));
      expect(printJson(value)).toBe(JSON.stringify(value));
    }),
    { numRuns: 100 },
  );
});

test('prints objects of many keys, and many small values', async () => {
  const keys = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`__proto__ "${i}"`, i]));
  const value = { keys, items: Array.from({ length: 50_000 }, (_, i) => [i, { i }]), at: new Date(0) };
  expect(await printLargeJson(value)).toBe(JSON.stringify(value));
});

test('prints long texts, and no half of a character apart from the other', async () => {
  const units = fc.constantFrom('x', '"', '\\', '\n', 'é', '💥', '\ud83d', '\udca5');
  await fc.assert(
    fc.asyncProperty(fc.array(units, { minLength: 1, maxLength: 5 }), async (some) => {
      const text = some.join('').repeat(15_000);
      for (const value of [text, { text, list: [text, 1, `x${text}`] }]) {
        expect((await printLargeJson(value)) === JSON.stringify(value)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

describe('a value of many levels', () => {
  const nested = (depth: number, long = ''): unknown =>
    JSON.parse(`${'{"a":['.repeat(depth / 2)}"${long}"${']}'.repeat(depth / 2)}`);

  test.each(['', 'x'.repeat(50_000)])('is printed and counted', async (long) => {
    const value = nested(maxLevels, long);
    expect(await printLargeJson(value)).toBe(JSON.stringify(value));
    expect(jsonSize(value, Infinity)).toBeGreaterThan(long.length);
    expect(await largeJsonSize(value, Infinity)).toBe(jsonSize(value, Infinity));
  });

  test.each([maxLevels + 2, 100_000])('is refused when they are %i', async (depth) => {
    for (const value of [nested(depth), nested(depth, 'x'.repeat(50_000)), [nested(depth), 1]]) {
      await expect(printLargeJson(value)).rejects.toThrow(TooManyLevels);
      expect(jsonSize(value, 1e9)).toBe(Infinity);
      expect(await largeJsonSize(value, 1e9)).toBe(Infinity);
    }
  });
});

describe('the size of JSON', () => {
  const long = 'x'.repeat(30_000);
  const items = Array.from({ length: 50_000 }, (_, i) => ({ name: `${i}`, changes: [{ i }, null] }));
  const keys = Object.fromEntries(items.map(({ name }) => [`key ${name}`, true]));

  test.each([
    ['a long text', long],
    ['a document', new JsonText(`["${long}"]`)],
    ['nothing', null],
    ['a list', items],
    ['an object', keys],
    ['lists and objects in each other', { items, more: [items, keys, long, { keys }], long, last: 1 }],
  ])('of %s is the same when it is counted in slices', async (_what, value) => {
    expect(await largeJsonSize(value, Infinity)).toBe(jsonSize(value, Infinity));
  });

  test('is not counted to its end when it is above a limit', async () => {
    const size = await largeJsonSize({ items }, 100_000);
    expect(size).toBeGreaterThan(100_000);
    expect(size).toBeLessThan(jsonSize({ items }, Infinity) / 2);
  });
});

describe('JSON that is there as text', () => {
  const text = '{"big": 12345678901234567890, "one": 1.0, "$&": "$1"}';
  test.each([
    ['at once', {}],
    ['in slices', { long: 'x'.repeat(100_000) }],
  ])('is printed as it is, %s', async (_how, more) => {
    const value = { ...more, a: new JsonText(text), b: [new JsonText('1.50'), '\\u00001', '"\\u00000"'] };
    const printed = `{${JSON.stringify(more).slice(1, -1)}${'long' in more ? ',' : ''}"a":${text},"b":[1.50,${JSON.stringify('\\u00001')},${JSON.stringify('"\\u00000"')}]}`;
    expect(printJson(value)).toBe(printed);
    expect(await printLargeJson(value)).toBe(printed);
  });

  test('is a value to whoever prints it otherwise', () => {
    expect(JSON.stringify({ a: new JsonText('{"b": [1]}') })).toBe('{"a":{"b":[1]}}');
  });
});
