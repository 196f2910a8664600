// npm run mutate -- <files or folders below src> [--tests <the same below test, with commas>]: says which changes of the
// program no test notices.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { home } from '../kit/set-up/home.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tests: { type: 'string' } },
});
if (positionals.length === 0) throw new Error('Say which files or folders below src are to be mutated.');

const files = positionals.map((path) => (isFolder(path) ? `${path}/**/*.ts` : path)).join(',');
spawn('npx', ['stryker', 'run', 'test/mutate/stryker.config.js', '--mutate', files], {
  stdio: 'inherit',
  env: {
    // The program is tested in a copy of the repository, which has nothing of what tests keep from one run to the next.
    MELTANO_GRAPHQL_HOME: home,
    ...process.env,
    // The embedded database alone.
    TEST_DATABASE_URL: undefined,
    MUTATE_TESTS: values.tests ?? [...new Set(positionals.map(testsOf))].join(','),
  },
}).on('exit', (code) => {
  process.exitCode = code ?? 1;
});

/** The folder of the tests of a file or a folder: that of the same name, or the nearest above it. */
function testsOf(path: string): string {
  const tests = path.replace(/^src\b/, 'test');
  return isFolder(tests) ? tests : testsOf(dirname(path));
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
