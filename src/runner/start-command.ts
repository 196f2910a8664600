import { childEnvironment } from './environment.ts';
import type { Outcome, RawLine } from './process.ts';
import { startMeltano } from './process.ts';
import { prepareRunDirectory } from './run-directory.ts';
import type { RunDirectory } from './run-directory.ts';
import type { CommonOptions, ReceivedLine } from './run-meltano.ts';
import { failedPreparation } from './start-failure.ts';

/** What differs between the commands of Meltano that run plugins without state. */
interface Command {
  commandLine: (databaseUri: string) => string[];
  prepare?: (directory: RunDirectory) => Promise<void>;
  parse: (line: RawLine) => ReceivedLine;
}

/** A command in progress. */
export interface RunningCommand<Ending extends Outcome = Outcome> {
  /** As for `MeltanoRun`. */
  pid: number | null;
  stop(options?: { graceMs?: number }): Promise<Ending>;
  /** Never rejects. All lines were delivered before it resolves. */
  outcome: Promise<Ending>;
}

/**
 * Starts a command of Meltano in a private directory.
 *
 * @param endingOf what its end means
 */
export async function startCommand<Ending extends Outcome>(
  options: CommonOptions,
  command: Command,
  endingOf: (outcome: Outcome) => Ending,
): Promise<RunningCommand<Ending>> {
  const startedAt = new Date();
  const { projectDirectory, runDirectory, executable, onFault } = options;
  try {
    const directory = await prepareRunDirectory({ projectDirectory, runDirectory });
    await command.prepare?.(directory);
    const process = startMeltano({
      executable,
      args: command.commandLine(directory.databaseUri),
      cwd: projectDirectory,
      env: childEnvironment({ ...options, purpose: 'RUN', directory }),
      ...(onFault === undefined ? {} : { onFault }),
      parse: (line) => command.parse(line),
      onLines: (lines) => options.onLines(lines),
    });
    const outcome = process.outcome.then(endingOf);
    return {
      pid: process.pid,
      outcome,
      stop: async (stopOptions) => {
        await process.stop(stopOptions);
        return outcome;
      },
    };
  } catch (error) {
    const outcome = Promise.resolve(endingOf(failedPreparation(error, startedAt)));
    return { pid: null, outcome, stop: () => outcome };
  }
}
