import type { Run } from '../../store/index.ts';
import type { Gateway } from '../gateway.ts';
import { submitRun, type RunOptions } from './submit-run.ts';

export interface RunCommandInput extends RunOptions {
  /** Id or path of the environment. */
  environment: string;
  /** Blocks, separated by blanks, as after `meltano run`. */
  command: string;
}

/**
 * Starts a run of a list of blocks. The list is checked against the project's plugins first.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function runCommand(gateway: Gateway, input: RunCommandInput): Promise<Run> {
  const context = { type: 'Environment', text: input.environment, at: ['input', 'environment'] } as const;
  return submitRun(gateway, { mutation: 'runCommand', input, context }, () => ({
    kind: 'RUN',
    names: input.command.split(/\s+/).filter((name) => name !== ''),
    path: 'command',
  }));
}
