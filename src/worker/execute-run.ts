import { removeRunDirectory } from '../runner/run-directory.ts';
import type { RunEnd, RunToExecute } from '../store/runs/runs.ts';
import { comeTo } from './crash-windows.ts';
import type { Execution } from './execution.ts';
import { StoreSilent } from './persist.ts';
import { recorderOf } from './recording/recorder.ts';
import { endOf } from './run-outcome.ts';
import { writerOf } from './run-writer.ts';
import { directoryOf, startProcess } from './start-process.ts';
import { supervise, type Stoppable } from './supervise.ts';

/**
 * Executes a run that this worker has claimed, until its end: writes its states to disk, runs Meltano, stores
 * lines, counts and states as they arrive, and records how the run ended.
 *
 * @param register called with the run while it is executed; it returns a function to call at the end
 */
export async function executeRun(
  execution: Execution,
  run: RunToExecute,
  register: (run: Stoppable) => () => void,
): Promise<void> {
  try {
    await execute(execution, onThisMachine(execution, run), register);
  } catch (error) {
    const { log } = execution.gateway;
    // It no longer reports that it is alive. The recovery records what is in its directory, or that it is lost.
    if (error instanceof StoreSilent)
      log.warn({ err: error, runId: run.id }, 'the end of a run waits for the store');
    else log.error({ err: error, runId: run.id }, 'a run could not be executed to its end');
  }
}

/** A run whose project is where this worker has it. */
function onThisMachine({ served }: Execution, run: RunToExecute): RunToExecute {
  const directory = served.directoryOf(run.projectId);
  return directory === undefined ? run : { ...run, project: { ...run.project, directory } };
}

async function execute(
  execution: Execution,
  run: RunToExecute,
  register: (run: Stoppable) => () => void,
): Promise<void> {
  const { log } = execution.gateway;
  await comeTo('RUN_CLAIMED', run.id);
  log.info({ runId: run.id, command: run.command }, 'run started');
  const supervision = supervise(execution, run);
  const unregister = register(supervision);
  const span = execution.tracing?.run(run);
  let ended: Pick<RunEnd, 'status' | 'exitCode'> | null = null;
  const writer = writerOf(execution, run, supervision.signal);
  const recorder = recorderOf(execution, run, writer);
  try {
    const process = await startProcess(execution, span ? { ...run, traceparent: span.traceparent } : run, {
      onExit: writer.exited,
      onLines: (lines) =>
        supervision.guard(async () => {
          await comeTo('LINES_READ', run.id);
          await recorder.record(lines);
        }),
      onState: (state) => supervision.guard(() => writer.writeState(state)),
    });
    await comeTo('PROCESS_STARTED', run.id);
    supervision.attach(process);
    const outcome = await process.outcome;
    await comeTo('STATES_HARVESTED', run.id);
    supervision.close();
    const reason = supervision.reason();
    // The files of the run are needed when it is declared LOST. They are removed after that.
    if (reason === 'TAKEN') return;
    const end = endOf(run.kind, outcome, reason, recorder.complaint());
    const broken = end.status === 'FAILED' ? recorder.brokenOff() : null;
    await writer.writeEnd(end, { catalog: (await process.catalog) ?? null, broken });
    ended = end;
    log.info({ runId: run.id, status: end.status, exitCode: end.exitCode }, 'run ended');
    await removeRunDirectory(directoryOf(execution, run.id));
  } finally {
    supervision.close();
    unregister();
    span?.end({ status: ended?.status ?? null, exitCode: ended?.exitCode ?? null, blocks: run.blocks });
  }
}
