import { childEnvironment } from './environment.ts';
import { startMeltano } from './process/process.ts';
import type { Outcome, RawLine } from './process/process.ts';
import { prepareRunDirectory } from './run-directory.ts';
import type { RunDirectory } from './run-directory.ts';
import type { CommonOptions, ReceivedLine } from './run-meltano.ts';
import { failedPreparation } from './process/start-failure.ts';

/** A command of Meltano that is running, other than `run` and `install`. */
export interface Task<Result> {
  /** As in `MeltanoRun`. */
  pid: number | null;
  stop(options?: { graceMs?: number }): Promise<Outcome & Result>;
  /** Never rejects. All lines are delivered before it resolves. */
  outcome: Promise<Outcome & Result>;
}

interface TaskOptions<Result> {
  commandLine: (databaseUri: string) => string[];
  prepare?: (directory: RunDirectory) => Promise<void>;
  /** Makes a log line of an output line; null when it does not belong into the log. */
  read: (line: RawLine) => ReceivedLine | null;
  /** Computes the result after the process has ended. It must not throw. */
  result: (outcome: Outcome, directory: RunDirectory) => Result | Promise<Result>;
  /** The result when the process could not be started. */
  nothing: Result;
}

/** Starts a command of Meltano in a private directory. */
export async function startTask<Result extends object>(
  options: CommonOptions,
  task: TaskOptions<Result>,
): Promise<Task<Result>> {
  const startedAt = new Date();
  const { projectDirectory, runDirectory, executable, onFault, onExit } = options;
  try {
    const directory = await prepareRunDirectory({ projectDirectory, runDirectory });
    await task.prepare?.(directory);
    const process = await startMeltano({
      executable,
      args: task.commandLine(directory.databaseUri),
      cwd: projectDirectory,
      env: childEnvironment({ ...options, purpose: 'RUN', directory }),
      ...(onFault === undefined ? {} : { onFault }),
      ...(onExit === undefined ? {} : { onExit }),
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
