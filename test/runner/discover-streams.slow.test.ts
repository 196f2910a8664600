import { join } from 'node:path';
import { expect, test } from 'vitest';
import { discoverStreams, type DiscoveryOutcome } from '../../src/runner/discover-streams.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { temporaryDirectory, temporaryProject } from './kit.ts';

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
