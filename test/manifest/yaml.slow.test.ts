import { describe, expect, test } from 'vitest';
import { newReading } from '../../src/manifest/reading.ts';
import { openDocument, rootOf } from '../../src/manifest/yaml/document.ts';
import { setKey } from '../../src/manifest/yaml/edit-tree.ts';
import { textOfDocument } from '../../src/manifest/yaml/document-text.ts';
import { parseYaml } from '../../src/manifest/yaml/yaml-text.ts';
import { scalars } from './scalars.ts';

function parse(text: string) {
  const reading = newReading();
  const value = parseYaml(reading, 'x.yml', text);
  const say = ({ line, message }: { line: number; message: string }) => `${line}: ${message}`;
  return { value, errors: reading.errors.map(say), warnings: reading.warnings.map(say) };
}

describe('a scalar', () => {
  test.each(scalars)('%s is what Meltano reads', (source, expected) => {
    expect(parse(`k: ${source}\n`)).toEqual({ value: { k: expected }, errors: [], warnings: [] });
  });

  test.each([
    ['12345678901234567890', '12345678901234567890'],
    ['-0x7fffffffffffffffff', '-2361183241434822606847'],
    ['.inf', '.inf'],
    ['9'.repeat(4_000), '9'.repeat(4_000)],
    ['1e999', 'Infinity'],
  ])('that no JavaScript number can hold is kept as text, with a warning', (source, expected) => {
    const { value, warnings } = parse(`a: 1\nk: ${source}\n`);
    expect(value).toEqual({ a: 1, k: expected });
    expect(warnings).toEqual([expect.stringContaining('2: The number ')]);
  });

  test('means more in a document that asks for YAML 1.1', () => {
    const { value } = parse('%YAML 1.1\n---\na: yes\nb: Off\nc: 017\nd: "yes"\n');
    expect(value).toEqual({ a: true, b: false, c: 15, d: 'yes' });
  });

  test('with a tag that Meltano does not know is read without it, with a warning', () => {
    const { value, warnings } = parse('a: !reference [x, y]\nb: !secret 5\nc: !!str 5\nd: !!int "5"\n');
    expect(value).toEqual({ a: ['x', 'y'], b: 5, c: '5', d: 5 });
    expect(warnings).toEqual([
      '1: The tag means nothing to Meltano, and the value is read as if it had none; put text in quotes that begins with `!`.',
      '2: The tag means nothing to Meltano, and the value is read as if it had none; put text in quotes that begins with `!`.',
    ]);
  });
});

describe('an alias', () => {
  test('stands for the last anchor of its name before it', () => {
    const { value } = parse('a: &x {n: &y 1}\nb: *x\nc: &y 2\nd: [*x, *y]\ne: &x 3\nf: *x\n');
    expect(value).toEqual({ a: { n: 1 }, b: { n: 1 }, c: 2, d: [{ n: 1 }, 2], e: 3, f: 3 });
  });

  test('in `<<` gives keys that are not there already, the first of several winning', () => {
    const text =
      'a: &a {p: 1, q: 2}\nb: &b {q: 9, r: 5}\nc: {z: 0, <<: [*a, *b], q: 7}\nd: {"<<": *a}\ne: {<<: {s: 1}}\n';
    expect(parse(text).value).toMatchObject({
      c: { z: 0, p: 1, q: 7, r: 5 },
      d: { '<<': { p: 1, q: 2 } },
      e: { s: 1 },
    });
  });

  test('to the value that it is in is refused', () => {
    const { errors } = parse('a: &a\n  b:\n  - *a\n');
    expect(errors).toEqual(['3: The alias `*a` stands inside the value that it stands for.']);
  });
});

describe('a text that would take too long or too much is refused at once', () => {
  const levels = Array.from(
    'bcdefghij',
    (name, index) => `${name}: &${name} [${`*${'abcdefghi'.charAt(index)}, `.repeat(9)}]`,
  );
  const merges = Array.from(
    { length: 400 },
    (_, i) => `k${i}: &k${i} {${i > 0 ? `<<: *k${i - 1}, ` : ''}a${i}: 1}`,
  );

  test.each([
    [
      'nested aliases',
      `a: &a [${'x, '.repeat(9)}]\n${levels.join('\n')}\n`,
      'The file stands for more than 250000 values',
    ],
    ['a chain of merges', merges.join('\n'), 'The file stands for '],
    ['brackets in brackets', '['.repeat(1_000_000), 'The values are nested deeper than 100 levels'],
    ['lists in lists', '- '.repeat(1_000_000), 'The values are nested deeper than 100 levels'],
    ['very many words', '- a\n'.repeat(1_000_000), 'The file has more than 500000 words and signs'],
  ])('%s', (_, text, problem) => {
    const { value, errors } = parse(text);
    expect(value).toBeUndefined();
    expect(errors).toEqual([expect.stringContaining(problem)]);
  });
});

describe('a key', () => {
  test('may be called like something of JavaScript', () => {
    const { value } = parse('__proto__: {a: 1}\nconstructor: b\ntoString: c\n');
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', 'b'],
      ['toString', 'c'],
    ]);
  });

  test('has to be text', () => {
    expect(parse('[a]: b\n').errors).toEqual(['1: A key has to be plain text.']);
  });
});

test('a null character is refused wherever it is', () => {
  expect(parse('a: 1\nb: "x\\0"\n').errors).toEqual(['2: The text holds a null character; remove it.']);
  expect(parse('a: 1\n"\\0": x\n').errors).toEqual(['2: The text holds a null character; remove it.']);
});

test('lines are counted the same with the line ends of Windows, and a byte order mark is no part of a key', () => {
  expect(parse('\uFEFFa: 1\r\nb: 2\r\nb: 3\r\n').errors).toEqual([
    '3: The key `b` is here twice, first on line 2; keep one of them.',
  ]);
  expect(parse('\uFEFFa: 1\r\n').value).toEqual({ a: 1 });
});

test('a byte order mark in a value that is written stays in it', () => {
  for (const value of ['\uFEFF', 'a\uFEFFb', ['\uFEFF'], { '\uFEFF': '\uFEFFa' }]) {
    const document = openDocument('version: 1\n');
    setKey(rootOf(document), 'key', value);
    expect(parse(textOfDocument(document)).value).toEqual({ version: 1, key: value });
  }
});

test.each(['? a\nb: 1\n', '{a, b: 1}\n', '? a\n? b\n', '? a\n: 1\n', 'a: {x, y: 1}\n', '?\nb: 1\n'])(
  'a key without a value stays when the text is changed: %j',
  (text) => {
    const document = openDocument(text);
    setKey(rootOf(document), 'key', 'x');
    expect(parse(textOfDocument(document)).value).toEqual({ ...(parse(text).value as object), key: 'x' });
  },
);
