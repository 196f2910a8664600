// npm run mutate -- <files or folders below src>: says which changes of the program no test notices. See the README.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { home } from '../kit/set-up/home.ts';
import { fittingTests, isFolder, nearest } from './fitting-tests.ts';
import { keyOf, type Mutant } from './mutant-key.js';
import { printResults, resultsIn, type Results } from './sample-results.ts';
import { mutantsOf, sampleOf } from './sample.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tests: { type: 'string' }, sample: { type: 'string' }, seed: { type: 'string' } },
});
if (positionals.length === 0) throw new Error('Say which files or folders below src are to be mutated.');

const artifacts = 'test/.artifacts/mutate';

if (values.sample === undefined) {
  const files = positionals.map((path) => (isFolder(path) ? `${path}/**/*.ts` : path));
  const tests = values.tests?.split(',') ?? [...new Set(positionals.map(nearest))];
  process.exitCode = await stryker(files, tests, {});
} else {
  await testSample(Number(values.sample), Number(values.seed ?? Date.now() % 1_000_000));
}

/** Tests some mutants of all files, chosen at random, each by the tests that fit its file. */
async function testSample(count: number, seed: number): Promise<void> {
  const files = positionals.flatMap((path) => (isFolder(path) ? filesBelow(path) : [path]));
  const all = await mutantsOf(files);
  const sample = sampleOf(all, count, seed);
  console.log(`${sample.length} of ${all.length} mutants in ${files.length} files, by the seed ${seed}.`);
  mkdirSync(artifacts, { recursive: true });
  const results: Results = [];
  for (const [tests, mutants] of byTests(sample)) {
    const listed = join(artifacts, 'sample.json');
    writeFileSync(listed, JSON.stringify(mutants.map(keyOf)));
    const report = join(artifacts, 'part.json');
    writeFileSync(report, '{"files": {}}');
    const changed = [...new Set(mutants.map(fileOf))];
    await stryker(changed, tests.split(','), { MUTATE_SAMPLE: listed, MUTATE_REPORT: report });
    const found = resultsIn(report, new Set(mutants.map(keyOf)));
    results.push(...found);
    const missing = mutants.length - found.length;
    if (missing > 0) {
      console.error(`${missing} mutants could not be tested by ${tests}.`);
      process.exitCode = 1;
    }
    writeFileSync(join(artifacts, `sample-${seed}.json`), JSON.stringify(results, null, 1));
  }
  printResults(results);
}

function filesBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();
}

function fileOf(mutant: Mutant): string {
  return keyOf(mutant).split(' ')[0] ?? '';
}

function byTests(sample: readonly Mutant[]): Map<string, Mutant[]> {
  const found = new Map<string, Mutant[]>();
  for (const mutant of sample) {
    const tests = values.tests ?? fittingTests(fileOf(mutant)).join();
    found.set(tests, [...(found.get(tests) ?? []), mutant]);
  }
  return found;
}

/** Has Stryker change files. @returns its exit code */
function stryker(
  files: readonly string[],
  tests: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const child = spawn('npx', ['stryker', 'run', 'test/mutate/stryker.config.js', '--mutate', files.join()], {
    stdio: 'inherit',
    env: {
      // The program is tested in a copy of the repository, which has nothing of what tests keep from one run to the next.
      MELTANO_GRAPHQL_HOME: home,
      ...process.env,
      // The embedded database alone.
      TEST_DATABASE_URL: undefined,
      MUTATE_TESTS: tests.join(),
      ...env,
    },
  });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}
