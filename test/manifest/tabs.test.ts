import { describe, expect, test } from 'vitest';
import { newReading } from '../../src/manifest/reading.ts';
import { parseYaml } from '../../src/manifest/yaml/yaml-text.ts';
import { read } from './kit.ts';
import { loosenedTabs, refusedTabs, takenTabs } from './tabs.ts';

function parse(text: string) {
  const reading = newReading();
  const value = parseYaml(reading, 'meltano.yml', text);
  return { value, errors: reading.errors };
}

/** The line of the first tab. */
const lineOf = (text: string): number => text.slice(0, text.indexOf('\t')).split('\n').length;

describe('a tab', () => {
  test.each(takenTabs)('is taken where Meltano takes it: %j', (text, value) => {
    expect(parse(text)).toEqual({ value, errors: [] });
  });

  test.each(loosenedTabs)('is refused in place of the blanks that YAML wants: %j', (text) => {
    const { value, errors } = parse(text);
    expect(value).toBeUndefined();
    expect(errors).not.toEqual([]);
  });

  test.each(refusedTabs)('is refused with its line: %j', (text) => {
    const { value, errors } = parse(text);
    expect(value).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
    expect(errors[0]?.line).toBe(lineOf(text));
  });

  test('is told about once, with what to do', () => {
    const { errors } = parse('a: 1 \t# c\nb:\t2\n');
    expect(errors).toEqual([
      { file: 'meltano.yml', line: 1, message: expect.stringMatching(/tab.*write blanks\.$/) as string },
    ]);
  });

  test.each([
    ['a: |2\n   x\n  \t\n', null],
    ['a: |2\n   x\n \t\n', 3],
    ['a: |-\n\n  x\n\n  \ty\n \n', null],
    ['a: |\n\n \t\n  x\n', null],
    ['a: |\r\n  x\r\n\t\r\n', 3],
    ['a:\n- >\n   x\n   \t\n- |\n  y\n \t\n', 7],
  ])('in a block of text is taken behind its indentation: %j', (text, line) => {
    expect(parse(text).errors.map((error) => error.line)).toEqual(line === null ? [] : [line]);
  });

  test('makes a project that cannot be read', async () => {
    await expect(read('jobs:\t[]\n')).rejects.toThrow(/^meltano\.yml:1: Meltano takes no tab here/);
  });
});
