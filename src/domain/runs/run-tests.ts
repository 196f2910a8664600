import { InputCheck, InvalidInput } from '../../errors.ts';
import type { Run } from '../../store/index.ts';
import type { RunContext } from '../../store/runs/run-context.ts';
import type { Rules } from '../rules/apply-rules.ts';
import type { Variable } from '../definitions/environment-variables.ts';
import { checkTests, pluginsIn, testsOf } from '../definitions/plugin-tests.ts';
import type { Gateway } from '../gateway.ts';
import { submitRun, type WhatToRun, type Submission } from './submit-run.ts';

export interface RunTestsInput extends Rules {
  /** Id or path. Exactly one of `environment` and `job` is given. */
  environment?: string | null | undefined;
  job?: string | null | undefined;
  /** Names of tests. When absent, all tests. */
  tests?: readonly string[] | null | undefined;
  env?: readonly Variable[] | null | undefined;
  timeoutSeconds?: number | null | undefined;
}

/**
 * Starts a run of tests with `meltano test`: those of all plugins of an environment's project, or those of
 * the plugins that a job names.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function runTests(gateway: Gateway, input: RunTestsInput): Promise<Run> {
  return submitRun(gateway, { mutation: 'runTests', input, context: contextOf(input) }, (context) =>
    chooseTests(context, input),
  );
}

function contextOf({ environment, job }: RunTestsInput): Submission['context'] {
  if (environment != null && job == null) {
    return { type: 'Environment', text: environment, at: ['input', 'environment'] };
  }
  if (job != null && environment == null) return { type: 'Job', text: job, at: ['input', 'job'] };
  const message = 'Say either in which `environment` to run tests, or of which `job`.';
  throw new InvalidInput([{ path: ['input', 'environment'], code: 'ONE_OF', message }]);
}

function chooseTests({ job, plugins }: RunContext, input: RunTestsInput): WhatToRun {
  const check = new InputCheck();
  const here = new Set(job ? pluginsIn(job.tasks, plugins) : plugins);
  const known = testsOf(plugins).filter(({ plugin }) => here.has(plugin));
  const names = [...new Set(input.tests ?? known.map(({ name }) => name))];
  checkTests(check, input.tests ?? [], known, (i) => `tests.${i}`);
  if (names.length === 0) {
    const whose = job
      ? 'Of the plugins in the tasks of the job, none'
      : 'Of the plugins of the project, none';
    check.add(
      'tests',
      'NO_TESTS',
      input.tests == null
        ? `${whose} has a command whose name begins with \`test\`.`
        : 'The list is empty: name at least one test, or leave `tests` out to run all.',
    );
  }
  return { kind: 'TEST', names, path: 'tests', check };
}
