import { Linter } from 'eslint';
import { expect, test } from 'vitest';
import { linearPatterns } from '../.ci/eslint/linear-patterns.js';

const complaintsAbout = (code: string): string[] => {
  const plugins = { meltano: { rules: { 'linear-patterns': linearPatterns } } };
  const rules = { 'meltano/linear-patterns': 'error' } as const;
  return new Linter().verify(code, [{ plugins, rules }]).map(({ message }) => message);
};

test.each([
  ['nested loops', '/^(?:a+)+$/'],
  ['two loops that share letters', String.raw`/^.*\w+Warning: /`],
  ['a loop at the start that may begin anywhere', String.raw`/\w+X/`],
  ['such a loop after a letter that it takes, too', String.raw`/x\w+X/`],
  ['such a loop of several letters', '/ab(?:ab)*c/'],
  ['a rest of a line that must end', '/: .*$/'],
  ['a text in quotes that may stay open', String.raw`/"((?:[^"\\]|\\.)*)"/g`],
  ['an address with a scheme of any length', String.raw`/([a-z][a-z0-9+.-]*:\/\/)[^\s/]+@/gi`],
  ['a metric that begins many times', String.raw`/(?:^|\s)METRIC: (\{.*\})\s*$/s`],
])('the lint step refuses a pattern with %s', (_what, pattern) => {
  expect(complaintsAbout(`text.replace(${pattern}, '')`)).toEqual([
    expect.stringMatching(/^On some texts this pattern takes .+ time/),
  ]);
});

test.each([
  String.raw`/^\w+X/`,
  String.raw`/\wX/`,
  String.raw`/Logger (\S+) \(/`,
  String.raw`/"((?:[^"\\]+|\\.)*)"?/g`,
  String.raw`/permission denied[^\n]*/`,
])('the lint step accepts %s', (pattern) => {
  expect(complaintsAbout(`text.replace(${pattern}, '')`)).toEqual([]);
});

test.each(['new RegExp(text)', 'RegExp(text, flags)'])('the lint step refuses %s', (code) => {
  expect(complaintsAbout(code)).toEqual([expect.stringContaining('Write it as a literal')]);
});
