import { execa } from 'execa';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startMeltano } from '../../src/runner/process/process.ts';
import type { MeltanoProcess, RawLine } from '../../src/runner/process/process.ts';
import { groupsOfRun, killStrayRun } from '../../src/runner/process/stray-run.ts';
import { isGroupAlive } from '../../src/lib/processes/process-group.ts';
import { statOf } from '../../src/lib/processes/proc.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { waitFor } from '../kit/wait.ts';
import { temporaryDirectory, watchGroup } from './kit.ts';

const env = { PATH: process.env.PATH ?? '' };

async function start(
  name: string,
  args: string[] = [],
  options: Partial<Parameters<typeof startMeltano<RawLine>>[0]> = {},
): Promise<MeltanoProcess & { lines: RawLine[] }> {
  const lines: RawLine[] = [];
  const child = await startMeltano<RawLine>({
    executable: standIn(name),
    args,
    cwd: '/',
    env,
    parse: (line) => line,
    onLines: (batch) => void lines.push(...batch),
    ...options,
  });
  watchGroup(child.pid);
  return { ...child, lines };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('an exit code is an outcome, and nothing of this environment is inherited', async () => {
  const child = await start('environment.py', ['4'], { env: { ...env, ONLY: 'this' } });
  expect(await child.outcome).toMatchObject({
    ...{ exitCode: 4, signal: null, failedToStart: null, stopRequested: false, forced: false },
  });
  const inherited = JSON.parse(child.lines[0]?.text ?? '') as Record<string, string>;
  expect(inherited).toMatchObject({ ONLY: 'this' });
  expect(process.env).toHaveProperty('VITEST');
  expect(inherited).not.toHaveProperty('VITEST');
});

test('a missing program, a program that may not run and a missing directory are outcomes', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'plain'), '');
  const missing = await start('', [], { executable: '/nowhere/meltano' });
  const forbidden = await start('', [], { executable: join(directory, 'plain') });
  const homeless = await start('environment.py', [], { cwd: join(directory, 'gone') });
  expect(await missing.outcome).toMatchObject({
    exitCode: null,
    failedToStart: { code: 'ENOENT', message: 'meltano was not found: /nowhere/meltano' },
  });
  expect((await forbidden.outcome).failedToStart?.code).toBe('EACCES');
  expect((await homeless.outcome).failedToStart?.message).toContain('The project directory was not found');
  expect([missing.pid, await missing.stop().then((outcome) => outcome.stopRequested)]).toEqual([null, false]);
});

test('a flood arrives whole and in order, in batches of at most 150', async () => {
  const sizes: number[] = [];
  const lines: RawLine[] = [];
  const child = await start('flood.py', ['200000'], {
    onLines: (batch) => {
      sizes.push(batch.length);
      lines.push(...batch);
    },
  });
  expect((await child.outcome).exitCode).toBe(0);
  expect(lines.length).toBe(200_001);
  const numbers = (stream: string) =>
    lines
      .filter((line) => line.stream === stream && line.text !== 'last')
      .map((line) => Number(line.text.slice(5)));
  expect(numbers('STDOUT')).toEqual(Array.from({ length: 100_000 }, (_, index) => 2 * index + 1));
  expect(numbers('STDERR')).toEqual(Array.from({ length: 100_000 }, (_, index) => 2 * index));
  expect(lines.some((line) => line.text === 'last')).toBe(true);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(150);
});

test('a slow reader makes the program wait', async () => {
  let taken = 0;
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const child = await start('flood.py', ['200000'], {
    onLines: async (batch) => {
      taken += batch.length;
      await gate;
    },
  });
  let ended = false;
  void child.outcome.then(() => (ended = true));
  await waitFor('the first batch', () => taken > 0);
  // Long enough for the whole flood, which takes a quarter of a second.
  await sleep(1500);
  expect(ended).toBe(false);
  expect(taken).toBeLessThanOrEqual(150);
  release();
  expect((await child.outcome).exitCode).toBe(0);
  expect(taken).toBe(200_001);
});

test('a reader that fails is told of, and the program still ends', async () => {
  const faults: unknown[] = [];
  const child = await start('flood.py', ['5000'], {
    onLines: () => Promise.reject(new Error('no room')),
    onFault: (error) => faults.push(error),
  });
  expect((await child.outcome).exitCode).toBe(0);
  expect(faults.length).toBeGreaterThan(3);
});

test('bytes that are no text become text, and a line too long is cut', async () => {
  const child = await start('strange-bytes.py');
  await child.outcome;
  const texts = child.lines.map((line) => line.text);
  expect(texts.map((text) => text.slice(0, 12))).toEqual([
    'bad \uFFFD\uFFFD bytes',
    'nul \0 here',
    'x'.repeat(12),
    'grüße €',
  ]);
  expect(texts[2]?.length).toBeLessThan(1024 * 1024 + 50);
  expect(texts[2]).toMatch(/… \[1951424 more bytes\]$/);
});

test('a stop is polite first', async () => {
  const child = await start('', ['600'], { executable: 'sleep' });
  expect(await child.stop()).toMatchObject({
    exitCode: null,
    signal: 'SIGTERM',
    stopRequested: true,
    forced: false,
  });
});

test('a program deaf to the polite signal is killed after the grace', async () => {
  const child = await start('deaf.py');
  await waitFor('the program to be deaf', () => child.lines.length > 0);
  const before = Date.now();
  const outcome = await child.stop({ graceMs: 300 });
  expect(outcome).toMatchObject({ exitCode: null, signal: 'SIGKILL', stopRequested: true, forced: true });
  expect(Date.now() - before).toBeGreaterThanOrEqual(290);
});

test('a second stop may be less patient', async () => {
  const child = await start('deaf.py');
  await waitFor('the program to be deaf', () => child.lines.length > 0);
  void child.stop({ graceMs: 600_000 });
  expect(await child.stop({ graceMs: 50 })).toMatchObject({ signal: 'SIGKILL', forced: true });
});

test('a child left in the group is ended with it', async () => {
  const child = await start('leaves-child.py', ['in-group']);
  expect(await child.outcome).toMatchObject({ exitCode: 3, stopRequested: false, forced: true });
  const left = Number(child.lines[0]?.text.split(' ')[1]);
  await waitFor('the child to end', () => !isAlive(left));
});

test('a child that left the group, and that no mark tells, is ended with it', async () => {
  const child = await start('leaves-child.py', ['escaped']);
  expect(await child.outcome).toMatchObject({ exitCode: 3, stopRequested: false });
  const left = Number(child.lines[0]?.text.split(' ')[1]);
  await waitFor('the child to end', () => !isAlive(left));
});

test.runIf(process.platform === 'linux')(
  'a program whose supervisor is killed is ended, and has no exit code',
  async () => {
    const child = await start('deaf.py');
    await waitFor('the program to be deaf', () => child.lines.length > 0);
    const [, parent] = (await statOf(child.pid ?? 0)).slice(3);
    process.kill(Number(parent), 'SIGKILL');
    expect(await child.outcome).toMatchObject({ exitCode: null, signal: 'SIGKILL', forced: true });
    expect(await isGroupAlive(child.pid ?? 0)).toBe(false);
  },
);

test('a program runs also where no Python is to watch over it', async () => {
  const directory = await temporaryDirectory();
  const script = join(directory, 'alone.sh');
  await writeFile(script, '#!/bin/sh\necho "$ONLY"; exit 4\n', { mode: 0o755 });
  const child = await start('', [], { executable: script, env: { PATH: directory, ONLY: 'this' } });
  expect(await child.outcome).toMatchObject({ exitCode: 4, forced: false });
  expect(child.lines.map(({ text }) => text)).toEqual(['this']);
});

test('a program gets its variables and arguments as they are', async () => {
  const odd = { EMPTY: '', LINES: 'a\nb', SIGNS: `"'$x\\ ü€😀`, LC_ALL: 'C' };
  const child = await start('environment.py', ['0'], { env: { ...env, ...odd, MELTANO_RUN_ID: 'odd' } });
  await child.outcome;
  const seen = JSON.parse(child.lines[0]?.text ?? '') as Record<string, string>;
  expect(seen).toMatchObject({ ...odd, MELTANO_RUN_ID: 'odd' });
  expect(Object.keys(seen).filter((name) => name.startsWith('MELTANO_GRAPHQL'))).toEqual([]);
});

test('what a supervisor watches over is found by the run, also without a mark, and ended', async () => {
  const child = await start('leaves-child.py', ['forgetful'], { env: { ...env, MELTANO_RUN_ID: 'three' } });
  await waitFor('the child', () => child.lines.length > 0);
  const left = Number(child.lines[0]?.text.split(' ')[1]);
  // As when its gateway has forgotten it: the run is ended from elsewhere.
  expect(await killStrayRun({ runId: 'three', graceMs: 100 })).not.toBe('NOT_FOUND');
  expect(isAlive(left)).toBe(false);
  expect(await child.outcome).toMatchObject({ exitCode: null, signal: 'SIGTERM', stopRequested: false });
});

test('what is left of a run is found by its mark and killed', async () => {
  const child = await start('deaf.py', [], { env: { ...env, MELTANO_RUN_ID: 'one' } });
  await waitFor('the program to be deaf', () => child.lines.length > 0);
  const pid = child.pid ?? 0;
  expect(await killStrayRun({ runId: 'other', graceMs: 100 })).toBe('NOT_FOUND');
  expect(isAlive(pid)).toBe(true);
  expect(await killStrayRun({ runId: 'one', graceMs: 100 })).toBe('KILLED');
  expect(await child.outcome).toMatchObject({ signal: 'SIGKILL', stopRequested: false });
  expect(await killStrayRun({ runId: 'one', graceMs: 100 })).toBe('NOT_FOUND');
});

test('what a copy of a store has started of the same run is left alone', async () => {
  const mine = { MELTANO_RUN_ID: 'both', MELTANO_GRAPHQL_STORE: 'mine' };
  const [own, other] = await Promise.all(
    [mine, { ...mine, MELTANO_GRAPHQL_STORE: 'a copy' }].map((marks) =>
      start('deaf.py', [], { env: { ...env, ...marks } }),
    ),
  );
  if (!own || !other) throw new Error('They were not started.');
  await waitFor('the programs to be deaf', () => own.lines.length > 0 && other.lines.length > 0);
  expect(await killStrayRun({ runId: 'both', store: 'another', graceMs: 100 })).toBe('NOT_FOUND');
  expect(await killStrayRun({ runId: 'both', store: 'mine', graceMs: 100 })).toBe('KILLED');
  expect(await own.outcome).toMatchObject({ signal: 'SIGKILL' });
  expect(isAlive(other.pid ?? 0)).toBe(true);
  // Its end looks for what it has left, too.
  await other.stop({ graceMs: 100 });
});

test('a process that just then starts another program is found', async () => {
  const child = await start('starts-again.sh', [], { env: { ...env, MELTANO_RUN_ID: 'again' } });
  for (let look = 0; look < 100; look += 1) expect(await groupsOfRun('again')).toEqual([child.pid]);
  expect(await killStrayRun({ runId: 'again' })).toBe('ENDED');
});

test('a run whose leader is gone is found by its children', async () => {
  // Started by another program, as after a crash: nothing here cleans up after it.
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'out'));
  const file = join(directory, 'out', 'pid');
  const script = `MELTANO_RUN_ID=two setsid sh -c 'echo $$ > "${file}.new"; mv "${file}.new" "${file}"; sleep 600 & exit 0'`;
  await execa('sh', ['-c', script], { stdio: 'ignore' });
  await waitFor('the pid', () =>
    readFile(file).then(
      () => true,
      () => false,
    ),
  );
  const pid = Number(await readFile(file, 'utf8'));
  watchGroup(pid);
  await waitFor('the leader to end', () => !isAlive(pid));
  expect(await killStrayRun({ runId: 'two' })).toBe('ENDED');
});
