import { NotFound } from '../../errors.ts';
import { Turn } from '../../lib/serving/turn.ts';
import type { RunLog, Store } from '../../store/index.ts';
import { searchedLines, type LineFilter } from '../../store/runs/line-filter.ts';
import { hasEnded } from '../../store/runs/run-status.ts';
import { follow } from '../follow.ts';

/** How many lines one statement reads. */
const batchSize = 500;

/** How many characters the lines that come together may have, the last line aside. */
const batchLength = 500_000;

/** Lines of a run that come together; at least one. The same object for all who follow from the same place. */
export type Lines = readonly [RunLog, ...RunLog[]];

/** What one look has found. */
interface Look {
  batches: Lines[];
  /** Number of the last line that was looked at. */
  sequence: number;
  /** Whether there may be more. */
  isFull: boolean;
}

/** Those who follow a log are all woken by the same notification, and look in the same turn. */
const looks = new WeakMap<Store, Turn<Look>>();
const ends = new WeakMap<Store, Turn<boolean>>();

/**
 * Yields the lines of a run after a sequence number: first the stored lines, then each new one, as many together as there
 * are, up to `batchSize`. All lines come from the store, in order, so none is missing and none comes twice. Ends after the
 * last line of a run that has ended.
 */
export function followLines(
  store: Store,
  runId: string,
  after: number,
  filter: LineFilter = {},
): AsyncGenerator<Lines> {
  let mayHaveEnded = true;
  return follow(
    store,
    (n) => {
      if (!('runId' in n) || n.runId !== runId) return false;
      mayHaveEnded ||= n.topic === 'CHANGE';
      return true;
    },
    async function* (wait) {
      let sequence = after;
      let ended = false;
      for (;;) {
        const found = await look(store, runId, sequence, filter);
        sequence = found.sequence;
        yield* found.batches;
        if (found.isFull) continue;
        if (ended) return;
        if (mayHaveEnded || found.batches.length === 0) {
          mayHaveEnded = false;
          // The last lines are stored before the run ends. So one more look after the end finds all of them.
          ended = await endOf(store, runId);
        }
        if (!ended && !(await wait())) return;
      }
    },
  );
}

/** `followLines`, line by line. */
export function followLogs(...from: Parameters<typeof followLines>): AsyncGenerator<RunLog> {
  const source = followLines(...from);
  const lines = (async function* () {
    for await (const together of source) yield* together;
  })();
  const end = lines.return.bind(lines);
  lines.return = (value) => {
    // It may be waiting.
    void source.return(undefined);
    return end(value);
  };
  return lines;
}

function look(store: Store, runId: string, after: number, filter: LineFilter): Promise<Look> {
  const key = JSON.stringify([runId, after, filter]);
  return turnOf(looks, store).ask(key, async () => {
    const { lines, reached } = await store.logs.after(runId, after, batchSize, filter);
    return {
      batches: batchesOf(lines),
      sequence: reached,
      isFull: lines.length === batchSize || reached - after >= searchedLines,
    };
  });
}

function batchesOf(lines: readonly RunLog[]): Lines[] {
  const batches: [RunLog, ...RunLog[]][] = [];
  let length = batchLength;
  for (const line of lines) {
    if (length < batchLength) batches.at(-1)?.push(line);
    else {
      batches.push([line]);
      length = 0;
    }
    length += line.message.length;
  }
  return batches;
}

/** Whether a run has ended. @throws NotFound when it was deleted */
function endOf(store: Store, runId: string): Promise<boolean> {
  return turnOf(ends, store).ask(runId, async () => {
    const run = await store.runs.byId(runId);
    if (!run) throw new NotFound('The run was deleted.');
    return hasEnded(run.status);
  });
}

function turnOf<T>(turns: WeakMap<Store, Turn<T>>, store: Store): Turn<T> {
  const turn = turns.get(store) ?? new Turn<T>();
  turns.set(store, turn);
  return turn;
}
