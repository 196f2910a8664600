import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlockChange, LinesToStore } from '../store/runs/logs.ts';
import type { RunEnd } from '../store/runs/runs.ts';
import type { EndFindings } from './end-run.ts';

/** The end of a run, and what is stored with it. */
export interface EndToStore {
  workerId: string;
  end: RunEnd;
  /** When the run has ended, by the database's clock, in milliseconds since 1970. */
  at: number;
  findings: EndFindings;
}

/** What a run's directory has of what could not be stored. */
export interface Unrecorded {
  batches: LinesToStore[];
  end: EndToStore | null;
}

/**
 * Keeps in a run's directory what could not be stored at once: lines and the end. So they are recorded when the
 * database is back, even by another process. What is in it may have been stored meanwhile, so it is stored in ways
 * that do no harm the second time.
 */
export interface Journal {
  addLines: (batch: LinesToStore) => Promise<void>;
  addEnd: (end: EndToStore) => Promise<void>;
}

type Entry = { batch: Omit<LinesToStore, 'blocks'> & { blocks: [number, BlockChange][] } } | EndToStore;

const fileIn = (runDirectory: string): string => join(runDirectory, 'unrecorded.jsonl');

/** @param onFault gets the errors of the disk; a write to the store is then tried again all the same */
export function journalIn(runDirectory: string, onFault: (error: unknown) => void): Journal {
  const add = async (entry: Entry): Promise<void> => {
    try {
      // A run that could not be prepared has no directory.
      await mkdir(runDirectory, { recursive: true, mode: 0o700 });
      await appendFile(fileIn(runDirectory), `${JSON.stringify(entry)}\n`);
    } catch (error) {
      onFault(error);
    }
  };
  return {
    addLines: (batch) => add({ batch: { ...batch, blocks: [...batch.blocks] } }),
    addEnd: add,
  };
}

/** Reads what a run's directory has of what could not be stored. Null when there is nothing. */
export async function readUnrecorded(runDirectory: string): Promise<Unrecorded | null> {
  const text = await readFile(fileIn(runDirectory), 'utf8').catch(() => null);
  if (text === null) return null;
  const found: Unrecorded = { batches: [], end: null };
  for (const line of text.split('\n')) {
    const entry = entryIn(line);
    if (entry === null) break;
    if ('batch' in entry) found.batches.push(batchOf(entry.batch));
    else found.end = entry;
  }
  return found;
}

/** Null for a line that was being written when the process died, or when the disk was full. */
function entryIn(line: string): Entry | null {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return null;
  }
}

function batchOf({ blocks, lines, ...rest }: Extract<Entry, { batch: unknown }>['batch']): LinesToStore {
  return {
    ...rest,
    blocks: new Map(blocks),
    lines: lines.map((line) => ({ ...line, timestamp: new Date(line.timestamp) })),
  };
}
