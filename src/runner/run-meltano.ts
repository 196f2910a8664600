import { keepCatalogs, restoreCatalogs } from './catalog-cache.ts';
import { eltCommandLine, runCommandLine, type EltOptions } from './command.ts';
import type { MeltanoLogLevel, RunOptions } from './command.ts';
import { childEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import type { Mask } from '../lib/text-search/mask.ts';
import { parseLine } from './output/output.ts';
import type { OutputLine } from './output/output.ts';
import { startMeltano } from './process/process.ts';
import type { MeltanoProcess, Outcome } from './process/process.ts';
import { prepareRunDirectory, runDirectoryAt } from './run-directory.ts';
import { readStates } from './states/state-files.ts';
import type { StatesOnDisk, StateToWrite, StoredState } from './states/state-files.ts';
import { failedPreparation } from './process/start-failure.ts';
import { watchStates } from './states/watch-states.ts';
import type { StateListener } from './states/watch-states.ts';

/** A line with the time when it was received, for lines without a time. */
export type ReceivedLine = OutputLine & { receivedAt: Date };

/** The options that runs and installations have in common. */
export interface CommonOptions {
  /** The `meltano` to run: a path, or a name on the PATH of `baseEnv`. */
  executable: string;
  /** The directory with `meltano.yml`. */
  projectDirectory: string;
  /** A separate path for each run. It is made here, and the caller removes it with `removeRunDirectory`. */
  runDirectory: string;
  /** A UUID. */
  runId: string;
  trigger?: string | null;
  /** The time of the tick that the run is for, as text. */
  scheduledFor?: string | null;
  /** Where the run is in a trace, as W3C's `traceparent` says it. */
  traceparent?: string | null;
  /** Name of the worker, which its processes get as a mark. */
  worker?: string;
  /** What tells the store from a copy of it, another mark. */
  store?: string;
  logLevel?: MeltanoLogLevel;
  baseEnv: Environment;
  /** Further names to inherit from `baseEnv`. A `*` at the end matches any rest. */
  passEnv?: readonly string[];
  /** Variables of this run only. */
  env?: Environment;
  /** Where discovered catalogs are kept between the runs of a project. When absent, they are not kept. */
  catalogCacheDirectory?: string;
  /** Where an installation puts the plugins, if not below the project's `.meltano`. */
  pluginsDirectory?: string;
  /** Hides secrets in lines, before anything else sees them. When absent, nothing is hidden. */
  mask?: Mask;
  /**
   * Receives lines in order, in batches. While its promise is pending, Meltano waits before it writes more.
   */
  onLines(lines: ReceivedLine[]): void | Promise<void>;
  /** Called when a process of the run has ended, before its last lines are delivered. */
  onExit?: () => void;
  /** Receives errors of a callback, or of the clean-up after the run. The run itself continues. */
  onFault?: (error: unknown) => void;
}

interface RunMeltano extends CommonOptions {
  environment: string;
  blocks: readonly string[];
  options?: RunOptions;
  /** For the run of an extract-load schedule: `meltano elt` runs its two blocks. */
  elt?: EltOptions | null;
  /** The states that the run starts from. States of other ids do no harm. */
  states?: ReadonlyMap<string, StateToWrite>;
  /** Receives each change of a state during the run. The last changes come before the outcome. */
  onState: StateListener;
}

/** How a run ended, and the states that it left. */
export interface RunOutcome extends Outcome {
  /** The last complete state of each id, also of those that the run did not change. */
  states: Map<string, StoredState>;
  /**
   * Meltano reported that it stored state, but not here: the `env:` in `meltano.yml` names another backend,
   * and that overrides the environment of the process. The run also started from the state of that backend.
   */
  stateWentElsewhere: boolean;
}

/** A run in progress. */
export interface MeltanoRun {
  /** Also the id of the process group, for `killStrayRun`. Null when it did not start. */
  pid: number | null;
  /** As in `MeltanoProcess`. */
  stop(options?: { graceMs?: number }): Promise<RunOutcome>;
  /** Never rejects. All lines and states are delivered before it resolves. */
  outcome: Promise<RunOutcome>;
}

/**
 * Runs blocks with Meltano in a private directory with the given states. Resolves when the process exists.
 * When a run cannot be prepared or started, its outcome says so.
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
 * The states that a run has left on disk, after this process did not end normally. First kill what remains of
 * the run (`killStrayRun`), because it may still write.
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
  const process = await startMeltano({
    executable: run.executable,
    args: run.elt
      ? eltCommandLine({ ...run, elt: run.elt, databaseUri: directory.databaseUri })
      : runCommandLine({ ...run, databaseUri: directory.databaseUri }),
    cwd: run.projectDirectory,
    env: childEnvironment({ ...run, purpose: 'RUN', directory }),
    onFault,
    ...(run.onExit === undefined ? {} : { onExit: run.onExit }),
    parse: (raw) => parseLine(raw, run.mask),
    onLines: (lines) => {
      saidStored ||= lines.some((line) => line.meltanoEvent?.kind === 'STATE_UPDATED');
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
