import type { DiscoveryOutcome } from '../runner/discover-streams.ts';
import type { InstallOutcome } from '../runner/install-plugins.ts';
import type { Outcome } from '../runner/process.ts';
import type { RunOutcome } from '../runner/run-meltano.ts';
import type { TestOutcome } from '../runner/test-plugins.ts';
import type { RunKind } from '../store/index.ts';
import type { RunEnd } from '../store/run.ts';

/** How a process ended, of whatever kind. */
export type AnyOutcome = RunOutcome | InstallOutcome | TestOutcome | DiscoveryOutcome | Outcome;

/** Why a run is stopped from outside. `TAKEN`: its row is no longer this worker's, or out of its reach. */
export type StopReason = 'CANCEL_REQUESTED' | 'TIMEOUT' | 'SHUTDOWN' | 'TAKEN';

/**
 * What the row of a run says at its end.
 *
 * @param complaint what Meltano said went wrong; null when it said nothing
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
  // A run that was asked to stop and had just completed has completed. A service has nothing to complete: it obeys.
  const obeyed = kind === 'SERVICE' && stopReason !== null;
  const isVain = 'discovered' in outcome && outcome.discovered === null;
  if (exitCode === 0 && unknown === 0 && !obeyed && !isVain) {
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
