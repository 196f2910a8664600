import { expect, test } from 'vitest';
import { boundedBy } from '../../../src/runner/output/bounded.ts';

test('a text is masked before it is cut, in its head alone', () => {
  const calls: [number, boolean | undefined][] = [];
  const mask = (text: string, isCut?: boolean): string => {
    calls.push([text.length, isCut]);
    return text.replaceAll('secret', '-');
  };
  expect(boundedBy(mask, true)('secret\0', 10)).toBe('-\0');
  expect(boundedBy(mask, false)('secret\0', 10)).toBe('-\uFFFD');
  expect(boundedBy(mask, true)('secret12345678secret', 10)).toBe('-12345678-');
  expect(boundedBy(mask, true)('secret12345678secret9', 10)).toBe('-12345678-… [1 more characters]');
  expect(calls).toEqual([
    ...[7, 7].map((length) => [length, false]),
    ...[
      [20, false],
      [20, true],
    ],
  ]);
});
