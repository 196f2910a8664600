import { availableParallelism } from 'node:os';

const artifacts = 'test/.artifacts/mutate';

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutate/vitest.config.ts' },
  // For each change the tests that come by it.
  coverageAnalysis: 'perTest',
  concurrency: availableParallelism(),
  // A loop without an end is known by its count; a test that is slow on a busy machine has noticed nothing.
  timeoutMS: 60_000,
  disableTypeChecks: false,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { logTests: false, reportTests: false, allowEmojis: false },
  jsonReporter: { fileName: `${artifacts}/report.json` },
  tempDirName: `${artifacts}/sandbox`,
  ignorePatterns: ['dist', '.meltano-graphql', artifacts],
};
