import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readStates, readWhole } from './state-files.ts';
import type { StoredState } from './state-files.ts';

/** Told once for each change; changes that follow within `quietMs` come as one, the last. */
export type StateListener = (stateId: string, state: StoredState) => void | Promise<void>;

/** A watch over the states of a run. */
export interface StateWatch {
  /** Looks a last time, tells of what changed, stops watching, and answers the last whole state of each id. */
  close(): Promise<Map<string, StoredState>>;
  /** Whether any state file was written since the watch began, even with what it already held. */
  written(): boolean;
}

interface WatchOptions {
  /** How long changes are gathered before one look; default 200 ms. */
  quietMs?: number;
  /** How often to look without being told, for file systems that tell nothing; default 2000 ms. */
  pollMs?: number;
  /** Told when the listener fails; the watch goes on. */
  onFault?: (error: unknown) => void;
}

/**
 * Notices the state that a run writes while it goes on, so that a run that is killed keeps what its target had
 * acknowledged. A half-written file is looked at again, and until it is whole the document before it stands.
 * The states found at the start are known: only changes are told.
 */
export async function watchStates(
  stateDirectory: string,
  onChange: StateListener,
  options: WatchOptions = {},
): Promise<StateWatch> {
  const { quietMs = 200, pollMs = 2000, onFault = () => undefined } = options;
  const known = (await readStates(stateDirectory)).states;
  const signatures = new Map<string, string>();
  for (const stateId of known.keys()) signatures.set(stateId, await signature(stateDirectory, stateId));
  const watchers = new Map<string, FSWatcher>();
  let wrote = false;
  let timer: NodeJS.Timeout | null = null;
  let looking = Promise.resolve();

  const tell = async (stateId: string, state: StoredState): Promise<void> => {
    if (known.get(stateId)?.text === state.text) return;
    known.set(stateId, state);
    try {
      await onChange(stateId, state);
    } catch (error) {
      onFault(error);
    }
  };
  const look = async (): Promise<void> => {
    for (const stateId of await readdir(stateDirectory).catch(() => [])) {
      follow(join(stateDirectory, stateId));
      // Taken before reading: a write after it shows as a difference the next time.
      const current = await signature(stateDirectory, stateId);
      if (current === (signatures.get(stateId) ?? '')) continue;
      wrote = true;
      const state = await readWhole(join(stateDirectory, stateId, 'state.json'));
      if (state === 'TORN' || state === null) continue;
      signatures.set(stateId, current);
      await tell(stateId, state);
    }
  };
  const lookSoon = (): void => {
    // Not pushed back by later events: a run that writes all the time is still followed.
    timer ??= setTimeout(() => {
      timer = null;
      looking = looking.then(look);
    }, quietMs);
  };
  const follow = (directory: string): void => {
    if (watchers.has(directory)) return;
    try {
      const watcher = watch(directory, lookSoon);
      // Out of watches, or the directory is gone: the poll goes on.
      watcher.on('error', () => undefined);
      watchers.set(directory, watcher);
    } catch {
      // As above.
    }
  };

  follow(stateDirectory);
  // Follows the directories that are there already.
  lookSoon();
  const poll = setInterval(lookSoon, pollMs);

  return {
    written: () => wrote,
    close: async () => {
      clearInterval(poll);
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
      await looking;
      await look();
      for (const [stateId, state] of (await readStates(stateDirectory)).states) await tell(stateId, state);
      // `look` may have begun to follow a directory that appeared at the very end.
      for (const watcher of watchers.values()) watcher.close();
      return known;
    },
  };
}

/** Changes with every write; empty when there is no file. */
async function signature(stateDirectory: string, stateId: string): Promise<string> {
  try {
    const stats = await stat(join(stateDirectory, stateId, 'state.json'), { bigint: true });
    return `${stats.ino.toString()}:${stats.size.toString()}:${stats.mtimeNs.toString()}`;
  } catch {
    return '';
  }
}
