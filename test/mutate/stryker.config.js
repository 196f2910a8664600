import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner', './test/mutate/sample-checker.js'],
  checkers: process.env.MUTATE_SAMPLE === undefined ? [] : ['sample'],
  vitest: { configFile: 'test/mutate/vitest.config.ts' },
  // For each change the tests that come by it.
  coverageAnalysis: 'perTest',
  concurrency: Number(process.env.MUTATE_CONCURRENCY ?? availableParallelism()),
  // A loop without an end is known by its count; a test that is slow on a busy machine has noticed nothing.
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 60,
  disableTypeChecks: false,
  reporters: process.env.MUTATE_SAMPLE === undefined ? ['clear-text', 'json'] : ['json'],
  clearTextReporter: { logTests: false, reportTests: false, allowEmojis: false },
  // Modules have values that are made once.
  warnings: { slow: false },
  jsonReporter: { fileName: process.env.MUTATE_REPORT ?? 'test/.artifacts/mutate/report.json' },
  // Elsewhere: what reads all files below `test/` would find the copies of the repository, too.
  tempDirName: join(tmpdir(), 'meltano-graphql-mutate'),
  ignorePatterns: ['dist', '.meltano-graphql', 'test/.artifacts'],
};
