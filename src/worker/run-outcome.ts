import type { DiscoveryOutcome } from '../runner/discover-streams.ts';
import type { InstallOutcome } from '../runner/install-plugins.ts';
import type { Outcome } from '../runner/process/process.ts';
import type { RunOutcome } from '../runner/run-meltano.ts';
import type { TestOutcome } from '../runner/test-plugins.ts';
import type { RunKind } from '../store/index.ts';
import type { RunEnd } from '../store/runs/runs.ts';

/** How a process ended, for any kind of run. */
export type AnyOutcome = RunOutcome | InstallOutcome | TestOutcome | DiscoveryOutcome | Outcome;

/**
 * Why a run is stopped from outside. `TAKEN`: its row no longer belongs to this worker. `SILENCE`: its row cannot be
 * reached.
 */
export type StopReason = 'CANCEL_REQUESTED' | 'TIMEOUT' | 'SHUTDOWN' | 'SILENCE' | 'TAKEN';

/**
 * The columns of a run's row at its end.
 *
 * @param complaint what went wrong according to Meltano; null when it reported nothing
 */
export function endOf(
  kind: RunKind,
  outcome: AnyOutcome,
  stopReason: StopReason | null,
  complaint: string | null,
): RunEnd {
  const { exitCode, signal, failedToStart } = outcome;
  const facts = { exitCode, signal };
  if (failedToStart) {
    return { ...facts, status: 'FAILED', endReason: 'NOT_STARTED', errorMessage: failedToStart.message };
  }
  const unknown = 'unknown' in outcome ? outcome.unknown : 0;
  // A run that completed just before it was stopped has completed. A service never completes, so it is then
  // stopped as requested.
  const obeyed = kind === 'SERVICE' && stopReason !== null;
  const foundNothing = 'discovered' in outcome && outcome.discovered === null;
  if (exitCode === 0 && unknown === 0 && !obeyed && !foundNothing) {
    return { ...facts, status: 'SUCCEEDED', endReason: 'COMPLETED', errorMessage: elsewhere(outcome) };
  }
  if ('passed' in outcome && outcome.passed) {
    const errorMessage =
      'The test has passed. That meltano ended with another exit code than 0 is a fault of its own, at stopping the loader.';
    return { ...facts, status: 'SUCCEEDED', endReason: 'EXITED', errorMessage };
  }
  switch (stopReason) {
    case 'CANCEL_REQUESTED':
      return { ...facts, status: 'CANCELLED', endReason: stopReason, errorMessage: 'The run was cancelled.' };
    case 'SHUTDOWN':
      return {
        ...facts,
        status: 'CANCELLED',
        endReason: stopReason,
        errorMessage: 'The gateway was shut down.',
      };
    case 'TIMEOUT':
      return { ...facts, status: 'TIMED_OUT', endReason: stopReason, errorMessage: 'The run took too long.' };
    case 'SILENCE':
      // It may have ended by itself before.
      if (!outcome.stopRequested) break;
      return {
        ...facts,
        status: 'LOST',
        endReason: 'WORKER_LOST',
        errorMessage:
          'The worker could not reach the database for too long, and stopped the run. Its state is kept.',
      };
    default:
  }
  if (signal !== null) {
    return {
      ...facts,
      status: 'FAILED',
      endReason: 'KILLED',
      errorMessage: `meltano was ended by ${signal}.`,
    };
  }
  const ended = `meltano ended with exit code ${exitCode ?? 'unknown'}.`;
  const said = 'complaint' in outcome ? (outcome.complaint ?? complaint) : complaint;
  const errorMessage =
    unknown > 0
      ? `Meltano does not know ${unknown} of the plugins.`
      : said === null || said === ''
        ? ended
        : said;
  return { ...facts, status: 'FAILED', endReason: 'EXITED', errorMessage };
}

function elsewhere(outcome: AnyOutcome): string | null {
  return 'stateWentElsewhere' in outcome && outcome.stateWentElsewhere
    ? 'The project led the state of this run to another state backend; this gateway has not seen it.'
    : null;
}
