import { NotFound } from '../../errors.ts';
import type { LogLevel, Run, RunLog, Store } from '../../store/index.ts';
import type { RunScope } from '../../store/runs/runs.ts';
import type { Notification, RunNotification } from '../../store/database/notify.ts';
import { hasEnded } from '../../store/runs/run-status.ts';
import { follow } from '../follow.ts';

/** How many lines one statement reads. */
const batchSize = 500;

/** Which lines to follow. A line must meet all conditions that are given. */
export interface LinesToFollow {
  minLevel?: LogLevel | null | undefined;
  pluginName?: string | null | undefined;
}

/**
 * Yields the lines of a run after a sequence number: first the stored lines, then each new one. All lines
 * come from the store, in order, so none is missing and none comes twice. Ends after the last line of a run
 * that has ended.
 */
export function followLogs(
  store: Store,
  runId: string,
  after: number,
  { minLevel, pluginName }: LinesToFollow = {},
): AsyncGenerator<RunLog> {
  // Other lines have no index of their own, and are looked for among all lines as they come.
  const severity = minLevel == null || minLevel === 'DEBUG' || minLevel === 'INFO' ? null : minLevel;
  const isBelow = ({ level }: RunLog): boolean => minLevel === 'INFO' && level === 'DEBUG';
  return follow(
    store,
    (n) => 'runId' in n && n.runId === runId,
    async function* (wait) {
      let sequence = after;
      let ended = false;
      for (;;) {
        const lines = await store.logs.after(runId, sequence, batchSize, severity);
        for (const line of lines) {
          if ((pluginName == null || line.plugin === pluginName) && !isBelow(line)) yield line;
          sequence = line.sequence;
        }
        if (lines.length > 0) continue;
        if (ended) return;
        // The last lines are stored before the run ends. So one more look after the end finds all of them.
        ended = hasEnded((await present(store, runId)).status);
        if (!ended && !(await wait())) return;
      }
    },
  );
}

/**
 * Yields at once, and again after each change, until the run has ended.
 *
 * @throws NotFound when it was deleted
 */
export function followRun(store: Store, runId: string): AsyncGenerator<{ id: string }> {
  return follow(
    store,
    (n) => n.topic === 'CHANGE' && n.runId === runId,
    async function* (wait) {
      let seen = '';
      for (;;) {
        const run = await present(store, runId);
        const signature = signatureOf(run);
        if (signature !== seen) yield { id: runId };
        seen = signature;
        if (hasEnded(run.status) || !(await wait())) return;
      }
    },
  );
}

/** Ended runs that are remembered: their last notification may come after they were reported. */
const rememberedRuns = 1000;

/** Yields each run of a scope that changes, once for each change. Does not end by itself. */
export function followRuns(store: Store, scope: RunScope): AsyncGenerator<{ id: string }> {
  const notified = new Set<string>();
  const note = (notification: Notification): boolean => {
    if (notification.topic !== 'CHANGE' || !isWithin(notification, scope)) return false;
    notified.add(notification.runId);
    return true;
  };
  return follow(store, note, async function* (wait) {
    const look = async (): Promise<Map<string, string>> =>
      new Map((await store.runs.unfinishedIn(scope)).map((run) => [run.id, signatureOf(run)]));
    // The unfinished runs at the last look. They show changes whose notification got lost.
    let active = await look();
    const ended = new Set<string>();
    while (await wait()) {
      // Before the look, which may show what comes after them.
      const candidates = new Set(notified);
      notified.clear();
      const now = await look();
      for (const id of [...active.keys(), ...now.keys()]) candidates.add(id);
      for (const id of candidates) {
        const isKnown = active.has(id) || now.has(id);
        if (isKnown ? active.get(id) === now.get(id) : ended.has(id)) continue;
        if (!now.has(id)) ended.add(id);
        yield { id };
      }
      active = now;
      for (const id of ended) {
        if (ended.size <= rememberedRuns) break;
        ended.delete(id);
      }
    }
  });
}

function isWithin(notification: RunNotification, scope: RunScope): boolean {
  return (['projectId', 'environmentId', 'jobId'] as const).every(
    (id) => scope[id] === undefined || scope[id] === notification[id],
  );
}

// The fields whose change is reported.
function signatureOf(run: Run): string {
  return JSON.stringify([run.status, run.waitingForRunId, run.waitingForKey]);
}

async function present(store: Store, runId: string): Promise<Run> {
  const run = await store.runs.byId(runId);
  if (!run) throw new NotFound('The run was deleted.');
  return run;
}
