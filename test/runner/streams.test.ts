import { expect, test } from 'vitest';
import { readStreams } from '../../src/runner/streams.ts';

const listed = (...streams: [stream: unknown, property: unknown, selection: unknown][]): string =>
  JSON.stringify({
    enabled_patterns: ['*.*'],
    streams: streams.map(([stream, property, selection]) => ({ stream, property, selection })),
  });

test('properties are gathered by their streams', () => {
  const text = listed(['a', 'x', 'selected'], ['a', 'y.z', 'automatic'], ['b', 'x', 'unsupported']);
  expect(readStreams(text)).toEqual({
    complaint: null,
    discovered: {
      patterns: ['*.*'],
      streams: [
        {
          name: 'a',
          properties: [
            { name: 'x', selection: 'SELECTED' },
            { name: 'y.z', selection: 'AUTOMATIC' },
          ],
        },
        { name: 'b', properties: [{ name: 'x', selection: 'UNSUPPORTED' }] },
      ],
    },
  });
  expect(readStreams(listed()).discovered?.streams).toEqual([]);
});

test.each([
  ['', 'is no list'],
  ['{}', 'is no list'],
  [listed(['a', 'x', 'perhaps']), 'is no list'],
  [listed([7, 'x', 'selected']), 'cannot be stored'],
  [listed(['a', 'NUL \0', 'selected']), 'cannot be stored'],
  [listed(['\uD800', 'x', 'selected']), 'cannot be stored'],
  [listed(['s'.repeat(501), 'x', 'selected']), 'has a name of 501 characters'],
])('%j is refused', (text, complaint) => {
  expect(readStreams(text)).toEqual({
    discovered: null,
    complaint: expect.stringContaining(complaint) as string,
  });
});
