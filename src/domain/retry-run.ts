import { Conflict, InputCheck, InvalidInput, WrongStatus } from '../errors.ts';
import type { Run } from '../store/index.ts';
import type { Place, RepeatedRun } from '../store/place.ts';
import type { Rules } from './carry-out.ts';
import { checkExtractor } from './discover-streams.ts';
import type { StoredVariable } from './environment-variables.ts';
import { checkPluginsToInstall } from './install-plugins.ts';
import { checkTests, testsOf } from './plugin-tests.ts';
import { isFinal } from './run-status.ts';
import type { Services } from './services.ts';
import { submitRun, type RunOptions, type RunSubject } from './submit-run.ts';
import { checkTestedPlugin } from './test-plugin.ts';

export interface RetryRunInput extends Rules {
  /** Id of the run, or path of a job for the job's newest run. */
  run: string;
  /** Whether to leave out the blocks before the first that did not succeed. */
  fromFailedBlock?: boolean | null | undefined;
}

const path = ['input', 'run'];

/**
 * Starts a run with the input of one that has ended and has not succeeded: its own command, not what its job has
 * become since. It is checked against the present plugins.
 *
 * @returns the new run, QUEUED
 * @throws NotFound, InvalidInput, WrongStatus; Conflict when the run's environment or job was deleted
 */
export async function retryRun(services: Services, input: RetryRunInput): Promise<Run> {
  return submitRun(
    services,
    { mutation: 'retryRun', input, place: { type: 'Run', text: input.run, path } },
    (place) => whatToRepeat(place, input.fromFailedBlock ?? false),
  );
}

function whatToRepeat(place: Place, fromFailedBlock: boolean): RunSubject {
  // Always there: the place of a run was asked for.
  const run = place.run as RepeatedRun;
  const { kind, command, blocks } = run;
  refuseService(run);
  refuseStatus(run);
  refuseGone(run, place);
  const names = (fromFailedBlock ? commandFromFailure(run, blocks) : command).split(' ');
  const check = new InputCheck();
  if (kind === 'INSTALL') checkPluginsToInstall(check, names, place.plugins, () => 'run');
  if (kind === 'TEST') checkTests(check, names, testsOf(place.plugins), () => 'run');
  if (kind === 'PLUGIN_TEST') checkTestedPlugin(check, command, place.plugins, 'run');
  if (kind === 'DISCOVER') checkExtractor(check, command, place.plugins, 'run');
  return { kind, names, path: 'run', check, options: optionsOf(run) };
}

function refuseService({ kind }: RepeatedRun): void {
  if (kind !== 'SERVICE') return;
  const message = 'The run was a start of a service; start the service again with startService.';
  throw new InvalidInput([{ path, code: 'NOT_RETRYABLE', message }]);
}

function refuseStatus({ status }: RepeatedRun): void {
  if (!isFinal(status)) {
    throw new WrongStatus(
      `The run is ${status}; only a run that has ended can be retried. Wait until it ends, or cancel it.`,
      status,
      path,
    );
  }
  if (status === 'SUCCEEDED') {
    throw new WrongStatus(
      'The run succeeded, so there is nothing to retry; start another with runJob, or with the verb that started it.',
      status,
      path,
    );
  }
}

function refuseGone({ kind, gone }: RepeatedRun, { environment }: Place): void {
  // An environment that was purged is not even known by its deletion.
  const missing = gone ?? (environment === null && kind !== 'INSTALL' ? 'environment' : null);
  if (missing === null) return;
  throw new Conflict(
    `The ${missing} of the run was deleted, so the run cannot be retried${missing === 'job' ? '; start its command with runCommand' : ''}.`,
    path,
  );
}

/** The blocks from the first on that did not succeed, which is the one that failed: those after it never began. */
function commandFromFailure({ status }: RepeatedRun, blocks: RepeatedRun['blocks']): string {
  if (!blocks.some((block) => block.status === 'FAILED')) {
    throw new WrongStatus(
      `The run ended as ${status} without a block that FAILED; retry the whole of it, without fromFailedBlock.`,
      status,
      path,
    );
  }
  const first = blocks.findIndex((block) => block.status !== 'SUCCEEDED');
  return blocks
    .slice(first)
    .map((block) => block.command)
    .join(' ');
}

function optionsOf(run: RepeatedRun): RunOptions {
  const { fullRefresh, refreshCatalog, noStateUpdate, stateIdSuffix, stateStrategy, timeoutSeconds } = run;
  return {
    ...{ fullRefresh, refreshCatalog, noStateUpdate, stateIdSuffix, stateStrategy },
    env: run.env as unknown as StoredVariable[],
    timeout: timeoutSeconds,
  };
}
