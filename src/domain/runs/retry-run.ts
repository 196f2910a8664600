import { Conflict, InputCheck, InvalidInput, WrongStatus } from '../../errors.ts';
import type { Run } from '../../store/index.ts';
import type { RunContext, RepeatedRun } from '../../store/runs/run-context.ts';
import type { Rules } from '../rules/apply-rules.ts';
import { checkExtractor } from './discover-streams.ts';
import { checkPluginsToInstall } from './install-plugins.ts';
import type { RetryPolicyInput } from '../definitions/retry-policy.ts';
import { checkTests, testsOf } from '../definitions/plugin-tests.ts';
import { hasEnded } from '../../store/runs/run-status.ts';
import type { Gateway } from '../gateway.ts';
import type { Vault } from '../../lib/vault/vault.ts';
import { variablesForRetry } from './kept-variables.ts';
import { scheduleIdInLeaseKey } from '../../store/leases/lease-keys.ts';
import { submitRun, type OfSchedule, type RunOptions, type WhatToRun } from './submit-run.ts';
import { checkPluginOfRun } from './run-of-plugin.ts';
import { checkTestedPlugin } from './test-plugin.ts';

export interface RetryRunInput extends Rules {
  /** Id of the run, or path of a job for the job's newest run. */
  run: string;
  /** Whether to start with the block that failed, instead of the first one. */
  fromFailedBlock?: boolean | null | undefined;
}

const at = ['input', 'run'];

/**
 * Repeats a run that has ended and has not succeeded. The new run has the old run's command and options, even
 * if the job was changed since. They are checked against the current plugins.
 *
 * @returns the new run, QUEUED
 * @throws NotFound, InvalidInput, WrongStatus; Conflict when the run's environment or job was deleted
 */
export async function retryRun(gateway: Gateway, input: RetryRunInput): Promise<Run> {
  return submitRun(
    gateway,
    { mutation: 'retryRun', input, context: { type: 'Run', text: input.run, at } },
    (context) => whatToRepeat(gateway.vault, context, input.fromFailedBlock ?? false),
  );
}

function whatToRepeat(vault: Vault, context: RunContext, fromFailedBlock: boolean): WhatToRun {
  // The context of a run always contains the run.
  const run = context.run as RepeatedRun;
  const { kind, command, blocks } = run;
  refuseService(run);
  refuseStatus(run);
  refuseGone(run, context);
  if (fromFailedBlock) refusePartOfPair(run);
  const names = (fromFailedBlock ? commandFromFailure(run, blocks) : command).split(' ');
  const env = variablesForRetry(vault, run, at);
  const check = new InputCheck();
  if (kind === 'INSTALL') checkPluginsToInstall(check, names, context.plugins);
  if (kind === 'TEST') checkTests(check, names, testsOf(context.plugins), () => 'run');
  if (kind === 'PLUGIN_TEST') checkPluginOfRun(check, command, context.plugins, checkTestedPlugin);
  if (kind === 'DISCOVER') checkPluginOfRun(check, command, context.plugins, checkExtractor);
  return {
    kind,
    names,
    path: 'run',
    check,
    options: { ...optionsOf(run), env: env.map((one) => ({ ...one, value: one.value ?? '' })) },
    ...(run.scheduleId === null && run.ownStateId === null ? {} : { schedule: { ...ofSchedule(run), env } }),
  };
}

function ofSchedule(run: RepeatedRun): Omit<OfSchedule, 'env'> {
  const { scheduleId, scheduledFor, ownStateId, transform, leaseKeys } = run;
  return {
    scheduleId,
    scheduledFor: scheduledFor === null ? null : new Date(scheduledFor),
    ownStateId,
    transform,
    isAlone: leaseKeys.some((key) => scheduleIdInLeaseKey(key) !== null),
  };
}

function refusePartOfPair({ ownStateId }: RepeatedRun): void {
  if (ownStateId === null) return;
  const message = 'The run of an extract-load schedule is one command of Meltano; retry the whole of it.';
  throw new InvalidInput([{ path: ['input', 'fromFailedBlock'], code: 'NOT_RETRYABLE', message }]);
}

function refuseService({ kind }: RepeatedRun): void {
  if (kind !== 'SERVICE') return;
  const message = 'The run was a start of a service; start the service again with startService.';
  throw new InvalidInput([{ path: at, code: 'NOT_RETRYABLE', message }]);
}

function refuseStatus({ status }: RepeatedRun): void {
  if (!hasEnded(status)) {
    throw new WrongStatus(
      `The run is ${status}; only a run that has ended can be retried. Wait until it ends, or cancel it.`,
      { run: status },
      at,
    );
  }
  if (status === 'SUCCEEDED') {
    throw new WrongStatus(
      'The run succeeded, so there is nothing to retry; start another with runJob, or with the verb that started it.',
      { run: status },
      at,
    );
  }
}

function refuseGone({ kind, gone }: RepeatedRun, { environment }: RunContext): void {
  // After an environment was purged, its runs do not name it any more.
  const missing = gone ?? (environment === null && kind !== 'INSTALL' ? 'environment' : null);
  if (missing === null) return;
  throw new Conflict(
    `The ${missing} of the run was deleted, so the run cannot be retried${missing === 'job' ? '; start its command with runCommand' : ''}.`,
    at,
  );
}

/** The blocks from the failed one on: the blocks after it never started. */
function commandFromFailure({ status }: RepeatedRun, blocks: RepeatedRun['blocks']): string {
  if (!blocks.some((block) => block.status === 'FAILED')) {
    throw new WrongStatus(
      `The run ended as ${status} without a block that FAILED; retry the whole of it, without fromFailedBlock.`,
      { run: status },
      at,
    );
  }
  const first = blocks.findIndex((block) => block.status !== 'SUCCEEDED');
  return blocks
    .slice(first)
    .map((block) => block.command)
    .join(' ');
}

function optionsOf(run: RepeatedRun): RunOptions {
  const { fullRefresh, refreshCatalog, noStateUpdate, stateIdSuffix, stateStrategy } = run;
  const { timeoutSeconds, expiresAfterSeconds, labels, priority } = run;
  const retryPolicy = run.retryPolicy as RetryPolicyInput | null;
  return {
    fullRefresh,
    refreshCatalog,
    noStateUpdate,
    stateIdSuffix,
    stateStrategy,
    timeoutSeconds,
    expiresAfterSeconds,
    labels,
    priority,
    retryPolicy,
  };
}
