import { Conflict, InputCheck } from '../../errors.ts';
import type { Gateway } from '../gateway.ts';
import { planBackfill, type BackfillRange } from '../schedules/backfill/plan-backfill.ts';
import { submitBulkOperation } from './bulk-operation.ts';

export interface BackfillInput extends BackfillRange {
  /** How many of its runs may be unfinished at the same time; 1 when absent. */
  maxParallel?: number | null | undefined;
  /** The etag of the plan that must still hold. */
  planEtag?: string | null | undefined;
}

/** The most runs of a backfill that may be unfinished at the same time. */
export const mostParallel = 100;

/**
 * Makes a bulk operation that makes a run for each tick of a range, as `planBackfill` says.
 *
 * @returns the id of the operation
 * @throws NotFound, InvalidInput, LimitExceeded; Conflict when the plan does not hold any more
 */
export async function backfill(gateway: Gateway, input: BackfillInput): Promise<string> {
  const { planEtag, schedule, job, interval, timeZone, dueSince, dueBefore } = input;
  const maxParallel = input.maxParallel ?? 1;
  const check = new InputCheck();
  if (maxParallel < 1 || maxParallel > mostParallel) {
    check.add(
      'maxParallel',
      'OUT_OF_RANGE',
      `\`maxParallel\` lies between 1 and ${mostParallel}, and is ${maxParallel}.`,
    );
  }
  check.done();
  return gateway.transaction(async (tx) => {
    const { subject, ticks, existing, etag } = await planBackfill(tx, input);
    if (planEtag != null && planEtag !== etag) {
      throw new Conflict(
        'The plan does not hold any more: other runs would be made than it says. Plan again.',
        ['input', 'planEtag'],
        etag,
      );
    }
    const times = ticks.filter(({ isCreated }) => isCreated).map(({ dueAt }) => dueAt);
    return submitBulkOperation(gateway, tx, {
      verb: 'BACKFILL',
      filter: { schedule, job, interval, timeZone, dueSince, dueBefore },
      options: { existing },
      choice: { subject: subject.type, id: subject.id, times },
      maxParallel,
    });
  });
}
