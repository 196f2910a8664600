import { RunTaken } from '../store/runs/run-taken.ts';
import { silenceMs } from './execution.ts';

/** The store has not done a write for so long that the worker gives up. */
export class StoreSilent extends Error {
  override name = 'StoreSilent';
}

interface PersistOptions {
  /** Aborted when the worker gives the run up. Then it does not try again. */
  signal?: AbortSignal;
  /** Called once, when the first attempt has failed, or was not made because the signal was aborted before. */
  onFailure?: () => Promise<void>;
}

/**
 * Writes to the store, and tries again while the database cannot be reached, for at most `silenceMs`, or until the
 * worker must end. `work` may be done twice, and also after this has failed, so a repetition must do no harm.
 *
 * @throws StoreSilent when it gives up; RunTaken
 */
export type Persist = <T>(work: () => Promise<T>, options?: PersistOptions) => Promise<T>;

/** How the runs of a worker write to the store, and a function that lets them do so only for so many milliseconds more. */
export function persistence(): { persist: Persist; endIn: (ms: number) => void } {
  const end = new AbortController();
  return {
    persist: (work, options = {}) => persistUntil(end.signal, work, options),
    endIn: (ms) => {
      setTimeout(() => end.abort(), ms).unref();
    },
  };
}

async function persistUntil<T>(
  end: AbortSignal,
  work: () => Promise<T>,
  { signal, onFailure }: PersistOptions,
): Promise<T> {
  let failure: { cause: unknown } | null = null;
  const limit = limitOf(
    silenceMs,
    [end, ...(signal ? [signal] : [])],
    () => new StoreSilent('The store does not answer.', failure ?? {}),
  );
  try {
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 2000)) {
      try {
        limit.check();
        return await limit.race(work());
      } catch (error) {
        if (error instanceof RunTaken) throw error;
        if (failure === null) await onFailure?.();
        if (error instanceof StoreSilent) throw error;
        failure = { cause: error };
      }
      await limit.race(new Promise((resolve) => setTimeout(resolve, waitMs)));
    }
  } finally {
    limit.end();
  }
}

/** Rejects what takes longer than a time, or until one of the signals. It is cheap: every batch of lines needs one. */
function limitOf(ms: number, signals: readonly AbortSignal[], error: () => Error) {
  let isReached = false;
  let onLimit = (): void => undefined;
  const reached = new Promise<never>((_resolve, reject) => {
    onLimit = () => {
      isReached = true;
      reject(error());
    };
  });
  reached.catch(() => undefined);
  const timer = setTimeout(onLimit, ms);
  if (signals.some(({ aborted }) => aborted)) onLimit();
  for (const signal of signals) signal.addEventListener('abort', onLimit);
  return {
    check: (): void => {
      if (isReached) throw error();
    },
    race: <T>(work: Promise<T>): Promise<T> => Promise.race([work, reached]),
    end: (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', onLimit);
    },
  };
}
