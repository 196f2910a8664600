import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, TooManyKeys } from '../../src/lib/event-loop/parse-json.ts';

function native(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return 'no JSON';
  }
}

const inSlices = (text: string): Promise<unknown> => parseJson(text, { whole: 0 }).catch(() => 'no JSON');

test('reads any JSON as the platform does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 6, noUnicodeString: false }), async (text) => {
      const value = await inSlices(text);
      expect(value).toStrictEqual(native(text));
      // Also keys such as `__proto__`, and the order of keys.
      expect(JSON.stringify(value)).toBe(JSON.stringify(native(text)));
    }),
    { numRuns: 300 },
  );
});

test('refuses what the platform refuses', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom('', ',', '"', '\\', '[', ']', '{', '}', ':', '0', '-', 'e', 't', ' ', '\n', '\u0001'),
      async (text, place, piece) => {
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + piece + text.slice(at + 1);
        expect(await inSlices(changed)).toStrictEqual(native(changed));
      },
    ),
    { numRuns: 1000 },
  );
});

describe('reads', () => {
  test.each([
    ['{"__proto__": {"a": 1}, "a": 1, "a": 2}'],
    ['{"b": 1, "1": {"2": [], "1": {}}, "a": [[], {}]}'],
    [String.raw`["\"", "\\", "\\\"", "a\u0000\ud83d\n", ""]`],
    ['[-0, 0, 1e5, 1E-5, 1.50, 9007199254740993, 1e999, true, false, null]'],
    ['"text"'],
    ['7'],
  ])('%s', async (text) => {
    const value = await inSlices(text);
    expect(JSON.stringify(value)).toBe(JSON.stringify(native(text)));
    expect(value).toStrictEqual(native(text));
  });
  test.each([
    [''],
    ['[1,]'],
    ['{"a" 1}'],
    ['{"a":1,}'],
    ['[1}'],
    ['01'],
    ['"a'],
    ['"\\"'],
    ['[1] 2'],
    ['{1:2}'],
    ['nul'],
    ['"\t"'],
  ])('no %s', async (text) => {
    expect(await inSlices(text)).toBe('no JSON');
  });
});

test('reads long texts in parts, and keeps each escape whole', async () => {
  for (let length = 49_996; length < 50_004; length += 1) {
    for (const escape of [
      String.raw`\"`,
      String.raw`\\`,
      String.raw`\u00e9`,
      String.raw`\ud83d\ude80`,
      '"',
    ]) {
      const text = `{"a": "${'x'.repeat(length)}${escape}${'y'.repeat(60_000)}", "b": 1}`;
      expect(await inSlices(text)).toStrictEqual(native(text));
    }
  }
  for (const end of ['', '"', '\\', '\\"', '\\u12']) {
    const text = `["${'x'.repeat(120_000)}${end}`;
    expect(await inSlices(text)).toBe('no JSON');
  }
});

test('refuses an object of too many keys', async () => {
  const object = (keys: number) => `{${Array.from({ length: keys }, (_, i) => `"${i}": {}`).join()}}`;
  expect(await parseJson(object(10), { whole: 0, maxKeys: 10 })).toBeTypeOf('object');
  await expect(parseJson(`[${object(11)}]`, { whole: 0, maxKeys: 10 })).rejects.toThrow(TooManyKeys);
});

test('reads millions of levels', async () => {
  const levels = 1_000_000;
  let value = await parseJson('['.repeat(levels) + ']'.repeat(levels));
  let depth = 0;
  for (; Array.isArray(value); depth += 1) value = (value as unknown[])[0];
  expect(depth).toBe(levels);
});
