import { describe } from 'vitest';
import { findPrograms } from '../bench/database/postgres.ts';

const reason = await findPrograms().then(
  () => null,
  (error: unknown) => (error as Error).message,
);

/**
 * A group of tests that needs a PostgreSQL server which it can stop and start. Where there is none, it says so and is
 * skipped.
 */
export function describeWithOwnServer(name: string, tests: () => void): void {
  if (reason !== null) console.warn(`NOT RUN: ${name}: ${reason}`);
  describe.skipIf(reason !== null)(name, tests);
}
