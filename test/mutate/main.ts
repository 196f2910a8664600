// npm run mutate -- <files or folders below src> [--tests <the same below test, with commas>]: says which changes of the program no
// test notices.
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { home } from '../kit/set-up/home.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tests: { type: 'string' } },
});
if (positionals.length === 0) throw new Error('Say which files or folders below src are to be mutated.');

// The program is tested in a copy of the repository, which must find what the tests keep from one run to the next.
process.env.MELTANO_GRAPHQL_HOME ??= home;
// The embedded database alone.
delete process.env.TEST_DATABASE_URL;
process.env.MUTATE_TESTS = values.tests ?? [...new Set(positionals.map(testsOf))].join(',');

const artifacts = 'test/.artifacts/mutate';

await new Stryker({
  mutate: positionals.map((path) => (isFolder(path) ? `${path}/**/*.ts` : path)),
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
}).runMutationTest();

/** The folder of the tests of a file or a folder: that of the same name, or the nearest above it. */
function testsOf(path: string): string {
  const tests = path.replace(/^src\b/, 'test');
  return isFolder(tests) ? tests : testsOf(dirname(path));
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
