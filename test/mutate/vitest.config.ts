import { defineConfig } from 'vitest/config';
import { quickSuite } from '../vitest.config.ts';

const { resolve, test } = quickSuite({ name: 'mutate', order: 0, include: '', serverUrl: null });

const tests = (process.env.MUTATE_TESTS ?? '').split(',');

/** The quick tests of some files and folders, on the embedded database. */
export default defineConfig({
  resolve,
  test: {
    ...test,
    include: tests.map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`)),
    globalSetup: 'test/kit/set-up/databases.ts',
    // What a module computes when it is loaded may be changed, too, so it is loaded anew for each change.
    isolate: true,
  },
});
