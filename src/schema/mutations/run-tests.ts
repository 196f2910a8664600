import { runTests } from '../../domain/run-tests.ts';
import { testPlugin } from '../../domain/test-plugin.ts';
import { Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { Run } from '../run.ts';
import { envField, timeoutField } from './run-options.ts';
import { addVerb, inputFields } from './verb.ts';

const success = { field: 'run', node: Run, table: 'Run', description: 'The run, QUEUED.' } as const;

addVerb({
  name: 'runTests',
  description:
    'Starts a run of kind TEST, which runs tests of plugins one after the other (`meltano test`): those that `tests` of the environment or of the job lists. Answers at once with the run, QUEUED. It succeeds when all tests do; otherwise `errorMessage` names those that failed, and what they wrote is in the log. It has no blocks, and waits for no other run. Meltano resolves all plugins of the project for it, and asks its Hub about those that have no definition in the project. A verb of its own since it starts a process.',
  input: inputFields((t) => ({
    environment: t.id({
      description:
        'Id or path (`project/environment`) of the environment, to run the tests of all plugins of its project. Either this or `job`.',
    }),
    job: t.id({
      description:
        'Id or path (`project/environment/job`) of a job, to run the tests of the plugins that its tasks name. Either this or `environment`.',
    }),
    tests: t.stringList({
      description: 'Names of tests, `<plugin>:<command>`; all that there are when absent.',
    }),
    env: envField(t),
    timeout: timeoutField(t),
  })),
  success,
  refusals: [NotFound, InvalidInput, Conflict],
  verb: runTests,
  hasOwnRules: true,
});

addVerb({
  name: 'testPlugin',
  description:
    'Starts a run of kind PLUGIN_TEST, which tries the configuration that an extractor or a loader has in an environment (`meltano config test`), and answers at once with the run, QUEUED. **The test of a loader WRITES to the real destination**: a stream `meltano_test_stream` with one record, which makes a table, a collection or a file of that name there and is not removed afterwards. The test of an extractor reads from the real source, and ends it after its first record. Neither reads nor writes state. The run has no blocks and waits for no other run; `errorMessage` says what is wrong. Meltano 4.4.1 ends the test of a loader with exit code 1 even when it passes: the run has then SUCCEEDED with `endReason` EXITED. A verb of its own since it starts a process.',
  input: inputFields((t) => ({
    plugin: t.id({
      required: true,
      description: "Id of an extractor or a loader, or its name in the environment's project.",
    }),
    environment: t.id({
      required: true,
      description: 'Id or path (`project/environment`) of the environment whose configuration is tried.',
    }),
    env: envField(t),
    timeout: timeoutField(t),
  })),
  success,
  refusals: [NotFound, InvalidInput, Conflict],
  verb: testPlugin,
  hasOwnRules: true,
});
