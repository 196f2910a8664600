import { InputCheck, InvalidInput } from '../errors.ts';
import type { Run } from '../store/index.ts';
import type { Place } from '../store/place.ts';
import type { Rules } from './carry-out.ts';
import type { Variable } from './environment-variables.ts';
import { checkTests, pluginsIn, testsOf } from './plugin-tests.ts';
import type { Services } from './services.ts';
import { submitRun, type RunSubject, type Submission } from './submit-run.ts';

export interface RunTestsInput extends Rules {
  /** Id or path of the environment; or else of the job. */
  environment?: string | null | undefined;
  job?: string | null | undefined;
  /** Names of tests; all that there are when absent. */
  tests?: readonly string[] | null | undefined;
  env?: readonly Variable[] | null | undefined;
  timeout?: number | null | undefined;
}

/**
 * Starts a run of the tests of plugins, with `meltano test`: those of an environment's project, or of the plugins
 * that a job names.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function runTests(services: Services, input: RunTestsInput): Promise<Run> {
  return submitRun(services, { mutation: 'runTests', input, place: placeOf(input) }, (place) =>
    chooseTests(place, input),
  );
}

function placeOf({ environment, job }: RunTestsInput): Submission['place'] {
  if (environment != null && job == null) {
    return { type: 'Environment', text: environment, path: ['input', 'environment'] };
  }
  if (job != null && environment == null) return { type: 'Job', text: job, path: ['input', 'job'] };
  const message = 'Say either in which `environment` to run tests, or of which `job`.';
  throw new InvalidInput([{ path: ['input', 'environment'], code: 'ONE_OF', message }]);
}

function chooseTests({ job, plugins }: Place, input: RunTestsInput): RunSubject {
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
