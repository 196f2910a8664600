import { sharedNow } from '../lib/shared-clock.ts';
import { measure } from '../metrics/measures.ts';
import { stateLeaseKey } from '../store/leases/lease-keys.ts';
import type { Store } from '../store/index.ts';
import type { LinesToStore } from '../store/runs/logs.ts';
import type { RunEnd, RunToExecute } from '../store/runs/runs.ts';
import type { StateText } from '../store/states/states.ts';
import { endRun, type EndFindings } from './end-run.ts';
import type { Execution } from './execution.ts';
import { journalIn } from './journal.ts';
import { StoreSilent } from './persist.ts';
import { directoryOf } from './start-process.ts';

/**
 * Writes to the store what a run reports. While the process runs, it waits for a store that does not answer, so that
 * the process waits too. Then, and when the run is given up, nothing waits: what cannot be written at once stays in
 * the run's directory, and is written before the end is.
 */
export interface RunWriter {
  /** @throws StoreSilent when the lines are only kept on disk; RunTaken */
  writeLines: (batch: LinesToStore) => Promise<void>;
  /** @throws as `writeLines` */
  writeState: (state: StateText) => Promise<void>;
  /** Notes that the process has ended. */
  exited: () => void;
  /**
   * Records the end of the run.
   *
   * @throws StoreSilent when it is only kept on disk: the recovery records it when the database is back; RunTaken
   */
  writeEnd: (end: RunEnd, findings: EndFindings) => Promise<void>;
}

/** @param signal aborted when the run is given up */
export function writerOf(execution: Execution, run: RunToExecute, signal: AbortSignal): RunWriter {
  const { store, gateway, workerId, persist } = execution;
  const journal = journalIn(directoryOf(execution, run.id), (error) =>
    gateway.log.error(
      { err: error, runId: run.id },
      'what cannot be stored of a run cannot be kept on disk either',
    ),
  );
  /** What is only on disk, in its order. States are there anyway. */
  const kept = { lines: [] as LinesToStore[], states: new Map<string, StateText>() };
  /** Aborted when nothing is to wait for the store any more. */
  const hurry = new AbortController();
  signal.addEventListener('abort', () => hurry.abort(), { once: true });
  let waiting = 0;
  let exitedAt: number | null = null;

  const write = async (
    work: () => Promise<void>,
    keep: () => void,
    onFailure?: () => Promise<void>,
  ): Promise<void> => {
    waiting += 1;
    try {
      await persist(work, {
        signal: hurry.signal,
        onFailure: async () => {
          await onFailure?.();
          if (exitedAt !== null) hurry.abort();
        },
      });
    } catch (error) {
      if (!(error instanceof StoreSilent)) throw error;
      keep();
      const isExpected = hurry.signal.aborted;
      // What comes later must not be written before this.
      hurry.abort();
      if (!isExpected) throw error;
    } finally {
      waiting -= 1;
    }
  };
  const agoMs = (): number => performance.now() - (exitedAt ?? performance.now());
  return {
    writeLines: (batch) =>
      write(
        async () => {
          await store.logs.store(batch);
          measureLines(batch);
        },
        () => kept.lines.push(batch),
        () => journal.addLines(batch),
      ),
    writeState: (state) =>
      write(
        () => storeState(store, run, workerId, state),
        () => kept.states.set(state.stateId, state),
      ),
    exited: () => {
      exitedAt = performance.now();
      if (waiting > 0) hurry.abort();
    },
    writeEnd: (end, findings) =>
      persist(
        async () => {
          for (const batch of kept.lines) await store.logs.store(batch);
          for (const state of kept.states.values()) await storeState(store, run, workerId, state);
          await endRun(execution, run, workerId, { ...end, agoMs: agoMs() }, findings);
        },
        { signal, onFailure: () => journal.addEnd({ workerId, end, at: sharedNow() - agoMs(), findings }) },
      ),
  };
}

function measureLines({ lines }: LinesToStore): void {
  const oldest = lines[0]?.timestamp.getTime() ?? sharedNow();
  measure('linesStored', { count: lines.length, seconds: (sharedNow() - oldest) / 1000 });
}

async function storeState(
  store: Store,
  run: RunToExecute,
  workerId: string,
  state: StateText,
): Promise<void> {
  const { environmentId } = run;
  if (environmentId === null) return;
  await store.transaction(async (tx) => {
    await tx.runs.beat(run.id, workerId);
    // A suffix with variables makes a state id that was not known when the run was requested.
    const key = stateLeaseKey(environmentId, state.stateId);
    if (!run.leaseKeys.includes(key)) await tx.leases.take(run.projectId, [key], run.id);
    await tx.states.write(environmentId, state, { change: 'RUN', runId: run.id });
  });
}
