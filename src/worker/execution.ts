import type { Services } from '../domain/services.ts';
import type { Environment } from '../runner/environment.ts';

/** What a worker needs to execute runs. */
export interface Execution {
  services: Services;
  /** Name of this worker: `host/uuid`. */
  workerId: string;
  /** The `meltano` to run: a path, or a name to be found on the PATH. */
  meltano: string;
  /** Where each run gets a directory of its own. */
  runsDirectory: string;
  /** Where discovered catalogs are kept between runs. */
  catalogsDirectory: string;
  /** Where the variables that runs may inherit come from. */
  baseEnv: Environment;
  /** Names of further variables to inherit; a `*` at the end stands for any rest. */
  passEnv: readonly string[];
  /** Time between asking a process to end and killing it, in milliseconds. */
  graceMs: number;
}

/** How often a worker gives a sign of life, in milliseconds. */
export const heartbeatMs = 5000;

/** After so long without a sign of life a run is LOST, in milliseconds. */
export const leaseMs = 60_000;

/**
 * After so long in which it could not give a sign of life, a worker stops a run by itself, in
 * milliseconds; and then it kills within `lostGraceMs`. Both together are shorter than the lease, so that
 * the run has left its target alone when another worker declares it LOST and lets the next one start.
 */
export const silenceMs = 40_000;
export const lostGraceMs = 10_000;
