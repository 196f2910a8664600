import { setTimeout as sleep } from 'node:timers/promises';
import { accepted } from './accepted.ts';
import { Board, blockLines } from './board.ts';
import {
  CancelRunDocument,
  LogsDocument,
  ProgressDocument,
  UpdatesDocument,
  type SummaryFragment,
} from './operations.ts';
import { exitCodes, type Session } from './session.ts';

/** How often the blocks on a terminal are drawn, in milliseconds. */
const drawMs = 1000;

/** Shows a run until it has ended: its blocks to people, its lines to all others. @returns how the program ends */
export async function followRun(session: Session, run: string): Promise<number> {
  const { given, terminal } = session;
  const left = leaving(session, run);
  try {
    const ended = terminal.isInteractive && !given.json ? showBlocks(session, run) : showLines(session, run);
    const last = await Promise.race([ended, left.promise]);
    if (last === 'LEFT') return exitCodes.interrupted;
    if (given.json) terminal.print(JSON.stringify({ run: last }));
    else terminal.say(outcome(last));
    return last.status === 'SUCCEEDED' ? exitCodes.succeeded : exitCodes.failed;
  } finally {
    left.stop();
  }
}

/** Prints the lines of a run until it has ended. */
export async function printLines({ given, gateway, terminal }: Session, run: string): Promise<void> {
  for await (const { runLogs } of gateway.follow(LogsDocument, { run })) {
    const { plugin, message } = runLogs.node;
    if (given.json) terminal.print(JSON.stringify({ log: runLogs.node }));
    else terminal.print(plugin === null ? message : `${plugin} | ${message}`);
  }
}

async function showLines(session: Session, run: string): Promise<SummaryFragment> {
  await printLines(session, run);
  return lastOf(session, run, () => undefined);
}

async function showBlocks(session: Session, run: string): Promise<SummaryFragment> {
  const { gateway, terminal } = session;
  const board = new Board(terminal.say);
  const shown: { run: SummaryFragment | null } = { run: null };
  const last = lastOf(session, run, (update) => (shown.run = update));
  for (;;) {
    const ended = await Promise.race([last, sleep(drawMs)]);
    const { node } = await gateway.send(ProgressDocument, { run });
    board.draw(blockLines(node ?? {}, shown.run));
    if (ended) return ended;
  }
}

/** The run as it has ended. */
async function lastOf(
  { gateway }: Session,
  run: string,
  onUpdate: (update: SummaryFragment) => void,
): Promise<SummaryFragment> {
  let last: SummaryFragment | null = null;
  for await (const { runUpdated } of gateway.follow(UpdatesDocument, { run })) {
    last = runUpdated;
    onUpdate(runUpdated);
  }
  if (last === null) throw new Error('The run was not shown.');
  return last;
}

/** What Ctrl-C does: people are asked whether to cancel the run; the second one leaves it, as the first does for others. */
function leaving(session: Session, run: string): { promise: Promise<'LEFT'>; stop: () => void } {
  const { gateway, terminal } = session;
  let isAsking = false;
  let stop = (): void => undefined;
  const promise = new Promise<'LEFT'>((resolve, reject) => {
    const leave = (): void => {
      terminal.say(`The run goes on: ${run}`);
      resolve('LEFT');
    };
    const ask = async (): Promise<void> => {
      if (!(await terminal.confirm('Cancel the run?'))) {
        leave();
        return;
      }
      const { cancelRun } = await gateway.send(CancelRunDocument, { input: { run } });
      // One that has just ended needs no cancelling.
      if (cancelRun.__typename !== 'WrongStatus') accepted(cancelRun, 'CancelRunSuccess');
      isAsking = false;
    };
    stop = terminal.onInterrupt(() => {
      if (isAsking || !terminal.isInteractive) {
        leave();
        return;
      }
      isAsking = true;
      ask().catch(reject);
    });
  });
  return { promise, stop: () => stop() };
}

function outcome({ status, durationSeconds, errorMessage }: SummaryFragment): string {
  const after = durationSeconds === null ? '' : ` after ${Math.round(durationSeconds)} s`;
  return `${status}${after}${errorMessage === null ? '' : `: ${errorMessage}`}`;
}
