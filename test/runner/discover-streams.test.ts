import { join } from 'node:path';
import { expect, test } from 'vitest';
import { discoverStreams, type DiscoveryOutcome } from '../../src/runner/discover-streams.ts';
import { readStreams } from '../../src/runner/streams.ts';
import { standIn } from '../kit/stand-in.ts';
import { temporaryDirectory, temporaryProject } from './kit.ts';

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

async function discover(length: number): Promise<{ outcome: DiscoveryOutcome; lines: number }> {
  let lines = 0;
  const task = await discoverStreams({
    executable: standIn('long-list.py'),
    projectDirectory: await temporaryProject(),
    runDirectory: join(await temporaryDirectory(), 'run'),
    runId: '00000000-0000-4000-8000-000000000003',
    environment: 'dev',
    extractor: 'tap-numbers',
    refreshCatalog: false,
    baseEnv: process.env,
    env: { LENGTH: String(length) },
    onLines: (batch) => void (lines += batch.length),
  });
  return { outcome: await task.outcome, lines };
}

test('a list of nearly 5,000,000 characters is read, without its indentation, and a longer one is not', async () => {
  const long = await discover(4_999_000);
  expect(long.lines).toBe(0);
  expect(long.outcome.discovered?.streams[0]?.properties.length).toBeGreaterThan(80_000);
  const longer = await discover(5_001_000);
  expect(longer.outcome).toMatchObject({
    ...{ exitCode: 0, discovered: null },
    complaint: expect.stringContaining('5000000 are allowed') as string,
  });
});
