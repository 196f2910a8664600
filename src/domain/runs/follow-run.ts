import { NotFound } from '../../errors.ts';
import type { Change } from '../../store/changes/changes.ts';
import type { ChangeBatch } from '../../store/changes/feed.ts';
import type { Run, RunStatus, Store } from '../../store/index.ts';
import { hasEnded } from '../../store/runs/run-status.ts';
import { followFeed } from '../follow.ts';

/** That the status of a run, or what it waits for, has changed. The same object for all who follow. */
export interface RunChange {
  objectId: string;
  /** What it is now, see `statusText`. */
  status: string;
}

/**
 * Yields at once, and again after each change, until the run has ended.
 *
 * @throws NotFound when it was deleted
 */
export async function followRun(store: Store, runId: string): Promise<AsyncGenerator<RunChange>> {
  const pending: RunChange[] = [];
  let isDeleted = false;
  const take = ({ changes }: ChangeBatch): boolean => {
    for (const change of changes) {
      if (change.objectId !== runId) continue;
      if (change.kind === 'DELETED') isDeleted = true;
      else if (isOfStatus(change)) pending.splice(0, 1, change);
    }
    return isDeleted || pending.length > 0;
  };
  return followFeed(store.feed, take, async function* (wait) {
    let last: RunChange = { objectId: runId, status: statusText(await present(store, runId)) };
    yield last;
    while (!hasEndedBy(last) && (await wait())) {
      if (isDeleted) throw deleted();
      const [change] = pending.splice(0);
      // What was there at the first look is not told again.
      if (change === undefined || change.status === last.status) continue;
      last = change;
      yield change;
    }
  });
}

function isOfStatus(change: Change): change is Change & { status: string } {
  return change.status !== null;
}

/** The status of a run and what it waits for, as a trigger of the migrations writes them, too. */
export function statusText({
  status,
  waitingForRunId,
  waitingForKey,
}: Pick<Run, 'status' | 'waitingForRunId' | 'waitingForKey'>): string {
  return [status, waitingForRunId, waitingForKey].filter((part) => part !== null).join(' ');
}

function hasEndedBy({ status }: RunChange): boolean {
  return hasEnded(status.split(' ', 1)[0] as RunStatus);
}

async function present(store: Store, runId: string): Promise<Run> {
  const run = await store.runs.byId(runId);
  if (!run) throw deleted();
  return run;
}

function deleted(): NotFound {
  return new NotFound('The run was deleted.');
}
