import { keepCatalogs, restoreCatalogs } from './catalog-cache.ts';
import { runCommandLine } from './command.ts';
import type { MeltanoLogLevel, RunOptions } from './command.ts';
import { childEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { parseLine } from './output.ts';
import type { OutputLine } from './output.ts';
import { startMeltano } from './process.ts';
import type { MeltanoProcess, Outcome } from './process.ts';
import { prepareRunDirectory, runDirectoryAt } from './run-directory.ts';
import { readStates } from './state-files.ts';
import type { StatesOnDisk, StateToWrite, StoredState } from './state-files.ts';
import { failedPreparation } from './start-failure.ts';
import { watchStates } from './watch-states.ts';
import type { StateListener } from './watch-states.ts';

/** A line with the time it was received, for lines that have none of their own. */
export type ReceivedLine = OutputLine & { receivedAt: Date };

/** What a run and an installation have in common. */
export interface CommonOptions {
  /** The `meltano` to run: a path, or a name to be found on the PATH of `baseEnv`. */
  executable: string;
  /** Where `meltano.yml` is. */
  projectDirectory: string;
  /** A path of its own for each run; made here, removed by the caller with `removeRunDirectory`. */
  runDirectory: string;
  /** A UUID. */
  runId: string;
  trigger?: string | null;
  logLevel?: MeltanoLogLevel;
  baseEnv: Environment;
  /** Names to inherit from `baseEnv` besides the usual ones; a `*` at the end stands for any rest. */
  passEnv?: readonly string[];
  /** Variables of this run alone. */
  env?: Environment;
  /** Where discovered catalogs are kept between runs of one project; by default they are not. */
  catalogCacheDirectory?: string;
  /** Takes lines in order, a few at a time; while its promise is pending, Meltano waits to write more. */
  onLines(lines: ReceivedLine[]): void | Promise<void>;
  /** Told when a callback fails, or housekeeping after the run; the run itself goes on. */
  onFault?: (error: unknown) => void;
}

interface RunMeltano extends CommonOptions {
  environment: string;
  blocks: readonly string[];
  options?: RunOptions;
  /** Where the run starts from; states of other ids do no harm. */
  states?: ReadonlyMap<string, StateToWrite>;
  /** Told of each change while the run goes on, and of the last ones before the outcome. */
  onState: StateListener;
}

/** How a run ended, and what it left. */
export interface RunOutcome extends Outcome {
  /** The last whole state of each id, those the run did not touch included. */
  states: Map<string, StoredState>;
  /**
   * Meltano said that it stored state, but not here: the `env:` in `meltano.yml` names another backend, and
   * that overrides what a process is given. The run then also started from that other backend's state.
   */
  stateWentElsewhere: boolean;
}

/** A run in progress. */
export interface MeltanoRun {
  /** Also the id of the process group, for `killStrayRun`; null when it did not start. */
  pid: number | null;
  /** As for `MeltanoProcess`. */
  stop(options?: { graceMs?: number }): Promise<RunOutcome>;
  /** Never rejects. All lines and states were delivered before it resolves. */
  outcome: Promise<RunOutcome>;
}

/**
 * Runs blocks with Meltano in a private directory that holds the given states. Resolves once the process is
 * there; a run that cannot be prepared or started is one whose outcome says so.
 */
export async function runMeltano(run: RunMeltano): Promise<MeltanoRun> {
  const startedAt = new Date();
  try {
    return await start(run);
  } catch (error) {
    const outcome = { ...failedPreparation(error, startedAt), states: new Map(), stateWentElsewhere: false };
    return { pid: null, outcome: Promise.resolve(outcome), stop: () => Promise.resolve(outcome) };
  }
}

/**
 * What a run has left on disk, after an unclean end of this process: kill what is left of the run first
 * (`killStrayRun`), since it may still write.
 */
export async function harvestStates(runDirectory: string): Promise<StatesOnDisk> {
  return readStates(runDirectoryAt(runDirectory).state);
}

async function start(run: RunMeltano): Promise<MeltanoRun> {
  const { onFault = () => undefined } = run;
  const directory = await prepareRunDirectory(run);
  if (run.catalogCacheDirectory !== undefined) {
    await restoreCatalogs(run.catalogCacheDirectory, directory.system);
  }
  const watch = await watchStates(directory.state, run.onState, { onFault });
  let saidStored = false;
  const process = startMeltano({
    executable: run.executable,
    args: runCommandLine({ ...run, databaseUri: directory.databaseUri }),
    cwd: run.projectDirectory,
    env: childEnvironment({ ...run, purpose: 'RUN', directory }),
    onFault,
    parse: parseLine,
    onLines: (lines) => {
      saidStored ||= lines.some((line) => line.milestone?.kind === 'STATE_UPDATED');
      return run.onLines(lines);
    },
  });
  const finish = async (): Promise<RunOutcome> => {
    const outcome = await process.outcome;
    const states = await watch.close();
    if (run.catalogCacheDirectory !== undefined && outcome.exitCode !== null) {
      await keepCatalogs(directory.system, run.catalogCacheDirectory).catch(onFault);
    }
    return { ...outcome, states, stateWentElsewhere: saidStored && !watch.written() };
  };
  return handle(process, finish());
}

function handle(process: MeltanoProcess, outcome: Promise<RunOutcome>): MeltanoRun {
  return {
    pid: process.pid,
    outcome,
    stop: async (options) => {
      await process.stop(options);
      return outcome;
    },
  };
}
