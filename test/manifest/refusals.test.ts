import { describe, expect, test } from 'vitest';
import { problems, projectOf } from './kit.ts';
import { refusals } from './refusals.ts';

describe('a project is refused, with every line that is wrong, for', () => {
  test.each(refusals)('$title', async ({ content, problems: expected }) => {
    const found = await problems(await projectOf({ 'meltano.yml': content }));
    expect(found).toHaveLength(expected.length);
    for (const [index, problem] of expected.entries()) {
      const line = found[index] ?? '';
      const isWhole = problem.endsWith('.');
      expect(isWhole ? line : line.slice(0, `meltano.yml:${problem}`.length)).toBe(`meltano.yml:${problem}`);
    }
  });

  test('a directory that is not there, and one without the file', async () => {
    expect(await problems('/nowhere/at/all')).toEqual([
      'meltano.yml:1: `meltano.yml` cannot be read: it does not exist.',
    ]);
    expect(await problems(await projectOf({ 'other.yml': '' }))).toEqual([
      'meltano.yml:1: `meltano.yml` cannot be read: it does not exist.',
    ]);
  });

  test('a file that is too large, and one that is not text', async () => {
    const large = await projectOf({ 'meltano.yml': `# ${'x'.repeat(5_000_000)}\njobs: []\n` });
    expect(await problems(large)).toEqual([
      'meltano.yml:1: `meltano.yml` has 5000012 bytes; the limit is 5000000. Split it.',
    ]);
    const binary = await projectOf({ 'meltano.yml': new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe]) });
    expect(await problems(binary)).toEqual([
      'meltano.yml:1: `meltano.yml` is not UTF-8 text; save it as UTF-8.',
    ]);
  });

  test('several mistakes of several kinds, all at once', async () => {
    const content = [
      'environments:',
      '- name: dev',
      '  stage: 1',
      'jobs:',
      '- {name: a, tasks: b c}',
      'schedules:',
      '- {name: s, interval: "@daily", job: a}',
      '- {name: t, interval: "@daily", job: gone}',
      'plugins:',
      '  taps: []',
      '',
    ].join('\n');
    const found = await problems(await projectOf({ 'meltano.yml': content }));
    expect(found.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      ...['meltano.yml:3', 'meltano.yml:5', 'meltano.yml:8', 'meltano.yml:10'],
    ]);
  });
});
