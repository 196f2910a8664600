import { runTests } from '../../domain/runs/run-tests.ts';
import { testPlugin } from '../../domain/runs/test-plugin.ts';
import { Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { Run } from './run.ts';
import { envField, timeoutField } from './run-options.ts';
import { addVerb, inputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const success = { field: 'run', node: Run, table: 'Run', description: 'The run, QUEUED.' } as const;

addVerb({
  name: 'runTests',
  description: [
    'Starts a run of kind TEST, which runs tests of plugins one after the other (`meltano test`). The field `tests` of an environment or a job lists them. The answer comes at once, with the run QUEUED.',
    'The run succeeds when all tests do. Otherwise `errorMessage` names the failed tests, and the log has their output. The run has no blocks and waits for no other run.',
    'For this command Meltano resolves all plugins of the project. It asks its Hub about plugins that have no definition in the project.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    environment: t.id({
      description: `${idOrPath('Environment', 'an environment, to run the tests of all plugins of its project')} Give either this or \`job\`.`,
    }),
    job: t.id({
      description: `${idOrPath('Job', 'a job, to run the tests of the plugins in its tasks')} Give either this or \`environment\`.`,
    }),
    tests: t.stringList({
      maxEntries: 1000,
      description: 'Names of tests, `<plugin>:<command>`. All tests when absent.',
    }),
    env: envField(t),
    timeoutSeconds: timeoutField(t),
  })),
  success,
  refusals: [NotFound, InvalidInput, Conflict],
  verb: runTests,
  hasOwnRules: true,
});

addVerb({
  name: 'testPlugin',
  description: [
    'Starts a run of kind PLUGIN_TEST, which tests the configuration of an extractor or a loader in an environment (`meltano config test`). The answer comes at once, with the run QUEUED.',
    '**The test of a loader WRITES to the real destination.** It sends a stream `meltano_test_stream` with one record. This creates a table, a collection or a file with that name, which is not removed afterwards. The test of an extractor reads from the real source, and stops after the first record. Neither reads nor writes state.',
    'The run has no blocks and waits for no other run. `errorMessage` says what is wrong. Meltano 4.4.1 ends the test of a loader with exit code 1 even when the test passes. The run is then SUCCEEDED, with `endReason` EXITED.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    plugin: t.id({
      required: true,
      description: idOrPath('Plugin', "an extractor or a loader of the environment's project"),
    }),
    environment: t.id({
      required: true,
      description: idOrPath('Environment', 'the environment whose configuration is tested'),
    }),
    env: envField(t),
    timeoutSeconds: timeoutField(t),
  })),
  success,
  refusals: [NotFound, InvalidInput, Conflict],
  verb: testPlugin,
  hasOwnRules: true,
});
