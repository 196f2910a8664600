import type { RunStatus } from '../store/index.ts';
import { maxRuns, readRunFilter, type RunFilter } from './run-filter.ts';
import type { Services } from './services.ts';

/** Which runs to cancel. */
export interface UnfinishedRunFilter extends RunFilter {
  createdBefore?: Date | null | undefined;
}

/** What has become of the wish to cancel one run. */
export interface RunCancellation {
  id: string;
  /** REQUESTED: it is CANCELLED or CANCELLING. */
  outcome: 'REQUESTED' | 'NOT_FOUND' | 'ENDED';
  /** The status that it has ENDED with. */
  status: RunStatus | null;
}

/** What a call of `cancelRuns` has come to. */
export interface RunsCancelled {
  /** In the order in which the runs were named; else the oldest first. */
  runs: RunCancellation[];
  /** Whether nothing is left that the filter fits. */
  isComplete: boolean;
}

const cancellable: readonly RunStatus[] = ['QUEUED', 'RUNNING'];

/**
 * Asks runs to stop, each as `cancelRun` does, and at most 1,000: all that were named, or the oldest of a place. One
 * that has ended, or that there is not, keeps no other from being cancelled.
 *
 * @throws NotFound, InvalidInput
 */
export async function cancelRuns(
  { store }: Services,
  { filter }: { filter: UnfinishedRunFilter },
): Promise<RunsCancelled> {
  const { createdBefore, statuses } = filter;
  return store.transaction(async (tx) => {
    const { ids, place } = await readRunFilter(tx, filter, cancellable, { createdBefore });
    if (ids) {
      const asked = new Set((await tx.requestCancel(ids)).map(({ id }) => id));
      const found = new Map((await tx.runsById(ids)).map((run) => [run.id, run.status]));
      const runs = ids.map((id) => ({ id, ...outcomeOf(found.get(id) ?? null, asked.has(id)) }));
      return { runs, isComplete: true };
    }
    const conditions = { statuses: [...new Set(statuses ?? cancellable)], createdBefore, limit: maxRuns + 1 };
    const found = (await tx.runsIn(place, conditions)).map(({ id }) => id);
    const asked = await tx.requestCancel(found.slice(0, maxRuns));
    const runs = asked.map(({ id }) => ({ id, ...outcomeOf(null, true) }));
    return {
      runs: runs.sort((one, other) => (one.id < other.id ? -1 : 1)),
      isComplete: found.length <= maxRuns,
    };
  });
}

function outcomeOf(status: RunStatus | null, wasAsked: boolean): Omit<RunCancellation, 'id'> {
  // Asking twice is no mistake: the answer is the same.
  if (wasAsked || status === 'CANCELLING') return { outcome: 'REQUESTED', status: null };
  return { outcome: status === null ? 'NOT_FOUND' : 'ENDED', status };
}
