import { WrongStatus } from '../errors.ts';
import type { RunStatus } from '../store/index.ts';
import type { RunInPlace } from '../store/run.ts';
import { encodeGlobalId } from './global-id.ts';
import { findRun } from './references.ts';
import { maxRuns, readRunFilter, type RunFilter } from './run-filter.ts';
import { endedStatuses, isFinal } from './run-status.ts';
import type { Services } from './services.ts';

/** Lines of log that one call deletes, about: with more, one transaction would keep others waiting for long. */
export const maxLines = 200_000;

/**
 * Deletes a run that has ended, with its blocks, lines and metrics. States and their versions stay.
 *
 * @returns the opaque id that it had
 * @throws NotFound, InvalidInput, WrongStatus when it has not ended
 */
export async function deleteRun({ store }: Services, input: { run: string }): Promise<{ deletedId: string }> {
  return store.transaction(async (tx) => {
    const run = await findRun(tx, input.run, ['input', 'run']);
    if (!isFinal(run.status)) throw notEnded(run.status, ['input', 'run']);
    await tx.deleteEndedRuns([run.id]);
    return { deletedId: encodeGlobalId({ type: 'Run', id: run.id }) };
  });
}

/** Which runs to delete. */
export interface EndedRunFilter extends RunFilter {
  endedBefore?: Date | null | undefined;
}

/** What a call of `deleteRuns` has come to. */
export interface RunsDeleted {
  deletedCount: number;
  /** Whether nothing is left that the filter fits. */
  isComplete: boolean;
}

/**
 * Deletes runs that have ended, the oldest first: at most 1,000, and fewer when they have very many lines. Called
 * again with the same filter it goes on; runs that are gone by then are passed over.
 *
 * @throws NotFound, InvalidInput, WrongStatus when one that was named has not ended
 */
export async function deleteRuns(
  { store }: Services,
  { filter }: { filter: EndedRunFilter },
): Promise<RunsDeleted> {
  const { endedBefore, statuses } = filter;
  return store.transaction(async (tx) => {
    const { ids, place } = await readRunFilter(tx, filter, endedStatuses, { endedBefore });
    const runs = ids
      ? await tx.runsById(ids)
      : await tx.runsIn(place, {
          statuses: unique(statuses ?? endedStatuses),
          endedBefore,
          limit: maxRuns + 1,
        });
    const unfinished = runs.find(({ status }) => !isFinal(status));
    if (unfinished) {
      const { id, status } = unfinished;
      const position = filter.runs?.indexOf(encodeGlobalId({ type: 'Run', id })) ?? 0;
      throw notEnded(status, ['input', 'filter', 'runs', String(position)]);
    }
    const chosen = withinLimits(runs);
    const deletedCount = await tx.deleteEndedRuns(chosen.map(({ id }) => id));
    return { deletedCount, isComplete: chosen.length === runs.length };
  });
}

function withinLimits(runs: readonly RunInPlace[]): RunInPlace[] {
  let lines = 0;
  return runs.slice(0, maxRuns).filter(({ logCount }, i) => (lines += logCount) <= maxLines || i === 0);
}

function notEnded(status: RunStatus, path: readonly string[]): WrongStatus {
  return new WrongStatus(
    `The run is ${status}; only a run that has ended can be deleted. Cancel it first, or wait until it ends.`,
    status,
    path,
  );
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
