import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readStates, readWhole, type StoredState } from './state-files.ts';
import { watchDirectories } from './watch-directories.ts';

/** Called once for each change. Of several changes within `quietMs`, only the last one is reported. */
export type StateListener = (stateId: string, state: StoredState) => void | Promise<void>;

/** A watch over the states of a run. */
export interface StateWatch {
  /**
   * Looks a last time, reports what changed, stops the watch, and answers the last complete state of each id.
   */
  close(): Promise<Map<string, StoredState>>;
  /** Whether a state file was written since the watch began, even with the same content. */
  written(): boolean;
}

interface WatchOptions {
  /** How long changes are collected before one look, in milliseconds; default 200. */
  quietMs?: number;
  /**
   * How often to look without a notification, for file systems that send none, in milliseconds; default 2000.
   */
  pollMs?: number;
  /** Receives errors of the listener. The watch continues. */
  onFault?: (error: unknown) => void;
}

/**
 * Reports the states that a run writes, so that a killed run keeps what its loader had confirmed. An
 * incomplete file is read again; until it is complete, the document before it is used. States that exist at
 * the start are not reported until they change.
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
  let wrote = false;
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
      directories.follow(join(stateDirectory, stateId));
      // Taken before the read: a later write is then a difference at the next look.
      const current = await signature(stateDirectory, stateId);
      if (current === (signatures.get(stateId) ?? '')) continue;
      wrote = true;
      const state = await readWhole(join(stateDirectory, stateId, 'state.json'));
      if (state === 'TORN' || state === null) continue;
      signatures.set(stateId, current);
      await tell(stateId, state);
    }
  };
  const directories = watchDirectories(quietMs, () => {
    looking = looking.then(look);
  });
  directories.follow(stateDirectory);
  // Watches the directories that already exist.
  directories.lookSoon();
  const poll = setInterval(directories.lookSoon, pollMs);

  return {
    written: () => wrote,
    close: async () => {
      clearInterval(poll);
      directories.close();
      await looking;
      await look();
      for (const [stateId, state] of (await readStates(stateDirectory)).states) await tell(stateId, state);
      // `look` may have started to watch a directory that appeared at the very end.
      directories.close();
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
