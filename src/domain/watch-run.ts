import { NotFound } from '../errors.ts';
import type { Run, RunLog, Store } from '../store/index.ts';
import type { Notification } from '../store/notifications.ts';
import { isFinal } from './run-status.ts';
import { watching } from './watching.ts';

/** Lines read at once. */
const batchSize = 500;

/**
 * The lines of a run after a sequence number: first those that are stored, then each as it comes. No
 * line is missing and none comes twice, since every line is read from the store after the one before it.
 * Ends when the run has ended and its last line was given.
 */
export function followLogs(store: Store, runId: string, after: number): AsyncGenerator<RunLog> {
  return watching(
    store,
    (n) => 'runId' in n && n.runId === runId,
    async function* (wait) {
      let sequence = after;
      let ended = false;
      for (;;) {
        const lines = await store.logsAfter(runId, sequence, batchSize);
        for (const line of lines) {
          yield line;
          sequence = line.sequence;
        }
        if (lines.length > 0) continue;
        if (ended) return;
        // Lines are stored before the run ends, so after its end one more look finds the last of them.
        ended = isFinal((await present(store, runId)).status);
        if (!ended && !(await wait())) return;
      }
    },
  );
}

/** A run as it is now, and again whenever it changes, until it has ended. */
export function followRun(store: Store, runId: string): AsyncGenerator<{ id: string }> {
  return watching(
    store,
    (n) => n.topic === 'CHANGE' && n.runId === runId,
    async function* (wait) {
      let seen = '';
      for (;;) {
        const run = await present(store, runId);
        const signature = signatureOf(run);
        if (signature !== seen) yield { id: runId };
        seen = signature;
        if (isFinal(run.status) || !(await wait())) return;
      }
    },
  );
}

/** Every run of an environment that changes, as it changes. Does not end by itself. */
export function followEnvironment(store: Store, environmentId: string): AsyncGenerator<{ id: string }> {
  const changed = new Set<string>();
  const note = (notification: Notification): boolean => {
    if (notification.topic !== 'CHANGE' || notification.environmentId !== environmentId) return false;
    changed.add(notification.runId);
    return true;
  };
  return watching(store, note, async function* (wait) {
    // What was active at the last look, for the changes whose notification got lost.
    let active = new Map(
      (await store.unfinishedRuns(environmentId)).map((run) => [run.id, signatureOf(run)]),
    );
    while (await wait()) {
      const now = new Map(
        (await store.unfinishedRuns(environmentId)).map((run) => [run.id, signatureOf(run)]),
      );
      for (const id of new Set([...active.keys(), ...now.keys()])) {
        if (active.get(id) !== now.get(id)) changed.add(id);
      }
      active = now;
      for (const id of changed) {
        changed.delete(id);
        yield { id };
      }
    }
  });
}

// The parts of a run whose change is worth telling.
function signatureOf(run: Run): string {
  return JSON.stringify([run.status, run.waitingForRunId, run.waitingForKey]);
}

async function present(store: Store, runId: string): Promise<Run> {
  const run = await store.runById(runId);
  if (!run) throw new NotFound('The run was deleted.');
  return run;
}
