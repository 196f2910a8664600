import { Conflict } from '../../../errors.ts';
import { isCycle } from '../../../store/database/duplicate.ts';

/**
 * What to throw in place of an error of the database: a Conflict when a change would let a job start itself through
 * schedules that follow jobs, and else the error itself. The database finds cycles, since many ways lead to one: also
 * moves, imports, and what was deleted and comes back.
 */
export function refusedCycle(error: unknown, at: readonly string[] | null = null): unknown {
  if (!isCycle(error)) return error;
  return new Conflict(
    'A job would start itself, directly or through other jobs: a schedule follows a job that its own job leads to. Let it follow another one.',
    at,
  );
}
