import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskOf } from '../../../src/domain/secrets/mask.ts';
import { parseOutputLine } from '../../../src/runner/output/output.ts';

const hidden = '(redacted)';

/** Ways in which programs write a value. */
const forms: Record<string, (secret: string) => string> = {
  plain: (secret) => secret,
  JSON: (secret) => JSON.stringify(secret).slice(1, -1),
  'JSON in JSON': (secret) => JSON.stringify(JSON.stringify(secret)),
  'JSON in JSON in JSON': (secret) => JSON.stringify(JSON.stringify(JSON.stringify(secret))),
  'JSON of ASCII alone': ascii,
  'JSON with slashes escaped': (secret) => JSON.stringify(secret).replaceAll('/', '\\/'),
  'an address': (secret) => encodeURIComponent(secret),
  'an address, lower case': (secret) =>
    encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  'a form': (secret) => new URLSearchParams({ a: secret }).toString(),
  'colors between its letters': (secret) => colored(secret),
  'colors in JSON': (secret) => JSON.stringify(colored(secret)),
  'JSON with colors between its letters': (secret) => colored(JSON.stringify(secret).slice(1, -1)),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  'base64 after one byte': (secret) => Buffer.from(`:${secret}`).toString('base64'),
  'base64 after two bytes, among others': (secret) => Buffer.from(`u:${secret}:x`).toString('base64'),
  base64url: (secret) => Buffer.from(`user:${secret}`).toString('base64url'),
  'base64 in an address': (secret) => encodeURIComponent(Buffer.from(secret).toString('base64')),
};

/** As a search writes what it has found. */
function colored(text: string): string {
  return Array.from(text).join('\u001b[1;31m');
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const secrets = [
  'zqword',
  'p@ss w0rd+%/="quoted"\\',
  'schlüssel-🔑-ключ',
  'a\tb\nc d',
  '%41\\u0041%%',
  '>>>???~~~',
];

test.each(Object.entries(forms))('a secret is hidden as %s', async (_, form) => {
  for (const secret of secrets) {
    const mask = await maskOf([secret]);
    const written = form(secret);
    for (const [before, after] of [
      ['', ''],
      ['x ', ' y'],
      ['"', '"'],
      ['\\', ''],
      ['"a": "', '", "b": 1'],
      ['é%20', '&b=c'],
    ]) {
      const shown = mask(`${before}${written}${after}`);
      expect(shown).toContain(hidden);
      // The last characters of base64 may depend on what follows.
      expect(shown.length).toBeLessThanOrEqual(`${before}${hidden}${after}`.length + 20);
    }
  }
});

test('what is no secret stays as it is', async () => {
  const mask = await maskOf(['zqword', 'abcdefghij', 'pin', 'aaaab']);
  for (const text of ['', 'zqwor', 'zq word', 'pin', 'a\\nb\\u00e4%20+\\\\', 'aaaaaaaa', 'ABCDEFGHIJ']) {
    expect(mask(text)).toBe(text);
  }
  expect((await maskOf(['', 'abc']))('abc')).toBe('abc');
});

test('secrets that overlap or repeat leave nothing', async () => {
  const mask = await maskOf(['abcdef', 'defghi', 'cdef', 'aaaa']);
  expect(mask('1abcdefghi2')).toBe(`1${hidden}2`);
  expect(mask('aaaaaaa')).toBe(hidden);
  expect(mask('abcdef, defghi; cdef')).toBe(`${hidden}, ${hidden}; ${hidden}`);
});

test('of a secret with several lines, each line is hidden by itself', async () => {
  const mask = await maskOf(['-----BEGIN KEY-----\n  MIIabc123\n==\n-----END KEY-----\n']);
  expect(['-----BEGIN KEY-----', 'key: MIIabc123', '==', 'x'].map((line) => mask(line))).toEqual([
    hidden,
    `key: ${hidden}`,
    '==',
    'x',
  ]);
});

test('a cut text does not end with the beginning of a secret', async () => {
  const secret = 'pä"ß/🔑 longer than most';
  const mask = await maskOf([secret]);
  const writings = [secret, ...Object.values(forms).map((form) => form(secret))];
  for (const written of writings) {
    for (let length = 1; length < written.length; length += 1) {
      const shown = mask(`text ${written.slice(0, length)}`, true);
      const left = shown.replace('text ', '').replace(hidden, '');
      // Fewer than four characters of it may be left, some of them escaped, beside quotes and a name.
      expect(
        left.replace(/(?:\u001b|\\+u001b)\[[\d;]*m?|\\+u[\da-f]{0,4}|%.?.?|[\\"]|a=/gi, '').length,
      ).toBeLessThan(12);
    }
  }
});

test('a cut text does not end with the beginning of a secret and a part of an escape', async () => {
  const mask = await maskOf(['abcdefgh']);
  const escapes = [
    '\\',
    '\\u',
    '\\u0',
    '\\u00',
    '\\u006',
    '\\x',
    '\\x6',
    '%',
    '%6',
    '%C3%',
    '%C3%A',
    '%F0%9F%94%9',
  ];
  for (const end of [...escapes, '\uFFFD', '\uD83D', '']) {
    expect(mask(`x abcd${end}`, true)).toBe(`x ${hidden}${end}`);
    expect(mask(`x abc${end}`, true)).toBe(`x abc${end}`);
    expect(mask(`x abcd${end}`)).toBe(`x abcd${end}`);
  }
  for (const end of [
    'z',
    '\\u006z',
    '\\ux',
    '\\xz',
    '%z',
    '%41',
    '%41%4',
    '%4z%4',
    '%C3%A4',
    '%C3%A4%A4%A4%A',
    'é',
  ]) {
    expect(mask(`x abcd${end}`, true)).toBe(`x abcd${end}`);
  }
});

test('a secret is hidden without the blanks around it, and of two ways to write it each', async () => {
  const mask = await maskOf([' zqword ', 'abc/d e']);
  expect(mask('azqwordb')).toBe(`a${hidden}b`);
  expect(mask('zq\\u0077ord, zqword, zq%77ord')).toBe(`${hidden}, ${hidden}, ${hidden}`);
  expect(mask('x abc\\/d%20e y')).toBe(`x ${hidden} y`);
  const other = await maskOf(['zq%41', 'zqword']);
  expect(other('zq\\u0077ord zq%41')).toBe(`${hidden} ${hidden}`);
});

test('any secret in any text is hidden', async () => {
  const texts = fc.string({ unit: 'binary', maxLength: 20 });
  const wellFormed = fc.string({ unit: 'grapheme', minLength: 4, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(wellFormed, { minLength: 1, maxLength: 5 }),
      texts,
      texts,
      async (all, before, after) => {
        const mask = await maskOf(all);
        for (const secret of all) {
          expect(mask(before + secret + after).includes(secret) && !hidden.includes(secret)).toBe(false);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a line is masked before it is cut, in its message, its fields and what Meltano says', async () => {
  const mask = await maskOf(['zqword', '987654']);
  const long = parseOutputLine(`${'x'.repeat(64 * 1024 - 3)}zqword${'y'.repeat(1000)}`, mask);
  expect(long.message.slice(-60)).not.toContain('zq');
  const cut = parseOutputLine('zqword '.repeat(200_000), mask);
  expect(cut.message).not.toContain('zq');
  const field = parseOutputLine(JSON.stringify({ event: 'e', a: `${'x'.repeat(4094)}zqword` }), mask);
  expect(JSON.stringify(field)).not.toContain('zq');
  const line = parseOutputLine(
    JSON.stringify({
      ...{ event: 'has zqword', level: 'error', name: 'tap-zqword', stdio: 'stderr', pin: 987654, zqword: 1 },
      exception: [{ exc_value: 'zqword', frames: [{ locals: { 'zqword-1': 'azqwordb' } }] }],
      _logger: '<Logger a.zqword (INFO)>',
    }),
    mask,
  );
  expect(line).toMatchObject({ message: `has ${hidden}`, plugin: 'tap-zqword', fields: { pin: hidden } });
  expect(JSON.stringify([line.message, line.fields])).not.toContain('zqword');
});

test("a secret that is a word of Meltano's does not hide what happened", async () => {
  const mask = await maskOf([
    'Block',
    'completed',
    'true',
    'ExtractLoadBlocks',
    'success',
    'dev:tap-a-to-target-b',
    'zqword',
  ]);
  const said = {
    event: 'Block run completed',
    level: 'error',
    set_number: 0,
    block_type: 'ExtractLoadBlocks',
  };
  const line = parseOutputLine(JSON.stringify({ ...said, success: false, err: 'bad zqword' }), mask);
  expect(line.message).toBe(`${hidden} run ${hidden}`);
  expect(line.meltanoEvent).toMatchObject({
    ...{ kind: 'BLOCK_COMPLETED', blockType: 'EXTRACT_LOAD', success: false, error: `bad ${hidden}` },
  });
});

test('many secrets and long lines take time in proportion to the text', async () => {
  const many = Array.from({ length: 2000 }, (_, i) => `secret-${i}-${'a'.repeat(80)}`);
  const mask = await maskOf([...many, 'a'.repeat(30_000) + 'b']);
  const lines = ['a', 'secret-', '\\u0061', '%61', '\\\\', '\\%5C', 'x y+'].map((part) =>
    part.repeat(Math.ceil(1_048_576 / part.length)),
  );
  for (const line of lines) {
    parseOutputLine(line, mask);
    const start = performance.now();
    parseOutputLine(line, mask);
    const took = performance.now() - start;
    // Most take 50 ms. What grows with the square of the length takes minutes.
    expect(took).toBeLessThan(20_000);
  }
});
