import { defineConfig } from 'vitest/config';
import { LongestFirst } from './kit/set-up/longest-first.ts';

const root = new URL('..', import.meta.url).pathname;

// Vite would take graphql's `module` build while Node gives every package the other one, and two copies
// of graphql refuse each other's types.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };

/** Files that start programs, such as the real Meltano, or that take long. All others are quick: together they take less than a minute. */
const slow = 'test/**/*.slow.test.ts';

/** Settles what arbitrary values are drawn from. */
const drawing = 'test/kit/set-up/seed.ts';

/** Files about what only a server can do. */
const onlyOnServer = 'test/**/*.server{,.slow}.test.ts';

const server = process.env.TEST_DATABASE_URL;

/** The embedded database's code is compiled once, not a second time to be faster. New objects have more room. */
const cheapNode = ['--liftoff-only', '--max-semi-space-size=64'];

interface Suite {
  name: string;
  /** Place among the suites, which run one after the other. */
  order: number;
  include: string;
  serverUrl: string | null;
}

export function quickSuite(suite: Suite) {
  return suiteOf(suite, [slow], { setupFiles: [drawing, 'test/kit/set-up/quick.ts'] });
}

function slowSuite(suite: Suite) {
  // More than the two cores: for a part of their time they wait for programs that they started.
  return suiteOf(suite, [], { globalSetup: 'test/kit/set-up/slow.ts', setupFiles: [drawing], maxWorkers: 4 });
}

function suiteOf({ name, order, include, serverUrl }: Suite, exclude: string[], more: object) {
  // Without any server, the suites of the embedded database have these files and skip what is in them.
  const runsElsewhere = server !== undefined && serverUrl === null;
  return {
    resolve,
    test: {
      root,
      name,
      include: [include],
      exclude: [...exclude, ...(runsElsewhere ? [onlyOnServer] : [])],
      provide: { serverUrl },
      // Longer than anything takes on a busy machine: no test is about how soon.
      testTimeout: 300_000,
      hookTimeout: 300_000,
      expect: { poll: { timeout: 120_000 } },
      pool: 'forks' as const,
      execArgv: cheapNode,
      // One process runs many files, so that it loads the program once, and compiles the embedded database once.
      isolate: false,
      sequence: { groupOrder: order },
      ...more,
    },
  };
}

/** Everything runs on the embedded database. What speaks to a store runs on a server, too, if there is one. */
export default defineConfig({
  test: {
    root,
    globalSetup: ['test/kit/set-up/temporary-files.ts', 'test/kit/set-up/databases.ts'],
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      quickSuite({ name: 'embedded', order: 0, include: 'test/**/*.test.ts', serverUrl: null }),
      slowSuite({ name: 'embedded-slow', order: 1, include: slow, serverUrl: null }),
      ...(server === undefined
        ? []
        : [
            quickSuite({ name: 'server', order: 2, include: 'test/api/**/*.test.ts', serverUrl: server }),
            slowSuite({
              name: 'server-slow',
              order: 3,
              include: 'test/{api,fuzz}/**/*.slow.test.ts',
              serverUrl: server,
            }),
          ]),
    ],
  },
});
