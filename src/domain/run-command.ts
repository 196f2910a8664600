import type { Run } from '../store/index.ts';
import type { Services } from './services.ts';
import { submitRun, type RunOptions } from './submit-run.ts';

export interface RunCommandInput extends RunOptions {
  /** Id or path of the environment. */
  environment: string;
  /** Blocks, separated by blanks, as after `meltano run`. */
  command: string;
}

/**
 * Starts a run of a list of blocks, which is checked against the project's plugins before.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function runCommand(services: Services, input: RunCommandInput): Promise<Run> {
  const place = { type: 'Environment', text: input.environment, path: ['input', 'environment'] } as const;
  return submitRun(services, { mutation: 'runCommand', input, place }, () => ({
    kind: 'RUN',
    names: input.command.split(/\s+/).filter((name) => name !== ''),
    path: 'command',
  }));
}
