import { childEnvironment } from './environment.ts';
import { startMeltano } from './process.ts';
import type { Outcome, RawLine } from './process.ts';
import { prepareRunDirectory } from './run-directory.ts';
import type { RunDirectory } from './run-directory.ts';
import type { CommonOptions, ReceivedLine } from './run-meltano.ts';
import { failedPreparation } from './start-failure.ts';

/** A command of Meltano other than `run` and `install`, in progress. */
export interface Task<Result> {
  /** As for `MeltanoRun`. */
  pid: number | null;
  stop(options?: { graceMs?: number }): Promise<Outcome & Result>;
  /** Never rejects. All lines were delivered before it resolves. */
  outcome: Promise<Outcome & Result>;
}

interface TaskOptions<Result> {
  commandLine: (databaseUri: string) => string[];
  prepare?: (directory: RunDirectory) => Promise<void>;
  /** Makes a line of the log of what was written; null when it belongs to none. */
  read: (line: RawLine) => ReceivedLine | null;
  /** What came of it, once the process has ended. Must not throw. */
  result: (outcome: Outcome, directory: RunDirectory) => Result | Promise<Result>;
  /** What came of it when it could not be started. */
  nothing: Result;
}

/** Starts a command of Meltano in a private directory. */
export async function startTask<Result extends object>(
  options: CommonOptions,
  task: TaskOptions<Result>,
): Promise<Task<Result>> {
  const startedAt = new Date();
  const { projectDirectory, runDirectory, executable, onFault } = options;
  try {
    const directory = await prepareRunDirectory({ projectDirectory, runDirectory });
    await task.prepare?.(directory);
    const process = startMeltano({
      executable,
      args: task.commandLine(directory.databaseUri),
      cwd: projectDirectory,
      env: childEnvironment({ ...options, purpose: 'RUN', directory }),
      ...(onFault === undefined ? {} : { onFault }),
      parse: task.read,
      onLines: (lines) => options.onLines(lines.filter((line) => line !== null)),
    });
    const outcome = process.outcome.then(async (facts) => ({
      ...facts,
      ...(await task.result(facts, directory)),
    }));
    return {
      pid: process.pid,
      outcome,
      stop: async (stopOptions) => {
        await process.stop(stopOptions);
        return outcome;
      },
    };
  } catch (error) {
    const outcome = { ...failedPreparation(error, startedAt), ...task.nothing };
    return { pid: null, outcome: Promise.resolve(outcome), stop: () => Promise.resolve(outcome) };
  }
}
