import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { isGroupAlive, signalGroup } from '../../src/lib/processes/process-group.ts';
import { runMeltano } from '../../src/runner/run-meltano.ts';
import type { MeltanoRun, ReceivedLine, RunOutcome } from '../../src/runner/run-meltano.ts';
import type { StoredState } from '../../src/runner/states/state-files.ts';
import { meltano } from '../kit/meltano/meltano.ts';

export const fixtureProject = fileURLToPath(new URL('../fixtures/meltano-project', import.meta.url));

/** A directory that goes with the test. A blank in its name: paths of people have them. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'meltano graphql-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
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
  if (pid === null) return;
  onTestFinished(async () => {
    if (!(await isGroupAlive(pid))) return;
    signalGroup(pid, 'SIGKILL');
    throw new Error(`The process group ${pid} outlived its test.`);
  });
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
    executable: meltano ?? 'meltano',
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
