import type { Gateway } from '../domain/gateway.ts';
import type { Store } from '../store/index.ts';
import type { GitTrees } from '../runner/git/git-trees.ts';
import type { Environment } from '../runner/environment.ts';
import type { Beats } from './membership/beats.ts';
import type { ServedProjects } from './membership/served-projects.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { Persist } from './persist.ts';

/** What a worker needs to execute runs. */
export interface Execution {
  store: Store;
  gateway: Gateway;
  /** Name of this worker: `host/uuid`. */
  workerId: string;
  /** The projects whose files it has. */
  served: ServedProjects;
  /** Reports that it and its runs are alive. */
  beats: Beats;
  /** The repositories of projects on this machine. */
  trees: GitTrees;
  /** The `meltano` to run: a path, or a name on the PATH. */
  meltano: string;
  /** The directory that contains one directory for each run. */
  runsDirectory: string;
  /** The directory where discovered catalogs are kept between runs. */
  catalogsDirectory: string;
  /** The source of the variables that runs may inherit. */
  baseEnv: Environment;
  /** Names of further variables to inherit. A `*` at the end matches any rest. */
  passEnv: readonly string[];
  persist: Persist;
  /** Absent when nothing is traced. */
  tracing?: Tracing | null;
  /** Time between asking a process to end and killing it, in milliseconds. */
  graceMs: number;
}

/** How often a worker reports that it and its runs are alive, in milliseconds. */
export const heartbeatMs = 5000;

/**
 * A run is LOST when its worker has not reported that it is alive for this time, in milliseconds, by the
 * database's clock.
 */
export const leaseMs = 48_000;

/**
 * When a worker could not report that it is alive for this time, it stops its run by itself, in milliseconds.
 * It then kills the run within `lostGraceMs`. Both together are shorter than `leaseMs`. So the run no longer
 * writes to its target when another worker declares it LOST and the next run starts.
 */
export const silenceMs = 30_000;
export const lostGraceMs = 10_000;

/** How long a worker that must end tries to record the ends of its runs after their processes were killed, in milliseconds. */
export const recordMs = 5000;
