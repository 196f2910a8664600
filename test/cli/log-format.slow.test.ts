import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Built } from '../kit/built.ts';
import { copySnapshotTo } from '../kit/database.ts';
import { startGateway } from '../kit/gateway.ts';
import { sharedBuild } from '../kit/shared-build.ts';

let built: Built;
let place: string;
beforeAll(async () => {
  [built, place] = await Promise.all([sharedBuild(), mkdtemp(join(tmpdir(), 'meltano-graphql-log-'))]);
  await copySnapshotTo(join(place, 'data/store'));
});
afterAll(() => rm(place, { recursive: true }));

const serving = (...args: string[]): string[] => [
  ...[process.execPath, built.main, '--port', '0', '--data-directory', place],
  ...['--meltano', '/nonexistent/meltano', ...args],
];

const record = 'runs will fail';

async function logOf(...args: string[]): Promise<string> {
  const gateway = await startGateway({ command: serving(...args) });
  return (await gateway.stop()).stderr;
}

/** The log of a gateway whose output goes to a terminal: `script` makes one, and writes what is said to its own output. */
async function logOnTerminal(...args: string[]): Promise<string> {
  // It is stopped as soon as it has said what is looked for.
  const command = serving(...args)
    .map((part) => `'${part}'`)
    .join(' ');
  const process = execa('script', ['-qfec', command, '/dev/null'], { reject: false, stdin: 'ignore' });
  let said = '';
  process.stdout.on('data', (text: Buffer) => {
    said += String(text);
    if (said.includes(record) && said.includes('is ready')) process.kill('SIGTERM');
  });
  await process;
  return said;
}

test('the log is JSON for programs, and lines for people where they are asked for or on a terminal', async () => {
  const lines = (await logOf()).trim().split('\n');
  const records = lines.map((line) => JSON.parse(line) as { msg: string });
  expect(records.map(({ msg }) => msg).join()).toContain(record);
  expect(await logOf('--log-format', 'pretty')).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: runs will fail: .*$/m);
  const onTerminal = await logOnTerminal();
  expect(onTerminal).toMatch(/WARN.*: .*runs will fail/);
  expect(onTerminal).not.toContain('"msg"');
  expect(await logOnTerminal('--log-format', 'json')).toContain('"msg":"runs will fail');
});
