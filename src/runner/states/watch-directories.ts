import { watch, type FSWatcher } from 'node:fs';

/** A watch over directories, without the directories below them. */
export interface DirectoryWatch {
  follow: (directory: string) => void;
  /** Looks soon, as after an event. */
  lookSoon: () => void;
  /** Stops watching. */
  close: () => void;
}

/**
 * Watches directories.
 *
 * @param quietMs how long events are collected before one look, in milliseconds
 * @param look called after events
 */
export function watchDirectories(quietMs: number, look: () => void): DirectoryWatch {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | null = null;
  const lookSoon = (): void => {
    // Later events do not delay it, so that a run that writes all the time is also reported.
    timer ??= setTimeout(() => {
      timer = null;
      look();
    }, quietMs);
  };
  return {
    lookSoon,
    follow: (directory) => {
      if (watchers.has(directory)) return;
      try {
        const watcher = watch(directory, lookSoon);
        // There are no more watches, or the directory is gone: the caller also looks from time to time.
        watcher.on('error', () => undefined);
        watchers.set(directory, watcher);
      } catch {
        // As above.
      }
    },
    close: () => {
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
