import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { isGroupAlive, signalGroup } from '../../src/runner/process-group.ts';
import { runMeltano } from '../../src/runner/run-meltano.ts';
import type { MeltanoRun, ReceivedLine, RunOutcome } from '../../src/runner/run-meltano.ts';
import type { StoredState } from '../../src/runner/state-files.ts';

/** The real Meltano that these tests run, or null when the variable is missing. */
export const realMeltano = process.env.MELTANO_GRAPHQL_TEST_MELTANO ?? null;
if (realMeltano === null) {
  console.warn(
    'SKIPPED: tests of the real Meltano. Set MELTANO_GRAPHQL_TEST_MELTANO to its path to run them.',
  );
}

export const fixtureProject = fileURLToPath(new URL('../fixtures/meltano-project', import.meta.url));

export function standIn(name: string): string {
  return fileURLToPath(new URL(`../fixtures/stand-ins/${name}`, import.meta.url));
}

const directories: string[] = [];
const groups: number[] = [];

afterEach(async () => {
  const left = [];
  for (const group of groups.splice(0)) {
    if (!(await isGroupAlive(group))) continue;
    left.push(group);
    signalGroup(group, 'SIGKILL');
  }
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`Process groups outlived their test: ${left.join(', ')}`);
});

/** A directory that goes with the test. A blank in its name: paths of people have them. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'meltano graphql-'));
  directories.push(directory);
  return directory;
}

/** A copy of the fixture project. */
export async function temporaryProject(): Promise<string> {
  const project = join(await temporaryDirectory(), 'project');
  await cp(fixtureProject, project, { recursive: true });
  return project;
}

/** The test fails if the group of this process is alive at its end. */
export function watchGroup(pid: number | null): void {
  if (pid !== null) groups.push(pid);
}

/** Waits for a condition, at most 20 seconds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
    await sleep(10);
  }
}

/** A run of the real Meltano and what it has delivered so far. */
export interface RecordedRun extends MeltanoRun {
  lines: ReceivedLine[];
  changes: { stateId: string; state: StoredState }[];
  runDirectory: string;
  runId: string;
}

/** Starts the real Meltano on a copy of the fixture project, or on the one given. */
export async function startReal(
  blocks: string[],
  options: Partial<Parameters<typeof runMeltano>[0]> = {},
): Promise<RecordedRun> {
  const lines: ReceivedLine[] = [];
  const changes: RecordedRun['changes'] = [];
  const runId = randomUUID();
  const runDirectory = join(await temporaryDirectory(), 'run');
  const run = await runMeltano({
    executable: realMeltano ?? 'meltano',
    projectDirectory: options.projectDirectory ?? (await temporaryProject()),
    runDirectory,
    runId,
    environment: 'dev',
    blocks,
    baseEnv: process.env,
    onLines: (batch) => void lines.push(...batch),
    onState: (stateId, state) => void changes.push({ stateId, state }),
    onFault: (error) => {
      throw error;
    },
    ...options,
  });
  watchGroup(run.pid);
  return { ...run, lines, changes, runDirectory, runId };
}

/** Runs the real Meltano to its end. */
export async function runReal(
  blocks: string[],
  options: Partial<Parameters<typeof runMeltano>[0]> = {},
): Promise<RecordedRun & { ended: RunOutcome }> {
  const run = await startReal(blocks, options);
  return { ...run, ended: await run.outcome };
}
