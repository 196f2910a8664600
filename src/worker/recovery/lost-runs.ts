import { sharedNow } from '../../lib/shared-clock.ts';
import { removeRunDirectory } from '../../runner/run-directory.ts';
import { harvestStates } from '../../runner/run-meltano.ts';
import { killStrayRun } from '../../runner/process/stray-run.ts';
import type { Run } from '../../store/index.ts';
import type { LinesToStore } from '../../store/runs/logs.ts';
import { RunTaken } from '../../store/runs/run-taken.ts';
import type { RunEnd } from '../../store/runs/runs.ts';
import { comeTo } from '../crash-windows.ts';
import { endRunIn, measureEnd, storeFindings } from '../end-run.ts';
import { lostGraceMs, type Execution } from '../execution.ts';
import { readUnrecorded, type EndToStore } from '../journal.ts';
import { directoryOf } from '../start-process.ts';

/** How many runs are ended at the same time. Their processes may be deaf to a polite request. */
const atATime = 50;

/**
 * Ends runs that nobody executes any more, side by side: kills what is left of their processes on this machine, stores
 * what their directories have on this machine (lines, the end, and the states that their loaders had confirmed), and
 * frees their leases. A run without a recorded end becomes LOST.
 */
export async function endLostRuns(execution: Execution, runs: readonly Run[]): Promise<void> {
  const waiting = [...runs];
  const endAll = async (): Promise<void> => {
    for (let run = waiting.shift(); run; run = waiting.shift()) await endLostRun(execution, run);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, runs.length) }, endAll));
}

async function endLostRun(execution: Execution, run: Run): Promise<void> {
  const { log } = execution.gateway;
  try {
    const { status } = await endOne(execution, run);
    log.warn(
      { runId: run.id, workerId: run.workerId, status },
      'a run that nobody executed any more was ended',
    );
  } catch (error) {
    // Another worker was faster.
    if (error instanceof RunTaken) return;
    // A run that cannot be ended must not delay the others or the start.
    log.error({ err: error, runId: run.id }, 'a lost run could not be ended');
  }
}

const lost: RunEnd = {
  status: 'LOST',
  endReason: 'WORKER_LOST',
  exitCode: null,
  signal: null,
  errorMessage:
    'The worker that executed the run gave no sign of life. Lines and state that it had stored are kept.',
};

async function endOne(execution: Execution, run: Run): Promise<RunEnd> {
  const { store, gateway } = execution;
  const { environmentId, workerId } = run;
  await killStrayRun({ runId: run.id, store: store.identity, graceMs: lostGraceMs });
  await comeTo('LOST_RUN_KILLED', run.id);
  const directory = directoryOf(execution, run.id);
  const unrecorded = await readUnrecorded(directory);
  const ofRun = unrecorded?.end?.workerId === workerId ? unrecorded.end : null;
  await storeLines(execution, unrecorded?.batches ?? []);
  await comeTo('LEFT_LINES_STORED', run.id);
  const { states } = await harvestStates(directory);
  await comeTo('STATES_HARVESTED', run.id);
  const end = ofRun ? endOf(ofRun) : lost;
  const waiting = await store.transaction(async (tx) => {
    if (environmentId !== null) {
      for (const [stateId, { text }] of states) {
        if (await tx.states.differs(environmentId, { stateId, text })) {
          await tx.states.write(environmentId, { stateId, text }, { change: 'RUN', runId: run.id });
        }
      }
    }
    if (ofRun) await storeFindings(tx, run.id, end, ofRun.findings);
    return endRunIn(tx, gateway.vault, run, workerId, end);
  });
  await comeTo('LEASES_RELEASED', run.id);
  store.queue.wake(waiting);
  measureEnd(run, end);
  await comeTo('LOST_RUN_ENDED', run.id);
  await removeRunDirectory(directory);
  return end;
}

function endOf({ end, at }: EndToStore): RunEnd {
  return { ...end, agoMs: Math.max(0, sharedNow() - at) };
}

async function storeLines(
  { store, gateway, persist }: Execution,
  batches: readonly LinesToStore[],
): Promise<void> {
  for (const batch of batches) {
    try {
      await persist(() => store.logs.store(batch));
    } catch (error) {
      // The end still counts. When the run is not this worker's any more, it cannot be recorded either.
      gateway.log.error({ err: error, runId: batch.runId }, 'lines of a run could not be stored');
      return;
    }
  }
}

/** The runs whose end was left in a directory on this machine, because the store could not be reached. */
export async function withUnrecordedEnd(
  execution: Pick<Execution, 'store' | 'runsDirectory'>,
  runIds: readonly string[],
): Promise<Run[]> {
  const found: Run[] = [];
  for (const id of runIds) {
    const end = (await readUnrecorded(directoryOf(execution, id)))?.end;
    const run = end && (await execution.store.runs.byId(id));
    if (run?.endedAt === null && run.workerId === end?.workerId) found.push(run);
  }
  return found;
}
