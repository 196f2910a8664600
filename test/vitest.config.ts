import { defineConfig } from 'vitest/config';

const server = process.env.TEST_DATABASE_URL;
const shared = {
  root: new URL('..', import.meta.url).pathname,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
};

// Vite would take graphql's `module` build while Node gives every package the other one, and two copies
// of graphql refuse each other's types.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };

/** What speaks to a store runs on each kind of database; the rest runs once. */
export default defineConfig({
  test: {
    ...shared,
    globalSetup: 'test/kit/global-setup.ts',
    maxWorkers: 2,
    projects: [
      {
        resolve,
        test: {
          ...shared,
          name: 'once',
          include: ['test/**/*.test.ts'],
          exclude: ['test/api/**'],
          provide: { serverUrl: null },
        },
      },
      {
        resolve,
        test: {
          ...shared,
          name: 'embedded',
          include: ['test/api/**/*.test.ts'],
          provide: { serverUrl: null },
        },
      },
      ...(server === undefined
        ? []
        : [
            {
              resolve,
              test: {
                ...shared,
                name: 'server',
                include: ['test/api/**/*.test.ts'],
                provide: { serverUrl: server },
              },
            },
          ]),
    ],
  },
});
