import { defineConfig } from 'vitest/config';
import { quickSuite } from '../vitest.config.ts';

const { resolve, test } = quickSuite({ name: 'mutate', order: 0, include: '', serverUrl: null });

const tests = (process.env.MUTATE_TESTS ?? '').split(',');

const isSlow = tests.some((path) => path.endsWith('.slow.test.ts'));

/** The tests of some files, and the quick ones of some folders, on the embedded database. */
export default defineConfig({
  resolve,
  test: {
    ...test,
    include: tests.map((path) => (path.endsWith('.ts') ? path : `${path}/**/!(*.slow).test.ts`)),
    // They may start programs.
    ...(isSlow ? { exclude: [], setupFiles: ['test/kit/set-up/seed.ts'] } : {}),
    globalSetup: ['test/kit/set-up/databases.ts', ...(isSlow ? ['test/kit/set-up/slow.ts'] : [])],
    // What a module computes when it is loaded may be changed, too, so it is loaded anew for each change.
    isolate: true,
    // Stryker has threads, which cannot be given flags of Node's.
    execArgv: [],
  },
});
